import { deepFreeze } from '../../../../base/index.ts';
import { calibration } from '../binary/calibration.ts';
import { logLossOfRow } from '../binary/log-loss.ts';
import type { MulticlassEvaluation } from '../evaluation.ts';
import { refuse } from '../input.ts';
import { groupsOf } from '../interval/groups.ts';
import { checkMulticlass, classMatrix, likeliest, topAccuracy } from './answers.ts';
import {
  accuracyOf,
  averageShares,
  balancedAccuracyOf,
  type ClassFigures,
  mccOf,
  sharesByClass,
} from './by-class.ts';
import type { MulticlassInput } from './input.ts';
import { GROUPS_DRAWN, multiclassIntervals } from './intervals.ts';
import { multiclassBrier, multiclassLogLoss } from './losses.ts';
import { rankingErrors } from './ranking-errors.ts';
import { againstEach, againstRest, classRankings } from './roc-auc.ts';

/** A matrix of more classes is not kept: nobody reads it. */
const MOST_IN_MATRIX = 50;

/**
 * Judges a classifier of several classes on rows it has not seen.
 * @throws MILL_JUDGE_INPUT
 */
export function evaluateMulticlass(input: MulticlassInput): MulticlassEvaluation {
  const { target, probabilities, classes: names, weights, detail = 'whole' } = input;
  const classes = names.length;
  checkMulticlass(target, probabilities, classes, weights);
  if (new Set(names).size < classes) refuse('Two classes have one name.');
  const answer = likeliest(probabilities, classes);
  const matrix = classMatrix(target, answer, classes, weights);
  const drawn = detail === 'whole';
  const groups = drawn ? groupsOf(target.length, input.entities, 1, GROUPS_DRAWN) : undefined;
  const errors = groups && rankingErrors(input, groups);
  const rankings = classRankings(target, probabilities, classes, weights, errors?.add);
  const shares = sharesByClass(matrix, classes);
  const byClass = names.map(
    (name, c): ClassFigures => ({
      class: name,
      support: rankings.support[c] as number,
      ...(shares[c] as (typeof shares)[0]),
      rocAuc: rankings.rocAuc[c] ?? null,
      prAuc: rankings.prAuc[c] ?? null,
    }),
  );
  const top = (input.top ?? [3, 5].filter((k) => k < classes)).map((k) => ({
    k,
    accuracy: topAccuracy(target, probabilities, classes, k, weights),
  }));
  const calibrated = calibration(
    Float64Array.from(answer, (c, row) => (c === target[row] ? 1 : 0)),
    Float64Array.from(answer, (c, row) => probabilities[row * classes + c] as number),
    { ...input.calibration, ...(weights && { weights }) },
  );
  const macro = averageShares(matrix, classes, 'macro');
  const found = {
    accuracy: accuracyOf(matrix, classes),
    logLoss: multiclassLogLoss(target, probabilities, classes, weights),
    brier: multiclassBrier(target, probabilities, classes, weights),
    calibrationError: calibrated?.calibrationError ?? null,
  };
  return deepFreeze<MulticlassEvaluation>({
    task: 'multiclass',
    rows: target.length,
    classes: [...names],
    ...found,
    figures: {
      ...found,
      rocAuc: againstRest(rankings, 'macro'),
      weightedRocAuc: againstRest(rankings, 'weighted'),
      pairwiseRocAuc: againstEach(rankings, 'macro'),
      prAuc: meanOf(rankings.prAuc),
      balancedAccuracy: balancedAccuracyOf(matrix, classes),
      mcc: mccOf(matrix, classes),
      macroF1: macro.f1,
      weightedF1: averageShares(matrix, classes, 'weighted').f1,
      macroPrecision: macro.precision,
      macroRecall: macro.recall,
      ...(top[0] === undefined ? {} : { topAccuracy: top[0].accuracy }),
    },
    intervals:
      groups && errors ? { ...multiclassIntervals(input, answer, groups), ...errors.intervals() } : {},
    apart: groups?.apart ?? null,
    confusion: classes > MOST_IN_MATRIX ? [] : rowsOf(matrix, classes),
    byClass,
    topAccuracy: top,
    ece: calibrated?.ece ?? null,
    eceNull: calibrated?.eceNull ?? null,
    calibrationCurve: drawn ? (calibrated?.curve ?? []) : [],
    baseline: baselineOf(input.baseShares, rankings.support),
  });
}

function meanOf(values: readonly (number | null)[]): number | null {
  const defined = values.filter((value) => value !== null);
  return defined.length === 0 ? null : defined.reduce((sum, value) => sum + value, 0) / defined.length;
}

const rowsOf = (matrix: Float64Array, classes: number): number[][] =>
  Array.from({ length: classes }, (_, t) => [...matrix.subarray(t * classes, (t + 1) * classes)]);

function baselineOf(given: readonly number[] | undefined, support: Float64Array) {
  const whole = support.reduce((sum, rows) => sum + rows, 0);
  if (given !== undefined && given.length !== support.length)
    refuse(`There are ${given.length} base shares for ${support.length} classes.`);
  if (whole === 0) return { probabilities: given ?? null, logLoss: null, accuracy: null };
  const probabilities = given ?? [...support].map((rows) => rows / whole);
  const likely = probabilities.indexOf(Math.max(...probabilities));
  return {
    probabilities,
    logLoss:
      support.reduce((sum, rows, c) => sum + rows * logLossOfRow(1, probabilities[c] as number), 0) / whole,
    accuracy: (support[likely] as number) / whole,
  };
}
