import { checkLength, refuse } from '../input.ts';
import { orderOf } from '../order.ts';

/** How good an item is becomes what it is worth: itself, or 2^relevance − 1, as LambdaMART and the web's NDCG have it. */
export type Gain = 'linear' | 'exponential';

/**
 * The items of one list (the answers to one query, the offers to one user), by falling score. Items of equal score are a block: every
 * figure is its mean over all orders of them, so that it does not depend on the order of rows.
 */
export interface List {
  readonly rows: number;
  readonly relevant: number;
  /** By block how many items, how many of them relevant, and what they are worth together. */
  readonly items: readonly number[];
  readonly hits: readonly number[];
  readonly worth: readonly number[];
  /** What the items are worth, falling: the best order. */
  readonly best: Float64Array;
}

export interface Lists {
  readonly lists: readonly List[];
  /** The rows of each list, by falling score; those of equal score as they stand. */
  readonly rows: readonly Uint32Array[];
}

/** Above this 2^relevance is no longer a gain but an accident. */
const MOST_RELEVANT = 60;

/**
 * Parts rows into lists. `relevance` is 0 for an item that is not relevant, and the higher the better.
 * @throws MILL_JUDGE_INPUT
 */
export function listsOf(
  relevance: Float64Array,
  score: Float64Array,
  group: ArrayLike<number>,
  gain: Gain,
): Lists {
  checkLength(relevance.length, score, 'score');
  checkLength(relevance.length, group, 'group');
  for (let row = 0; row < relevance.length; row++) {
    const r = relevance[row] as number;
    if (!(r >= 0 && r < Infinity)) refuse(`Relevance ${row} is ${r}; wanted a finite number, 0 or above.`);
    if (gain === 'exponential' && r > MOST_RELEVANT)
      refuse(`Relevance ${row} is ${r}; with exponential gain wanted at most ${MOST_RELEVANT}.`);
    if (!Number.isFinite(score[row])) refuse(`Score ${row} is ${score[row]}; wanted a finite number.`);
  }
  const rows = rowsByGroup(score, group);
  return { rows, lists: rows.map((of) => listOf(of, relevance, score, gain)) };
}

function rowsByGroup(score: Float64Array, group: ArrayLike<number>): Uint32Array[] {
  const sizes = new Map<number, number>();
  for (let row = 0; row < score.length; row++)
    sizes.set(group[row] as number, (sizes.get(group[row] as number) ?? 0) + 1);
  const places = new Map([...sizes.keys()].map((of, i) => [of, i]));
  const lists = [...sizes.values()].map((size) => new Uint32Array(size));
  const filled = new Uint32Array(lists.length);
  // By rising −score, so that equal scores keep the order of rows.
  for (const row of orderOf(score.map((value) => -value))) {
    const list = places.get(group[row] as number) as number;
    const at = filled[list] as number;
    (lists[list] as Uint32Array)[at] = row;
    filled[list] = at + 1;
  }
  return lists;
}

function listOf(rows: Uint32Array, relevance: Float64Array, score: Float64Array, gain: Gain): List {
  const items: number[] = [];
  const hits: number[] = [];
  const worth: number[] = [];
  const best = new Float64Array(rows.length);
  let relevant = 0;
  for (let from = 0; from < rows.length; ) {
    const value = score[rows[from] as number];
    let [hit, sum, to] = [0, 0, from];
    for (; to < rows.length && score[rows[to] as number] === value; to++) {
      const r = relevance[rows[to] as number] as number;
      const worthOfRow = gain === 'linear' ? r : 2 ** r - 1;
      if (r > 0) hit++;
      sum += worthOfRow;
      best[to] = worthOfRow;
    }
    items.push(to - from);
    hits.push(hit);
    worth.push(sum);
    relevant += hit;
    from = to;
  }
  best.sort().reverse();
  return { rows: rows.length, relevant, items, hits, worth, best };
}
