import { counted, MillraceError } from '../../../base/index.ts';
import { randomStream } from '../train/index.ts';

/** How rows are parted for cross-validation. */
export type FoldsSpec = {
  readonly folds: number;
  /**
   * `time`: each fold is later than what it is told from, of which there is more each time. `group`: all rows of one entity are in one fold.
   * `random`: each row in any. Where an order is told, a list stays whole.
   */
  readonly by: 'time' | 'group' | 'random';
};

/** Rows to learn from, and rows that tell how well that went. By number, in order. */
export interface Fold {
  readonly train: Int32Array;
  readonly validation: Int32Array;
}

/** What folds are made by. */
export interface FoldRows {
  /** Instants (microseconds) by row. */
  readonly at: Float64Array;
  /** The instant from which on the answer of a row is known: rows whose answer was not known when a fold begins are not learnt from. */
  readonly knownAfter: number;
  /** By row, for `group`: whom it is about. Default: each row is one of its own. */
  readonly groups?: Int32Array;
  /** By row, where an order is told: its list. Lists stay whole, however folds are made. */
  readonly lists?: Int32Array;
}

/**
 * The folds of rows.
 * @throws MILL_SEARCH_FOLDS when there are too few rows, instants or groups for so many
 */
export function foldsOf(rows: FoldRows, { folds, by }: FoldsSpec, seed: number): Fold[] {
  const groups = rows.lists ?? (by === 'group' ? rows.groups : undefined);
  const made =
    by === 'time' ? byTime(rows, folds) : dealt(groups ?? Int32Array.from(rows.at.keys()), folds, seed);
  const empty = made.findIndex(({ train, validation }) => train.length === 0 || validation.length === 0);
  if (empty < 0) return made;
  const of =
    groups === undefined ? '' : ` of ${counted(new Set(groups).size, rows.lists ? 'list' : 'group')}`;
  throw new MillraceError({
    code: 'MILL_SEARCH_FOLDS',
    message: `Of ${folds} folds by ${by} over ${counted(rows.at.length, 'row')}${of} the ${empty + 1}. has nothing to learn from or to judge by.`,
    todo: 'Ask for fewer folds, or bring more labelled rows.',
    owner: 'data',
  });
}

/**
 * Blocks of time of about equally many rows; the first is only learnt from. Rows of one instant are in one block. A list is in the block in which it
 * begins, and is learnt from when its last answer is known.
 */
function byTime({ at, knownAfter, lists }: FoldRows, folds: number): Fold[] {
  const [begun, ended] = lists === undefined ? [at, at] : spansOf(at, lists);
  const order = Int32Array.from(at.keys()).sort((a, b) => begun[a]! - begun[b]! || a - b);
  const instant = (place: number): number => begun[order[place]!] ?? Number.POSITIVE_INFINITY;
  const border = (block: number): number => {
    let from = Math.round((block * order.length) / (folds + 1));
    while (from > 0 && from < order.length && instant(from) === instant(from - 1)) from++;
    return from;
  };
  return Array.from({ length: folds }, (_, i) => {
    const from = border(i + 1);
    const to = i + 1 === folds ? order.length : border(i + 2);
    const begins = instant(from);
    const known = order.filter((row) => ended[row]! < begins && ended[row]! + knownAfter <= begins);
    return { train: known.sort(), validation: order.slice(from, Math.max(from, to)).sort() };
  });
}

/** By row, the first and the last instant of its list. */
function spansOf(at: Float64Array, lists: Int32Array): [begun: Float64Array, ended: Float64Array] {
  const [first, last] = [new Map<number, number>(), new Map<number, number>()];
  lists.forEach((list, row) => {
    first.set(list, Math.min(first.get(list) ?? Number.POSITIVE_INFINITY, at[row]!));
    last.set(list, Math.max(last.get(list) ?? Number.NEGATIVE_INFINITY, at[row]!));
  });
  return [
    Float64Array.from(lists, (list) => first.get(list)!),
    Float64Array.from(lists, (list) => last.get(list)!),
  ];
}

/** Groups are dealt out whole: the largest first, those of one size in an order by chance, each to the fold that has the fewest rows. */
function dealt(groups: Int32Array, folds: number, seed: number): Fold[] {
  const sizes = new Map<number, number>();
  for (const group of groups) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const random = randomStream(seed);
  const deck = Array.from(sizes, ([group, size]) => ({ group, size, drawn: random() }));
  deck.sort((a, b) => b.size - a.size || a.drawn - b.drawn);
  const filled = new Float64Array(folds);
  const foldOf = new Map<number, number>();
  for (const { group, size } of deck) {
    const fold = filled.indexOf(Math.min(...filled));
    filled[fold]! += size;
    foldOf.set(group, fold);
  }
  const rows = Int32Array.from(groups.keys());
  const byRow = groups.map((group) => foldOf.get(group)!);
  return Array.from(filled, (_, fold) => ({
    train: rows.filter((row) => byRow[row] !== fold),
    validation: rows.filter((row) => byRow[row] === fold),
  }));
}
