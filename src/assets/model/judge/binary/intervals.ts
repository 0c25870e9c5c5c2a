import type { Intervals } from '../figures.ts';
import { leastOfPrAuc, prAucInfluence } from '../interval/average-precision.ts';
import { bootstrapSums } from '../interval/bootstrap.ts';
import { leastOfRocAuc, rankingIntervals, rocAucInfluence } from '../interval/delong.ts';
import {
  columnsOf,
  FEWEST_APART,
  type GroupSums,
  type Groups,
  totalOf,
  worthAmong,
} from '../interval/groups.ts';
import { matrixAt, type RecallOfClass, withHidden } from '../interval/hidden.ts';
import type { Sample } from '../interval/influence.ts';
import { type Interval, LEVEL } from '../interval/interval.ts';
import { shareInterval, shareOfGroups } from '../interval/share.ts';
import { wilson } from '../interval/wilson.ts';
import { confusionOf } from './confusion.ts';
import type { Cuts } from './cuts.ts';
import { type Cost, costOf } from './expected-cost.ts';
import { logLossOfRow } from './log-loss.ts';

interface Judged extends Sample {
  readonly probability: Float64Array;
  readonly threshold: number;
  readonly cost?: Cost;
}

/**
 * Intervals of a binary model's figures: of ROC AUC and PR AUC from their influences, of shares by Wilson, rows of one entity counting for
 * as few as they are worth, and of all others by a bootstrap. {} where fewer than ten are apart.
 */
export function binaryIntervals(
  judged: Judged,
  cuts: Cuts,
  sums: GroupSums,
  { apart }: Groups,
  yes: number,
): Intervals {
  if (apart < FEWEST_APART) return {};
  const { entities, ...each } = judged;
  const sample = entities === undefined || apart === entities.length ? each : judged;
  const [rocAuc, prAuc] = rankingIntervals(sample, cuts, judged.probability, LEVEL, [
    [rocAucInfluence, leastOfRocAuc],
    [prAucInfluence, leastOfPrAuc],
  ]) as [Interval | null, Interval | null];
  const shares = sharesOf(sample, cuts, sums, yes);
  const classes = (['specificity', 'recall'] as const).map((name): RecallOfClass => shares[name]);
  const total = totalOf(sums);
  const figuresAt = (recalls: readonly number[]) => {
    const changed = total.slice();
    changed.set(matrixAt(total.subarray(3), recalls), 3);
    return figuresOfSums(changed, judged.cost);
  };
  const drawn = bootstrapSums(sums, (sum) => figuresOfSums(sum, judged.cost));
  return {
    ...{ rocAuc, prAuc },
    ...withHidden(drawn, classes, figuresAt, LEVEL),
    ...Object.fromEntries(Object.entries(shares).map(([name, { interval }]) => [name, interval])),
  };
}

/** The shares of answers: what of the sums is right and what is asked, how many rows these are worth, and which they are. */
function sharesOf(
  { target, weights, entities, probability, threshold }: Sample & Pick<Judged, 'probability' | 'threshold'>,
  cuts: Cuts,
  sums: GroupSums,
  yes: number,
) {
  const { truePositives, falsePositives, positives, negatives, weighed } = cuts;
  const upTo = (values: Float64Array | undefined, steps: number): number => values?.[steps - 1] ?? 0;
  const last = truePositives.length;
  const [p, n] = [weighed?.positiveSquares, weighed?.negativeSquares];
  const rowsOf = (whole: number, squares: number): number =>
    weighed === undefined ? whole : squares === 0 ? 0 : (whole * whole) / squares;
  const share = (
    right: readonly number[],
    asked: readonly number[],
    rows: number,
    isAsked: (row: number) => boolean,
  ): RecallOfClass => {
    const found = shareOfGroups(columnsOf(sums, right), columnsOf(sums, asked));
    const { share: recall, variance, spread } = found;
    if (entities === undefined || recall === null || variance === null)
      return { recall, interval: wilson(recall, rows), spread };
    // Rows of one entity are worth no more than if they were apart.
    const atLeast = Math.max(variance, (recall * (1 - recall)) / rows);
    const weightOf = (row: number): number => (isAsked(row) ? (weights?.[row] ?? 1) : 0);
    const least = (): number => worthAmong(target.length, weightOf, entities);
    return { recall, interval: shareInterval({ ...found, variance: atLeast, least }), spread };
  };
  const [TN, FP, FN, TP] = [3, 4, 5, 6];
  return {
    precision: share(
      [TP],
      [FP, TP],
      rowsOf(upTo(truePositives, yes) + upTo(falsePositives, yes), upTo(p, yes) + upTo(n, yes)),
      (row) => (probability[row] as number) >= threshold,
    ),
    recall: share([TP], [FN, TP], rowsOf(positives, upTo(p, last)), (row) => target[row] === 1),
    specificity: share([TN], [TN, FP], rowsOf(negatives, upTo(n, last)), (row) => target[row] === 0),
    accuracy: share([TN, TP], [0], rowsOf(cuts.whole, upTo(p, last) + upTo(n, last)), () => true),
  };
}

/** By group of rows: weight, log loss, squared error, and the four counts of answers. */
export function answerSums({ target, probability, threshold, weights }: Judged, groups: Groups): GroupSums {
  const width = 7;
  const values = new Float64Array(groups.count * width);
  for (let row = 0; row < target.length; row++) {
    const weight = weights === undefined ? 1 : (weights[row] as number);
    const y = target[row] as number;
    const p = probability[row] as number;
    const at = (groups.of[row] as number) * width;
    const answer = at + 3 + 2 * y + (p >= threshold ? 1 : 0);
    values[at] = (values[at] as number) + weight;
    values[at + 1] = (values[at + 1] as number) + weight * logLossOfRow(y, p);
    values[at + 2] = (values[at + 2] as number) + weight * (p - y) * (p - y);
    values[answer] = (values[answer] as number) + weight;
  }
  return { groups: groups.count, width, values };
}

/** The figures that such sums make. */
export function figuresOfSums(total: Float64Array, cost: Cost | undefined) {
  const [whole, loss, squares, tn, fp, fn, tp] = [...total] as [
    ...[whole: number, loss: number, squares: number],
    ...[tn: number, fp: number, fn: number, tp: number],
  ];
  const answers = confusionOf(tp, fp, tp + fn, tn + fp, null);
  const mean = (value: number): number | null => (whole === 0 ? null : value / whole);
  const { precision, recall, specificity, f1, mcc, accuracy, balancedAccuracy } = answers;
  return {
    logLoss: mean(loss),
    brier: mean(squares),
    expectedCost: cost === undefined ? null : mean(costOf(answers, cost)),
    ...{ precision, recall, specificity, f1, mcc, accuracy, balancedAccuracy },
  };
}
