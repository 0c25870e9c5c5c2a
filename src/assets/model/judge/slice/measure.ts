import { stepsByRow } from '../binary/cuts.ts';
import { type Cost, checkCost } from '../binary/expected-cost.ts';
import { logLossOfRow } from '../binary/log-loss.ts';
import type { FigureName } from '../figures.ts';
import { checkLength, checkProbabilities, checkThreshold, checkValues, refuse } from '../input.ts';
import { rocAucInfluence } from '../interval/delong.ts';
import { cutsOfSample, influenceByRow } from '../interval/influence.ts';
import { type ClassByRow, checkMulticlass } from '../multiclass/answers.ts';
import { checkQuantile, checkRates, pinballOfRow, poissonOfRow } from '../regression/errors.ts';

/** Predictions to be judged by slice, and the figure to judge them by. */
export type SlicedPredictions = {
  readonly weights?: Float64Array;
  /** By row, whose it is: rows of one entity resemble each other, and count together. */
  readonly entities?: Int32Array;
} & (
  | {
      readonly task: 'binary';
      readonly target: Float64Array;
      readonly probability: Float64Array;
      /** Default `logLoss`. `expectedCost` wants a threshold and a cost. */
      readonly figure?: 'logLoss' | 'brier' | 'expectedCost' | 'rocAuc';
      readonly threshold?: number;
      readonly cost?: Cost;
    }
  | {
      readonly task: 'multiclass';
      readonly target: ClassByRow;
      readonly probabilities: Float64Array;
      readonly classes: readonly string[];
      /** Default `logLoss`. */
      readonly figure?: 'logLoss' | 'accuracy';
    }
  | {
      readonly task: 'regression';
      readonly target: Float64Array;
      readonly predicted: Float64Array;
      /** The quantile that is predicted. */
      readonly quantile?: number;
      /** Default `pinball` of a quantile, else `mae`. `poissonDeviance` wants predictions above 0. */
      readonly figure?: 'mae' | 'pinball' | 'poissonDeviance';
    }
  | {
      /** A row is a whole list (`listsAsRows`). */
      readonly task: 'ranking';
      /** How well it is ordered, 0 to 1. */
      readonly ndcg: Float64Array;
      /** Default `ndcg`. */
      readonly figure?: 'ndcg';
    }
);

/** A figure of some rows, and what each of them contributes to its error. */
export interface Measured {
  readonly value: number;
  readonly byRow: Float64Array;
}

export interface Measure {
  readonly figure: FigureName;
  readonly rows: number;
  /** What each row loses, where the figure is the mean of that; undefined for ROC AUC, which has none. */
  readonly loss: Float64Array | undefined;
  readonly weights: Float64Array | undefined;
  readonly entities: Int32Array | undefined;
  /** Null where the rows do not define it. */
  readonly of: (rows: Uint32Array) => Measured | null;
}

/** @throws MILL_JUDGE_INPUT, MILL_JUDGE_COST */
export function measureOf(given: SlicedPredictions): Measure {
  const { weights, entities } = given;
  const rows = given.task === 'ranking' ? given.ndcg.length : given.target.length;
  if (entities !== undefined) checkLength(rows, entities, 'entity');
  const [figure, loss] = lossOf(given);
  return {
    figure,
    rows,
    loss,
    weights,
    entities,
    of:
      loss === undefined
        ? rocAucOfRows(given as SlicedPredictions & { task: 'binary' })
        : meanOf(loss, weights),
  };
}

function lossOf(given: SlicedPredictions): [FigureName, Float64Array | undefined] {
  if (given.task === 'ranking') return [given.figure ?? 'ndcg', given.ndcg];
  const { target, weights } = given;
  if (given.task === 'regression') {
    const { predicted, quantile, figure = quantile === undefined ? 'mae' : 'pinball' } = given;
    checkValues(given.target, predicted, weights);
    if (figure === 'mae') return [figure, predicted.map((p, row) => Math.abs(p - (target[row] as number)))];
    if (figure === 'poissonDeviance') {
      checkRates(given.target, predicted);
      return [figure, predicted.map((p, row) => poissonOfRow(target[row] as number, p))];
    }
    if (quantile === undefined) refuse('Slices by pinball loss want a quantile.', 'Give quantile.');
    checkQuantile(quantile);
    return [figure, predicted.map((p, row) => pinballOfRow(target[row] as number, p, quantile))];
  }
  if (given.task === 'multiclass') {
    const { probabilities, classes, figure = 'logLoss' } = given;
    const k = classes.length;
    checkMulticlass(target, probabilities, k, weights);
    const own = (row: number): number => probabilities[row * k + (target[row] as number)] as number;
    if (figure === 'logLoss')
      return [figure, Float64Array.from(target, (_, row) => logLossOfRow(1, own(row)))];
    const right = (row: number): number => {
      const of = probabilities.subarray(row * k, (row + 1) * k);
      return of.indexOf(Math.max(...of)) === target[row] ? 1 : 0;
    };
    return [figure, Float64Array.from(target, (_, row) => right(row))];
  }
  const { probability, figure = 'logLoss', threshold, cost } = given;
  checkProbabilities(given.target, probability, weights);
  if (figure === 'rocAuc') return [figure, undefined];
  if (figure === 'logLoss')
    return [figure, probability.map((p, row) => logLossOfRow(target[row] as number, p))];
  if (figure === 'brier') return [figure, probability.map((p, row) => (p - (target[row] as number)) ** 2)];
  if (threshold === undefined || cost === undefined)
    refuse('Slices by cost want a threshold and a cost.', 'Give threshold and cost.');
  checkThreshold(threshold);
  checkCost(cost);
  const { falsePositive, falseNegative, truePositive = 0, trueNegative = 0 } = cost;
  return [
    figure,
    probability.map((p, row) => {
      const yes = p >= threshold;
      return target[row] === 1 ? (yes ? -truePositive : falseNegative) : yes ? falsePositive : -trueNegative;
    }),
  ];
}

function meanOf(loss: Float64Array, weights: Float64Array | undefined): Measure['of'] {
  return (rows) => {
    let [sum, whole] = [0, 0];
    for (const row of rows) {
      const weight = weights?.[row] ?? 1;
      whole += weight;
      sum += weight * (loss[row] as number);
    }
    if (!(whole > 0)) return null;
    const value = sum / whole;
    const part = (row: number): number => ((weights?.[row] ?? 1) * ((loss[row] as number) - value)) / whole;
    return { value, byRow: Float64Array.from(rows, part) };
  };
}

function rocAucOfRows({
  target,
  probability,
  weights,
}: SlicedPredictions & { task: 'binary' }): Measure['of'] {
  return (rows) => {
    const some = (values: Float64Array): Float64Array =>
      Float64Array.from(rows, (row) => values[row] as number);
    const sample = { target: some(target), ...(weights && { weights: some(weights) }) };
    const score = some(probability);
    const cuts = cutsOfSample(sample, score);
    const influence = rocAucInfluence(cuts);
    return (
      influence && {
        value: influence.figure,
        byRow: influenceByRow(sample, stepsByRow(cuts, score), influence),
      }
    );
  };
}

/** The variance of what rows contribute: each by itself, or whole entities. */
export function varianceOfParts(parts: Float64Array, rows: Uint32Array, entities?: Int32Array): number {
  if (entities === undefined) {
    const n = parts.length;
    return (parts.reduce((sum, part) => sum + part * part, 0) * n) / Math.max(1, n - 1);
  }
  const sums = new Map<number, number>();
  for (const [i, row] of rows.entries()) {
    const entity = entities[row] as number;
    sums.set(entity, (sums.get(entity) ?? 0) + (parts[i] as number));
  }
  let sum = 0;
  for (const part of sums.values()) sum += part * part;
  return (sum * sums.size) / Math.max(1, sums.size - 1);
}
