import type { Link } from '../link.ts';

/** The rows that a loss is taken over: [from, to) of the target, of the weights and of the groups, where there are any. */
export interface LossRows {
  readonly target: Float64Array;
  readonly weights?: Float64Array;
  readonly groups?: Int32Array;
  readonly from: number;
  readonly to: number;
}

/** By output: the raw score of each of the rows, the first at index 0. */
export type Scores = readonly Float64Array[];

/**
 * What trees are grown towards: a loss, and how it slopes. It may hold space of its own, so there is one for each training.
 */
export interface Objective {
  /** How many scores a row has, and so how many trees a round: one, or one for each class. */
  readonly outputs: number;
  readonly link: Link;
  /** The best score that is the same for all rows, by output. */
  base(rows: LossRows): readonly number[];
  /** The loss that early stopping goes by: a mean over the rows, each by its weight; null for no rows. */
  loss(rows: LossRows, scores: Scores): number | null;
  /** Called when a round begins, before its derivatives. */
  begin?(scores: Scores): void;
  /**
   * First and second derivative of each row's loss by its score of one output, times its weight, at the scores when the round began: since then
   * the scores of other outputs may have moved, those of this one not.
   */
  derivatives(
    rows: LossRows,
    scores: Scores,
    output: number,
    first: Float64Array,
    second: Float64Array,
  ): void;
  /**
   * What to add to the score of some rows (numbers from 0 on, of those that `scores` has) so that their loss is least, where derivatives are too
   * coarse to say: leaves get it in place of their Newton step.
   */
  leaf?(rows: LossRows, scores: Scores, leaf: Int32Array): number;
  /** Of outputs that have nothing to learn from. */
  isFixed?(output: number): boolean;
}

/** The mean of a row's loss by weight; null for no rows. */
export function meanOver(rows: LossRows, lossOf: (i: number) => number): number | null {
  const { weights, from, to } = rows;
  let sum = 0;
  let whole = 0;
  for (let i = 0; i < to - from; i++) {
    const weight = weights === undefined ? 1 : weights[from + i]!;
    sum += weight * lossOf(i);
    whole += weight;
  }
  return whole === 0 ? null : sum / whole;
}

/** Multiplies both derivatives of each row by its weight, if rows have any. */
export function weigh({ weights, from, to }: LossRows, first: Float64Array, second: Float64Array): void {
  if (weights === undefined) return;
  for (let i = 0; i < to - from; i++) {
    first[i]! *= weights[from + i]!;
    second[i]! *= weights[from + i]!;
  }
}
