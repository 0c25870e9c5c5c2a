import type { BrierParts } from './binary/brier.ts';
import type { CalibrationBin } from './binary/calibration.ts';
import type { Confusion } from './binary/confusion.ts';
import type { Cost, CostPoint } from './binary/expected-cost.ts';
import type { GainPoint } from './binary/gain.ts';
import type { PrPoint } from './binary/pr-auc.ts';
import type { RocPoint } from './binary/roc-auc.ts';
import type { ScoreBar } from './binary/score-histogram.ts';
import type { Figures, Intervals } from './figures.ts';
import type { ClassFigures } from './multiclass/by-class.ts';
import type { ErrorBar, ValueBin } from './regression/distribution.ts';

/** What every evaluation has: plain JSON, frozen; a figure that its rows do not define is null, never NaN. */
interface Judged {
  readonly rows: number;
  /** Every figure that gates, comparisons and tracking can name; see FIGURES. */
  readonly figures: Figures;
  /** Of those figures that have one; {} when curves and intervals were not asked for, or too few are apart. */
  readonly intervals: Intervals;
  /** How many entities (rows where none are given, lists where they are ranked) the rows are of; of fewer than 10 no interval is told. Null when none was asked for. */
  readonly apart: number | null;
}

/**
 * How good a binary classifier was on one set of rows: plain JSON, frozen. A figure that these rows do not define
 * (ROC AUC when a class is missing, cost when none is declared) is null, never NaN.
 */
export interface BinaryEvaluation extends Judged {
  readonly task: 'binary';
  readonly positives: number;
  readonly rocAuc: number | null;
  readonly prAuc: number | null;
  /** In nats. */
  readonly logLoss: number | null;
  readonly brier: number | null;
  /** What the Brier score is made of. */
  readonly brierParts: BrierParts | null;
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
  /** Gain and lift by share of rows. */
  readonly gainCurve: readonly GainPoint[];
  /** 20 bars over [0, 1]. */
  readonly scoreHistogram: readonly ScoreBar[];
}

/** How good a regressor was on one set of rows: plain JSON, frozen. Errors are prediction − target, in its unit. */
export interface RegressionEvaluation extends Judged {
  readonly task: 'regression';
  readonly meanTarget: number | null;
  readonly meanPrediction: number | null;
  readonly rmse: number | null;
  readonly mae: number | null;
  readonly r2: number | null;
  readonly explainedVariance: number | null;
  /** Half of the predictions are off by no more. */
  readonly medianAbsoluteError: number | null;
  readonly mape: number | null;
  /** Of the quantile that was asked for. */
  readonly pinball: number | null;
  readonly quantile: number | null;
  /** When asked for. */
  readonly poissonDeviance: number | null;
  /** The share of targets that are no more than what is said: about `quantile` where that is met. Null, and absent in evaluations of long ago, where none was asked for. */
  readonly covered?: number | null;
  /**
   * What answering the same value always would score: the mean target known before (of the training rows), and of `pinball` their quantile. What was not
   * asked for is null, and absent in evaluations of long ago.
   */
  readonly baseline: {
    readonly value: number | null;
    readonly rmse: number | null;
    readonly mae: number | null;
    readonly pinball?: number | null;
    readonly poissonDeviance?: number | null;
  };
  /** Up to 20 bins; equal predictions share a bin. */
  readonly predictionCurve: readonly ValueBin[];
  /** Up to 20 bars of equal width. */
  readonly errorHistogram: readonly ErrorBar[];
}

/** How good a classifier of several classes was on one set of rows. Classes are in the order of `classes` everywhere. */
export interface MulticlassEvaluation extends Judged {
  readonly task: 'multiclass';
  readonly classes: readonly string[];
  /** By true class, by answered class: rows, each by its weight. The answer is the first of the likeliest classes. */
  readonly confusion: readonly (readonly number[])[];
  readonly byClass: readonly ClassFigures[];
  readonly accuracy: number | null;
  /** The share of rows whose class is among the k likeliest. */
  readonly topAccuracy: readonly { readonly k: number; readonly accuracy: number | null }[];
  /** In nats. */
  readonly logLoss: number | null;
  readonly brier: number | null;
  /** Of the likeliest class: is its probability the share of rows in which it is right. */
  readonly calibrationError: number | null;
  readonly ece: number | null;
  readonly eceNull: { readonly mean: number; readonly q95: number } | null;
  readonly calibrationCurve: readonly CalibrationBin[];
  /** What giving every row the same probabilities would score: the shares known before (of the training rows). */
  readonly baseline: {
    readonly probabilities: readonly number[] | null;
    readonly logLoss: number | null;
    readonly accuracy: number | null;
  };
}

/** What the first k places hold, on average over lists. */
export interface AtK {
  readonly k: number;
  readonly ndcg: number | null;
  /** Relevant items / k. */
  readonly precision: number | null;
  /** Relevant items / all relevant ones of the list. */
  readonly recall: number | null;
  readonly hitRate: number | null;
  /** The share of all items that stand there in any list; null when items are not given. */
  readonly coverage: number | null;
}

/** How good a model orders the items of each list. */
export interface RankingEvaluation extends Judged {
  readonly task: 'ranking';
  /** Lists, and how many of them hold nothing relevant. */
  readonly groups: number;
  readonly groupsWithoutRelevant: number;
  readonly map: number | null;
  readonly mrr: number | null;
  /** By rising k. */
  readonly at: readonly AtK[];
}

/** An evaluation by its task. */
export interface EvaluationByTask {
  readonly binary: BinaryEvaluation;
  readonly multiclass: MulticlassEvaluation;
  readonly regression: RegressionEvaluation;
  readonly ranking: RankingEvaluation;
}

export type Evaluation = EvaluationByTask[keyof EvaluationByTask];
