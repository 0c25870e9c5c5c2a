import { logLossOfRow } from '../binary/log-loss.ts';
import type { Intervals } from '../figures.ts';
import { bootstrapSums } from '../interval/bootstrap.ts';
import {
  columnsOf,
  FEWEST_APART,
  type GroupSums,
  type Groups,
  totalOf,
  worthAmong,
} from '../interval/groups.ts';
import { matrixAt, type RecallOfClass, withHidden } from '../interval/hidden.ts';
import { LEVEL } from '../interval/interval.ts';
import { shareInterval, shareOfGroups } from '../interval/share.ts';
import { wilson } from '../interval/wilson.ts';
import { isAmong } from './answers.ts';
import { averageShares, balancedAccuracyOf, mccOf } from './by-class.ts';
import type { MulticlassInput } from './input.ts';
import { brierOfRow } from './losses.ts';

/** Of more classes the matrix is too wide to be drawn a thousand times. */
export const MOST_DRAWN = 10;
export const GROUPS_DRAWN = 1_000;

/** What stands before the matrix. */
const BEFORE = 5;

/** Intervals of what answers tell: of shares by Wilson, of all others by a bootstrap. {} where fewer than ten are apart. */
export function multiclassIntervals(input: MulticlassInput, answer: Int32Array, groups: Groups): Intervals {
  if (groups.apart < FEWEST_APART) return {};
  const { target, classes: names, weights, entities } = input;
  const classes = names.length <= MOST_DRAWN ? names.length : 0;
  const sums = answerSums(input, answer, groups);
  const total = totalOf(sums);
  const share = (
    right: number,
    asked: readonly number[],
    isAsked: (row: number) => boolean,
  ): RecallOfClass => {
    const found = shareOfGroups(columnsOf(sums, [right]), columnsOf(sums, asked));
    const { share: recall, variance, spread } = found;
    if (recall === null || variance === null) return { recall, interval: null, spread };
    const weightOf = (row: number): number => (isAsked(row) ? (weights?.[row] ?? 1) : 0);
    const worth = worthAmong(target.length, weightOf);
    if (groups.apart === target.length) return { recall, interval: wilson(recall, worth), spread };
    // Rows of one entity are worth no more than if they were apart.
    const atLeast = Math.max(variance, (recall * (1 - recall)) / worth);
    const least = (): number => worthAmong(target.length, weightOf, entities);
    return { recall, interval: shareInterval({ ...found, variance: atLeast, least }), spread };
  };
  const recalls = Array.from({ length: classes }, (_, c) =>
    share(
      BEFORE + c * classes + c,
      Array.from({ length: classes }, (_, a) => BEFORE + c * classes + a),
      (row) => target[row] === c,
    ),
  );
  const figuresAt = (at: readonly number[]) => {
    const changed = total.slice();
    changed.set(matrixAt(total.subarray(BEFORE), at), BEFORE);
    return figuresOfSums(changed, classes);
  };
  const drawn = bootstrapSums(sums, (sum) => figuresOfSums(sum, classes));
  return {
    ...withHidden(drawn, recalls, figuresAt, LEVEL),
    accuracy: share(3, [0], () => true).interval,
    ...(placesOf(input) < names.length ? { topAccuracy: share(4, [0], () => true).interval } : {}),
  };
}

/** How many of the likeliest classes count as found. */
const placesOf = ({ top, classes }: Pick<MulticlassInput, 'top' | 'classes'>): number =>
  top === undefined ? 3 : (top[0] ?? classes.length);

/** By group of rows: weight, log loss, Brier score, right answers, and those whose class is among the likeliest; then, of few classes, the matrix. */
export function answerSums(input: MulticlassInput, answer: Int32Array, groups: Groups): GroupSums {
  const { target, probabilities, classes: names, weights } = input;
  const classes = names.length;
  const matrix = classes <= MOST_DRAWN;
  const places = placesOf(input);
  const width = BEFORE + (matrix ? classes * classes : 0);
  const values = new Float64Array(groups.count * width);
  for (let row = 0; row < target.length; row++) {
    const own = target[row] as number;
    const weight = weights === undefined ? 1 : (weights[row] as number);
    const at = (groups.of[row] as number) * width;
    const add = (place: number, value: number): void => {
      values[at + place] = (values[at + place] as number) + weight * value;
    };
    add(0, 1);
    add(1, logLossOfRow(1, probabilities[row * classes + own] as number));
    add(2, brierOfRow(own, probabilities, classes, row));
    add(3, answer[row] === own ? 1 : 0);
    add(4, isAmong(places, own, probabilities, classes, row) ? 1 : 0);
    if (matrix) add(BEFORE + own * classes + (answer[row] as number), 1);
  }
  return { groups: groups.count, width, values };
}

/** The figures that such sums make; of the matrix for so many classes, none if 0. */
export function figuresOfSums(total: Float64Array, classes: number) {
  const [whole, loss, brier, right] = [...total] as [
    whole: number,
    loss: number,
    brier: number,
    right: number,
  ];
  const mean = (value: number): number | null => (whole === 0 ? null : value / whole);
  const matrix = total.subarray(BEFORE, BEFORE + classes * classes);
  const macro = averageShares(matrix, classes, 'macro');
  return {
    logLoss: mean(loss),
    brier: mean(brier),
    accuracy: mean(right),
    macroF1: macro.f1,
    macroPrecision: macro.precision,
    macroRecall: macro.recall,
    weightedF1: averageShares(matrix, classes, 'weighted').f1,
    balancedAccuracy: balancedAccuracyOf(matrix, classes),
    mcc: mccOf(matrix, classes),
  };
}
