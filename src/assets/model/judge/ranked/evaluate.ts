import { deepFreeze } from '../../../../base/index.ts';
import type { AtK, RankingEvaluation } from '../evaluation.ts';
import type { Intervals } from '../figures.ts';
import { checkLength, refuse } from '../input.ts';
import { FEWEST_APART, type GroupSums, groupsOf } from '../interval/groups.ts';
import { shareInterval, shareOfGroups } from '../interval/share.ts';
import { type Gain, type List, type Lists, listsOf } from './lists.ts';
import { averagePrecisionOf, hitOf, hitsOf, ndcgOf, reciprocalRankOf } from './of-list.ts';

export interface RankingInput {
  /** By row how good the item is: 0 not relevant, the higher the better. */
  readonly relevance: Float64Array;
  readonly score: Float64Array;
  /** By row the list it is in; rows of one list need not stand together. */
  readonly group: ArrayLike<number>;
  /** Lengths to judge at; default [1, 5, 10]. */
  readonly at?: readonly number[];
  /** Default linear, as scikit-learn; `exponential` is LambdaMART's. */
  readonly gain?: Gain;
  /**
   * What a list without a relevant item gives to NDCG, recall and average precision: nothing (default; they are not defined), or 0, as
   * scikit-learn has it, or 1, as LightGBM has it.
   */
  readonly withoutRelevant?: 'leave-out' | 'zero' | 'one';
  /** By row which item it is, and how many there are in all, for `coverage`. */
  readonly items?: { readonly of: ArrayLike<number>; readonly count: number };
  /** `figures` leaves out intervals. Default `whole`. */
  readonly detail?: 'whole' | 'figures';
}

type OfList = (list: List) => number | null;

/**
 * Judges how well a model orders the items of each list. Figures are means over lists.
 * @throws MILL_JUDGE_INPUT
 */
export function evaluateRanking(input: RankingInput): RankingEvaluation {
  const { relevance, score, group, gain = 'linear', detail = 'whole' } = input;
  const at = [...new Set(input.at ?? [1, 5, 10])].sort((a, b) => a - b);
  for (const k of at)
    if (!Number.isInteger(k) || k < 1) refuse(`There are ${k} places; wanted a whole number of 1 or above.`);
  const found = listsOf(relevance, score, group, gain);
  const empty = { 'leave-out': null, zero: 0, one: 1 }[input.withoutRelevant ?? 'leave-out'];
  const of = figuresOfList(10, empty);
  const means = Object.fromEntries(
    Object.entries(of).map(([name, figure]) => [name, meanOver(found.lists, figure)]),
  ) as Record<keyof typeof of, number | null>;
  return deepFreeze<RankingEvaluation>({
    task: 'ranking',
    rows: relevance.length,
    groups: found.lists.length,
    groupsWithoutRelevant: found.lists.filter(({ relevant }) => relevant === 0).length,
    map: means.map,
    mrr: means.mrr,
    at: at.map((k) => atK(found, k, empty, input.items)),
    figures: { ...means, ...(input.items && { coverage: coverage(found, 10, input.items) }) },
    intervals: detail === 'whole' ? intervalsOf(found.lists, of) : {},
    apart: detail === 'whole' ? found.lists.length : null,
  });
}

/** The figures of one list by name, at k places; `empty` is what a list without a relevant item gives where they are not defined. */
export function figuresOfList(k: number, empty: number | null) {
  return {
    ndcg: (list) => ndcgOf(list, k) ?? empty,
    map: (list) => averagePrecisionOf(list) ?? empty,
    mrr: reciprocalRankOf,
    precisionAt10: (list) => hitsOf(list, k) / k,
    recallAt10: (list) => (list.relevant === 0 ? empty : hitsOf(list, k) / list.relevant),
    hitRateAt10: (list) => hitOf(list, k),
  } satisfies Record<string, OfList>;
}

function atK(found: Lists, k: number, empty: number | null, items: RankingInput['items']): AtK {
  const of = figuresOfList(k, empty);
  return {
    k,
    ndcg: meanOver(found.lists, of.ndcg),
    precision: meanOver(found.lists, of.precisionAt10),
    recall: meanOver(found.lists, of.recallAt10),
    hitRate: meanOver(found.lists, of.hitRateAt10),
    coverage: items === undefined ? null : coverage(found, k, items),
  };
}

function meanOver(lists: readonly List[], figure: OfList): number | null {
  let [sum, defined] = [0, 0];
  for (const list of lists) {
    const value = figure(list);
    if (value === null) continue;
    sum += value;
    defined++;
  }
  return defined === 0 ? null : sum / defined;
}

/** The share of all items that stand among the first k of any list; items of equal score as they stand. */
function coverage(
  { rows }: Lists,
  k: number,
  { of, count }: NonNullable<RankingInput['items']>,
): number | null {
  checkLength(
    rows.reduce((sum, list) => sum + list.length, 0),
    of,
    'item',
  );
  const shown = new Set<number>();
  for (const list of rows) for (const row of list.subarray(0, k)) shown.add(of[row] as number);
  if (shown.size > count) refuse(`There are ${count} items in all, but ${shown.size} stand in the lists.`);
  return count === 0 ? null : shown.size / count;
}

/** Lists are apart, and every figure is a mean of values within [0, 1]. {} of fewer than ten lists. */
function intervalsOf(lists: readonly List[], figures: Readonly<Record<string, OfList>>): Intervals {
  if (lists.length < FEWEST_APART) return {};
  return Object.fromEntries(
    Object.entries(figures).map(([name, figure]) => {
      const values = Float64Array.from(lists.map(figure).filter((value) => value !== null));
      const found = shareOfGroups(values, new Float64Array(values.length).fill(1));
      return [name, shareInterval({ ...found, least: () => values.length })];
    }),
  );
}

/** By group of lists, for each figure the sum of its values and how many are defined. */
export function listSums(lists: readonly List[], figures: readonly OfList[]): GroupSums {
  const groups = groupsOf(lists.length);
  const width = 2 * figures.length;
  const values = new Float64Array(groups.count * width);
  lists.forEach((list, l) => {
    figures.forEach((figure, i) => {
      const value = figure(list);
      if (value === null) return;
      const at = (groups.of[l] as number) * width + 2 * i;
      values[at] = (values[at] as number) + value;
      values[at + 1] = (values[at + 1] as number) + 1;
    });
  });
  return { groups: groups.count, width, values };
}

/** The means that such sums make. */
export function meansOfSums(total: Float64Array, names: readonly string[]): Record<string, number | null> {
  return Object.fromEntries(
    names.map((name, i) => {
      const defined = total[2 * i + 1] as number;
      return [name, defined === 0 ? null : (total[2 * i] as number) / defined];
    }),
  );
}
