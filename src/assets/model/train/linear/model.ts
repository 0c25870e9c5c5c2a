import type { Task } from '../trainer.port.ts';
import type { Encoding } from './encoding.ts';

/** A linear model: an output's score is X·weights, the intercept being the last weight; for classes it is the log-odds, or goes through softmax. */
export interface LinearModel {
  readonly task: Task;
  readonly encodings: readonly Encoding[];
  /** One, or one for each class. */
  readonly outputs: number;
  /** By output. */
  readonly weights: readonly Float64Array[];
  /** By output and column: what the column adds to the score of the training rows on average. */
  readonly usual: readonly Float64Array[];
}
