import { derivatives, meanLoss } from '../loss.ts';
import type { Task } from '../trainer.port.ts';

/** Scores, or what belongs to them, by output and row: one output, or one for each class. */
export type ByOutput = readonly Float64Array[];

/** The loss of rows by their scores: log loss (of all classes by their softmax), or half the squared error. */
export interface Objective {
  readonly outputs: number;
  /** Whether the loss is a parabola, so that one Newton step is all. */
  readonly quadratic: boolean;
  /** Mean over the rows, each by its weight; the whole squared error for regression. Null for no rows. */
  mean(scores: ByOutput): number | null;
  /** First and second derivative of each row's loss by each of its scores, times the row's weight. */
  derive(scores: ByOutput, first: ByOutput, second: ByOutput): void;
  /** The second derivatives times a change of scores, in place. `second` as derived last. */
  curve(change: ByOutput, second: ByOutput): void;
}

/** `target` and `weights` are read from `offset` on. */
export function objectiveOf(
  task: Task,
  outputs: number,
  target: Float64Array,
  offset: number,
  weights?: Float64Array,
): Objective {
  if (task === 'multiclass') return softmaxObjective(outputs, target, offset, weights);
  return {
    outputs: 1,
    quadratic: task === 'regression',
    mean: ([scores]) => meanLoss(task, scores!, target, offset, weights),
    derive: ([scores], [first], [second]) =>
      derivatives(task, scores!, target, offset, first!, second!, weights),
    curve: ([change], [second]) => {
      for (let row = 0; row < change!.length; row++) change![row]! *= second![row]!;
    },
  };
}

/** Of each row the probabilities of all classes, in place of their scores. */
export function softmax(scores: ByOutput): void {
  const rows = scores[0]!.length;
  for (let row = 0; row < rows; row++) {
    let most = Number.NEGATIVE_INFINITY;
    for (const one of scores) most = Math.max(most, one[row]!);
    let sum = 0;
    for (const one of scores) {
      one[row] = Math.exp(one[row]! - most);
      sum += one[row]!;
    }
    for (const one of scores) one[row]! /= sum;
  }
}

function softmaxObjective(
  outputs: number,
  target: Float64Array,
  offset: number,
  weights: Float64Array | undefined,
): Objective {
  const weightOf = (row: number): number => (weights === undefined ? 1 : weights[offset + row]!);
  let probabilities: Float64Array[] = [];
  return {
    outputs,
    quadratic: false,
    mean(scores) {
      const rows = scores[0]!.length;
      let sum = 0;
      let whole = 0;
      for (let row = 0; row < rows; row++) {
        let most = Number.NEGATIVE_INFINITY;
        for (const one of scores) most = Math.max(most, one[row]!);
        let powers = 0;
        for (const one of scores) powers += Math.exp(one[row]! - most);
        sum += weightOf(row) * (most + Math.log(powers) - scores[target[offset + row]!]![row]!);
        whole += weightOf(row);
      }
      return rows === 0 ? null : sum / whole;
    },
    derive(scores, first, second) {
      probabilities = scores.map((one) => one.slice());
      softmax(probabilities);
      probabilities.forEach((own, k) => {
        for (let row = 0; row < own.length; row++) {
          const [p, weight] = [own[row]!, weightOf(row)];
          first[k]![row] = weight * (p - (target[offset + row] === k ? 1 : 0));
          second[k]![row] = weight * p * (1 - p);
        }
      });
    },
    curve(change) {
      for (let row = 0; row < change[0]!.length; row++) {
        let mean = 0;
        for (let k = 0; k < outputs; k++) mean += probabilities[k]![row]! * change[k]![row]!;
        for (let k = 0; k < outputs; k++)
          change[k]![row] = weightOf(row) * probabilities[k]![row]! * (change[k]![row]! - mean);
      }
    },
  };
}
