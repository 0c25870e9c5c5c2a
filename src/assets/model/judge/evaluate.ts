import { deepFreeze } from '../../../base/index.ts';
import { brier } from './brier.ts';
import { type CalibrationOptions, calibration } from './calibration.ts';
import { confusion } from './confusion.ts';
import type { BinaryEvaluation, RegressionEvaluation } from './evaluation.ts';
import { type Cost, costCurveOf, expectedCost } from './expected-cost.ts';
import { errorHistogram, predictionCurve, scoreHistogram } from './histogram.ts';
import { logLoss } from './log-loss.ts';
import { prAucOf, prCurveOf } from './pr-auc.ts';
import { rank } from './ranking.ts';
import { mae, meanOf, r2, rmse } from './regression.ts';
import { rocAucOf, rocCurveOf } from './roc-auc.ts';

export interface BinaryInput {
  /** 0 or 1 by row. */
  readonly target: Float64Array;
  /** Of 1, within [0, 1], by row. */
  readonly probability: Float64Array;
  /** For how many rows each stands, as rows that were sampled do; every figure is then one of those rows. Default 1. */
  readonly weights?: Float64Array;
  /** Chosen on other rows (`chooseThreshold`). */
  readonly threshold: number;
  readonly cost?: Cost;
  /** Share of positives in the training rows; default: in these rows. */
  readonly baseRate?: number;
  readonly calibration?: CalibrationOptions;
}

/**
 * Judges a binary classifier on rows it has not seen.
 * @throws MILL_JUDGE_INPUT, MILL_JUDGE_COST
 */
export function evaluateBinary(input: BinaryInput): BinaryEvaluation {
  const { target, probability, threshold, cost, weights } = input;
  const ranking = rank(target, probability, weights);
  const { rows, whole, positives, negatives } = ranking;
  const calibrated = calibration(target, probability, {
    ...input.calibration,
    ...(weights ? { weights } : {}),
  });
  const answers = confusion(target, probability, threshold, weights ? { weights } : {});
  const costOf = (falsePositives: number, falseNegatives: number) =>
    cost ? expectedCost({ falsePositives, falseNegatives }, whole, cost) : null;
  const baseRate = input.baseRate ?? (rows === 0 ? null : positives / whole);
  const constant = new Float64Array(rows).fill(baseRate ?? 0);
  return deepFreeze<BinaryEvaluation>({
    task: 'binary',
    rows,
    positives,
    rocAuc: rocAucOf(ranking),
    prAuc: prAucOf(ranking),
    logLoss: logLoss(target, probability, weights),
    brier: brier(target, probability, weights),
    calibrationError: calibrated?.calibrationError ?? null,
    ece: calibrated?.ece ?? null,
    eceNull: calibrated?.eceNull ?? null,
    calibrationCurve: calibrated?.curve ?? [],
    baseline: {
      probability: baseRate,
      logLoss: logLoss(target, constant, weights),
      brier: brier(target, constant, weights),
    },
    threshold,
    confusion: answers,
    cost: cost ? { falsePositive: cost.falsePositive, falseNegative: cost.falseNegative } : null,
    expectedCost: costOf(answers.falsePositives, answers.falseNegatives),
    costOfAllYes: costOf(negatives, 0),
    costOfAllNo: costOf(0, positives),
    costCurve: cost ? costCurveOf(ranking, cost) : [],
    rocCurve: rocCurveOf(ranking),
    prCurve: prCurveOf(ranking),
    scoreHistogram: scoreHistogram(target, probability, weights),
  });
}

export interface RegressionInput {
  readonly target: Float64Array;
  readonly predicted: Float64Array;
  /** Mean target of the training rows; default: of these rows. */
  readonly baseValue?: number;
}

/**
 * Judges a regressor on rows it has not seen.
 * @throws MILL_JUDGE_INPUT
 */
export function evaluateRegression(input: RegressionInput): RegressionEvaluation {
  const { target, predicted } = input;
  const baseValue = input.baseValue ?? meanOf(target);
  const constant = new Float64Array(target.length).fill(baseValue ?? 0);
  return deepFreeze<RegressionEvaluation>({
    task: 'regression',
    rows: target.length,
    rmse: rmse(target, predicted),
    mae: mae(target, predicted),
    r2: r2(target, predicted),
    meanTarget: meanOf(target),
    meanPrediction: meanOf(predicted),
    baseline: { value: baseValue, rmse: rmse(target, constant), mae: mae(target, constant) },
    predictionCurve: predictionCurve(target, predicted),
    errorHistogram: errorHistogram(target, predicted),
  });
}
