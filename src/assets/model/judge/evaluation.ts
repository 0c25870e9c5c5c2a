import type { CalibrationBin } from './calibration.ts';
import type { Confusion } from './confusion.ts';
import type { Cost, CostPoint } from './expected-cost.ts';
import type { PrPoint } from './pr-auc.ts';
import type { RocPoint } from './roc-auc.ts';

/** A bar of a histogram over [from, to); the last one is closed. */
export interface ScoreBar {
  readonly from: number;
  readonly to: number;
  readonly negatives: number;
  readonly positives: number;
}

/**
 * How good a binary classifier was on one set of rows: plain JSON, frozen. A figure that these rows do not define
 * (ROC AUC when a class is missing, cost when none is declared) is null, never NaN.
 */
export interface BinaryEvaluation {
  readonly task: 'binary';
  readonly rows: number;
  readonly positives: number;
  readonly rocAuc: number | null;
  readonly prAuc: number | null;
  /** In nats. */
  readonly logLoss: number | null;
  readonly brier: number | null;
  readonly calibrationError: number | null;
  readonly ece: number | null;
  readonly eceNull: { readonly mean: number; readonly q95: number } | null;
  readonly calibrationCurve: readonly CalibrationBin[];
  /** What giving every row the same probability would score: the base rate known before (of the training rows). */
  readonly baseline: {
    readonly probability: number | null;
    readonly logLoss: number | null;
    readonly brier: number | null;
  };
  /** Yes where probability >= threshold. */
  readonly threshold: number;
  readonly confusion: Confusion;
  readonly cost: Cost | null;
  /** Mean cost of one prediction at the threshold, in the unit of the declared cost; so are the next two. */
  readonly expectedCost: number | null;
  readonly costOfAllYes: number | null;
  readonly costOfAllNo: number | null;
  readonly costCurve: readonly CostPoint[];
  readonly rocCurve: readonly RocPoint[];
  readonly prCurve: readonly PrPoint[];
  /** 20 bars over [0, 1]. */
  readonly scoreHistogram: readonly ScoreBar[];
}

/** A stretch of about equally many rows, by rising prediction. */
export interface ValueBin {
  readonly rows: number;
  readonly meanPrediction: number;
  readonly meanTarget: number;
}

export interface ErrorBar {
  readonly from: number;
  readonly to: number;
  readonly rows: number;
}

/** How good a regressor was on one set of rows: plain JSON, frozen. Errors are prediction − target, in its unit. */
export interface RegressionEvaluation {
  readonly task: 'regression';
  readonly rows: number;
  readonly meanTarget: number | null;
  readonly meanPrediction: number | null;
  readonly rmse: number | null;
  readonly mae: number | null;
  readonly r2: number | null;
  /** What answering the same value always would score: the mean target known before (of the training rows). */
  readonly baseline: {
    readonly value: number | null;
    readonly rmse: number | null;
    readonly mae: number | null;
  };
  /** Up to 20 bins; equal predictions share a bin. */
  readonly predictionCurve: readonly ValueBin[];
  /** Up to 20 bars of equal width. */
  readonly errorHistogram: readonly ErrorBar[];
}

export type Evaluation = BinaryEvaluation | RegressionEvaluation;
