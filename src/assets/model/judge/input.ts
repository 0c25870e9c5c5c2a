import { MillraceError } from '../../../base/index.ts';

function refuse(message: string): never {
  throw new MillraceError({
    code: 'MILL_JUDGE_INPUT',
    message,
    todo: 'Give one target and one finite prediction for every row.',
    owner: 'project',
  });
}

function sameLength(target: Float64Array, other: Float64Array, what: string): void {
  if (target.length !== other.length)
    refuse(`There are ${target.length} targets, but ${other.length} ${what}s.`);
}

/** Targets are 0 or 1, scores finite, weights above 0, one of each by row. @throws MILL_JUDGE_INPUT */
export function checkScores(target: Float64Array, score: Float64Array, weights?: Float64Array): void {
  sameLength(target, score, 'score');
  if (weights !== undefined) {
    sameLength(target, weights, 'weight');
    const bad = weights.findIndex((weight) => !(weight > 0 && Number.isFinite(weight)));
    if (bad >= 0) refuse(`Weight ${bad} is ${weights[bad]}; wanted a finite number above 0.`);
  }
  for (let i = 0; i < target.length; i++) {
    const y = target[i] as number;
    if (y !== 0 && y !== 1) refuse(`Target ${i} is ${y}; wanted 0 or 1.`);
    if (!Number.isFinite(score[i])) refuse(`Score ${i} is ${score[i]}; wanted a finite number.`);
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
export function checkValues(target: Float64Array, predicted: Float64Array): void {
  sameLength(target, predicted, 'prediction');
  for (let i = 0; i < target.length; i++) {
    if (!Number.isFinite(target[i])) refuse(`Target ${i} is ${target[i]}; wanted a finite number.`);
    if (!Number.isFinite(predicted[i])) refuse(`Prediction ${i} is ${predicted[i]}; wanted a finite number.`);
  }
}

/** A threshold is a number (any: above 1 it says no to all). @throws MILL_JUDGE_INPUT */
export function checkThreshold(threshold: number): void {
  if (!Number.isFinite(threshold)) refuse(`The threshold is ${threshold}; wanted a finite number.`);
}

/** For how many rows these stand. */
export function wholeWeight(rows: number, weights?: Float64Array): number {
  return weights === undefined ? rows : weights.reduce((sum, weight) => sum + weight, 0);
}
