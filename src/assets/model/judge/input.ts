import { MillraceError } from '../../../base/index.ts';

/** @throws MILL_JUDGE_INPUT always, with what is wrong. */
export function refuse(
  message: string,
  todo = 'Give one target and one finite prediction for every row.',
): never {
  throw new MillraceError({ code: 'MILL_JUDGE_INPUT', message, todo, owner: 'project' });
}

/** What is given by row, of any number type. */
type ByRow = { readonly length: number; readonly [row: number]: number };

/** One value for each row. @throws MILL_JUDGE_INPUT */
export function checkLength(rows: number, other: ByRow, what: string): void {
  if (rows !== other.length) refuse(`There are ${rows} targets, but ${other.length} ${what}s.`);
}

/** Weights are finite, none is negative and, where there are rows, one is above 0. @throws MILL_JUDGE_INPUT */
export function checkWeights(rows: number, weights: Float64Array | undefined): void {
  if (weights === undefined) return;
  checkLength(rows, weights, 'weight');
  let whole = 0;
  for (let i = 0; i < rows; i++) {
    const weight = weights[i] as number;
    if (!(weight >= 0 && weight < Infinity))
      refuse(`Weight ${i} is ${weight}; wanted a finite number, 0 or above.`);
    whole += weight;
  }
  if (rows > 0 && !(whole > 0 && whole < Infinity)) refuse(`The weights come to ${whole}.`);
}

/** Targets are 0 or 1, scores finite, weights 0 or above, one of each by row. @throws MILL_JUDGE_INPUT */
export function checkScores(target: Float64Array, score: Float64Array, weights?: Float64Array): void {
  checkLength(target.length, score, 'score');
  checkWeights(target.length, weights);
  for (let i = 0; i < target.length; i++) {
    const y = target[i] as number;
    const s = score[i] as number;
    if (y !== 0 && y !== 1) refuse(`Target ${i} is ${y}; wanted 0 or 1.`);
    if (!(s > -Infinity && s < Infinity)) refuse(`Score ${i} is ${s}; wanted a finite number.`);
  }
}

/** Targets are 0 or 1, predictions within [0, 1], one of each by row. @throws MILL_JUDGE_INPUT */
export function checkProbabilities(
  target: Float64Array,
  probability: Float64Array,
  weights?: Float64Array,
): void {
  checkScores(target, probability, weights);
  for (let i = 0; i < probability.length; i++) {
    const p = probability[i] as number;
    if (p < 0 || p > 1) refuse(`Prediction ${i} is ${p}; wanted a probability within [0, 1].`);
  }
}

/** Targets and predicted values are finite, one of each by row. @throws MILL_JUDGE_INPUT */
export function checkValues(target: Float64Array, predicted: Float64Array, weights?: Float64Array): void {
  checkLength(target.length, predicted, 'prediction');
  checkWeights(target.length, weights);
  for (let i = 0; i < target.length; i++) {
    if (!Number.isFinite(target[i])) refuse(`Target ${i} is ${target[i]}; wanted a finite number.`);
    if (!Number.isFinite(predicted[i])) refuse(`Prediction ${i} is ${predicted[i]}; wanted a finite number.`);
  }
}

/** Targets are indices of `classes` classes, one by row. @throws MILL_JUDGE_INPUT */
export function checkClasses(target: ByRow, classes: number, what = 'Target'): void {
  for (let i = 0; i < target.length; i++) {
    const y = target[i] as number;
    if (!Number.isInteger(y) || y < 0 || y >= classes)
      refuse(`${what} ${i} is ${y}; wanted the index of one of ${classes} classes.`);
  }
}

/** How far the probabilities of a row may be from 1 together: those of a file are 32-bit floats. */
const SUM_TOLERANCE = 1e-4;

/** Row after row a probability for each class, within [0, 1] and together 1. @throws MILL_JUDGE_INPUT */
export function checkClassProbabilities(rows: number, probabilities: Float64Array, classes: number): void {
  if (classes < 2) refuse(`There are ${classes} classes; wanted two or more.`);
  if (probabilities.length !== rows * classes)
    refuse(`There are ${probabilities.length} probabilities; wanted ${classes} for each of ${rows} rows.`);
  for (let row = 0, at = 0; row < rows; row++) {
    let sum = 0;
    for (let c = 0; c < classes; c++, at++) {
      const p = probabilities[at] as number;
      if (!(p >= 0 && p <= 1))
        refuse(`Probability ${c} of row ${row} is ${p}; wanted a number within [0, 1].`);
      sum += p;
    }
    if (Math.abs(sum - 1) > SUM_TOLERANCE)
      refuse(`The probabilities of row ${row} come to ${sum}; wanted 1.`);
  }
}

/** A threshold is a number (any: above 1 it says no to all). @throws MILL_JUDGE_INPUT */
export function checkThreshold(threshold: number): void {
  if (!Number.isFinite(threshold)) refuse(`The threshold is ${threshold}; wanted a finite number.`);
}

/** For how many rows these stand. */
export function wholeWeight(rows: number, weights?: Float64Array): number {
  if (weights === undefined) return rows;
  let whole = 0;
  for (let i = 0; i < weights.length; i++) whole += weights[i] as number;
  return whole;
}
