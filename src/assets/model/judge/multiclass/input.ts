import type { CalibrationOptions } from '../binary/calibration.ts';
import type { ClassByRow } from './answers.ts';

export interface MulticlassInput {
  /** By row the index of its class. */
  readonly target: ClassByRow;
  /** Row after row a probability for each class, in the order of `classes`. */
  readonly probabilities: Float64Array;
  readonly classes: readonly string[];
  /** For how many rows each stands; default 1. */
  readonly weights?: Float64Array;
  /** Share of each class in the training rows; default: in these rows. */
  readonly baseShares?: readonly number[];
  /** How many of the likeliest classes count as found, for `topAccuracy`; default [3] of more than 3 classes, and [3, 5] of more than 5. */
  readonly top?: readonly number[];
  readonly calibration?: Omit<CalibrationOptions, 'weights'>;
  /** By row, whose it is: rows of one entity resemble each other, and intervals are then as much wider. */
  readonly entities?: Int32Array;
  /** `figures` leaves out curve and intervals. Default `whole`. */
  readonly detail?: 'whole' | 'figures';
}
