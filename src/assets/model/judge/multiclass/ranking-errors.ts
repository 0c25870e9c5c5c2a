import { stepsByRow } from '../binary/cuts.ts';
import type { Intervals } from '../figures.ts';
import { leastOfPrAuc, prAucInfluence } from '../interval/average-precision.ts';
import { leastOfRocAuc, rocAucInfluence } from '../interval/delong.ts';
import { FEWEST_APART, type Groups, numbered, worthOf } from '../interval/groups.ts';
import { entitiesByClass, rowsByClass } from '../interval/influence.ts';
import { type Interval, LEVEL, reach } from '../interval/interval.ts';
import { ofFew, shareInterval } from '../interval/share.ts';
import type { MulticlassInput } from './input.ts';
import type { RankingOfClass } from './roc-auc.ts';

/** A mean over classes of figures that have influences, as it is added up: of each group of rows what it contributes to the error, and what it takes. */
interface MeanOfClasses {
  readonly influenceOf: typeof rocAucInfluence;
  readonly leastOf: (no: number, yes: number) => number;
  /** By class. */
  readonly weights: Float64Array;
  readonly byGroup: Float64Array;
  readonly taken: readonly [no: Float64Array, yes: Float64Array];
  readonly sum: { share: number; hidden: number; seen: number };
}

/**
 * The errors of ROC AUC and PR AUC, each class against the rest, and the intervals of their means. Rows are ordered once for each class, so
 * these are added up while they are.
 */
export function rankingErrors(input: MulticlassInput, groups: Groups) {
  const { target, classes, weights, entities } = input;
  const own = entities && numbered(entities);
  const support = new Float64Array(classes.length);
  for (let row = 0; row < target.length; row++)
    support[target[row] as number] = (support[target[row] as number] as number) + (weights?.[row] ?? 1);
  const there = support.filter((rows) => rows > 0);
  const whole = there.reduce((sum, rows) => sum + rows, 0);
  // A class that all rows are of, or none, is against nothing.
  const alike = support.map((rows) => (rows > 0 && rows < whole ? 1 / there.length : 0));
  const meanOf = (
    influenceOf: MeanOfClasses['influenceOf'],
    leastOf: MeanOfClasses['leastOf'],
    ofClass: Float64Array,
  ): MeanOfClasses => ({
    ...{ influenceOf, leastOf, weights: ofClass, byGroup: new Float64Array(groups.count) },
    taken: [new Float64Array(groups.count), new Float64Array(groups.count)],
    sum: { share: 0, hidden: 0, seen: 0 },
  });
  const means = {
    rocAuc: meanOf(rocAucInfluence, leastOfRocAuc, alike),
    weightedRocAuc: meanOf(
      rocAucInfluence,
      leastOfRocAuc,
      support.map((rows) => (rows < whole ? rows / whole : 0)),
    ),
    prAuc: meanOf(prAucInfluence, leastOfPrAuc, alike),
  };
  const add = (ranking: RankingOfClass): void => {
    if (groups.apart < FEWEST_APART || !(alike[ranking.class] as number)) return;
    const rows = rowsByClass(ranking.cuts);
    const sample = { target: ranking.is, ...(weights && { weights }) };
    const apart = own === undefined ? rows : entitiesByClass(sample, own);
    const steps = stepsByRow(ranking.cuts, ranking.score);
    for (const mean of Object.values(means)) addClass(mean, ranking, steps, { apart, rows }, groups, weights);
  };
  const intervals = (): Intervals =>
    Object.fromEntries(Object.entries(means).map(([name, mean]) => [name, intervalOf(mean, groups)]));
  return { add, intervals };
}

function addClass(
  mean: MeanOfClasses,
  { class: c, is, cuts }: RankingOfClass,
  steps: Uint32Array,
  { apart, rows }: Readonly<Record<'apart' | 'rows', readonly [no: number, yes: number]>>,
  groups: Groups,
  weights: Float64Array | undefined,
): void {
  const influence = mean.influenceOf(cuts);
  if (influence === null) return;
  const own = mean.weights[c] as number;
  const squared = reach(LEVEL) ** 2;
  mean.sum.share += own * influence.figure;
  mean.sum.seen += 2 * Math.min(influence.figure, 1 - influence.figure) * Math.min(...rows);
  mean.sum.hidden += (own * squared) / (mean.leastOf(...apart) + squared);
  for (let row = 0; row < is.length; row++) {
    const answer = is[row] as 0 | 1;
    const step = steps[row] as number;
    const side = answer === 1 ? 'positive' : 'negative';
    const weight = own * (weights?.[row] ?? 1);
    const group = groups.of[row] as number;
    const taken = mean.taken[answer];
    mean.byGroup[group] = (mean.byGroup[group] as number) + weight * (influence[side][step] as number);
    // Of each class as a share of it: what a row takes weighs the more the fewer it has.
    const whole = answer === 1 ? cuts.positives : cuts.negatives;
    taken[group] = (taken[group] as number) + (weight / whole) * influence.taken[side](step);
  }
}

function intervalOf({ sum, byGroup, taken }: MeanOfClasses, { apart }: Groups): Interval | null {
  if (apart < FEWEST_APART || sum.share === 0) return null;
  const squares = byGroup.reduce((all, value) => all + value * value, 0);
  return shareInterval({
    share: sum.share,
    variance: squares * ofFew(byGroup.length),
    spread: Math.min(sum.seen, worthOf(taken[0]), worthOf(taken[1])),
    least: () => (reach(LEVEL) ** 2 * (1 - sum.hidden)) / sum.hidden,
  });
}
