import { deepFreeze } from '../../../../base/index.ts';
import type { BinaryEvaluation } from '../evaluation.ts';
import type { Figures } from '../figures.ts';
import { checkProbabilities } from '../input.ts';
import { type GroupSums, groupsOf, totalOf } from '../interval/groups.ts';
import { fillBins } from './bins.ts';
import { brierOfChecked, brierPartsOf } from './brier.ts';
import { type CalibrationOptions, calibrationOf, classWeights } from './calibration.ts';
import { type Confusion, confusionAt, stepsAbove } from './confusion.ts';
import { type Cuts, cutsOfChecked } from './cuts.ts';
import { type Cost, checkCost, costCurveOf, costOf, expectedCost } from './expected-cost.ts';
import { gainCurveOf, liftOf } from './gain.ts';
import { answerSums, binaryIntervals, figuresOfSums } from './intervals.ts';
import { logLossOfChecked, logLossOfRow } from './log-loss.ts';
import { prAucOf, prCurveOf } from './pr-auc.ts';
import { rocAucOf, rocCurveOf } from './roc-auc.ts';
import { scoreHistogram } from './score-histogram.ts';

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
  readonly calibration?: Omit<CalibrationOptions, 'weights'>;
  /** By row, whose it is: rows of one entity resemble each other, and intervals are then as much wider. */
  readonly entities?: Int32Array;
  /** `figures` leaves out curves, histogram and intervals: for many small sets of rows. Default `whole`. */
  readonly detail?: 'whole' | 'figures';
}

/**
 * Judges a binary classifier on rows it has not seen. Rows are sorted once; every figure and curve is read off that.
 * @throws MILL_JUDGE_INPUT, MILL_JUDGE_COST
 */
export function evaluateBinary(input: BinaryInput): BinaryEvaluation {
  const { target, probability, threshold, cost, weights, detail = 'whole' } = input;
  checkProbabilities(target, probability, weights);
  if (cost) checkCost(cost);
  const cuts = cutsOfChecked(target, probability, weights);
  const { whole, positives, negatives } = cuts;
  const rows = target.length;
  const bins = fillBins(cuts, input.calibration ?? {});
  const calibrated = calibrationOf(cuts, bins, {
    ...input.calibration,
    ...(weights && { classWeights: classWeights(target, weights) }),
  });
  const yes = stepsAbove(cuts, threshold);
  const answers = confusionAt(cuts, yes);
  const all = (tp: number, fp: number, fn: number, tn: number): number | null =>
    cost && rows > 0
      ? costOf({ truePositives: tp, falsePositives: fp, falseNegatives: fn, trueNegatives: tn }, cost) / whole
      : null;
  const baseRate = input.baseRate ?? (rows === 0 ? null : positives / whole);
  const drawn = detail === 'whole';
  const groups = drawn ? groupsOf(rows, input.entities) : undefined;
  const sums = groups && answerSums(input, groups);
  const found = {
    rocAuc: rocAucOf(cuts),
    prAuc: prAucOf(cuts),
    // Their sums are there already where intervals are wanted.
    ...(sums === undefined
      ? {
          logLoss: logLossOfChecked(target, probability, weights),
          brier: brierOfChecked(target, probability, weights),
        }
      : lossesOfSums(sums)),
    calibrationError: calibrated?.calibrationError ?? null,
    expectedCost: cost ? expectedCost(answers, whole, cost) : null,
  };
  return deepFreeze<BinaryEvaluation>({
    task: 'binary',
    rows,
    positives,
    ...found,
    figures: { ...found, ...figuresOfAnswers(answers), liftAt10: liftOf(cuts, 0.1) },
    intervals: groups && sums ? binaryIntervals(input, cuts, sums, groups, yes) : {},
    apart: groups?.apart ?? null,
    brierParts: brierPartsOf(cuts, bins),
    ece: calibrated?.ece ?? null,
    eceNull: calibrated?.eceNull ?? null,
    calibrationCurve: drawn ? (calibrated?.curve ?? []) : [],
    baseline: {
      probability: baseRate,
      ...baselineOf(cuts, baseRate),
    },
    threshold,
    confusion: answers,
    cost: cost ? { ...cost } : null,
    costOfAllYes: all(positives, negatives, 0, 0),
    costOfAllNo: all(0, 0, positives, negatives),
    costCurve: drawn && cost ? costCurveOf(cuts, cost) : [],
    rocCurve: drawn ? rocCurveOf(cuts) : [],
    prCurve: drawn ? prCurveOf(cuts) : [],
    gainCurve: drawn ? gainCurveOf(cuts) : [],
    scoreHistogram: drawn ? scoreHistogram(cuts) : [],
  });
}

function lossesOfSums(sums: GroupSums) {
  const { logLoss, brier } = figuresOfSums(totalOf(sums), undefined);
  return { logLoss, brier };
}

/** The shares of answers that are figures by themselves. */
export function figuresOfAnswers(answers: Confusion): Figures {
  const { precision, recall, specificity, f1, mcc, accuracy, balancedAccuracy } = answers;
  return { precision, recall, specificity, f1, mcc, accuracy, balancedAccuracy };
}

/** What one probability for all rows would score. */
function baselineOf({ whole, positives, negatives }: Cuts, probability: number | null) {
  if (probability === null || whole === 0) return { logLoss: null, brier: null };
  const mean = (ofYes: number, ofNo: number): number => (positives * ofYes + negatives * ofNo) / whole;
  return {
    logLoss: mean(logLossOfRow(1, probability), logLossOfRow(0, probability)),
    brier: mean((1 - probability) ** 2, probability ** 2),
  };
}
