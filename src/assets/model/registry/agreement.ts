import type { Task } from '../spec.ts';

/** How far two models agree about the same rows, whatever is true of them. */
export interface Agreement {
  /** Rows that both decide alike; undefined where nothing is decided. */
  readonly alike?: number;
  /** Of numbers: how far their answers are apart, on average. */
  readonly apart?: number;
  /** Of orders: lists of two items or more, how many of them have the same first item, and which share of their first ten places (or of all, if there are fewer) hold the same items. */
  readonly lists?: { readonly rows: number; readonly first: number; readonly topTen: number };
}

/** What a model said of each row. */
export interface Said {
  /** By row, or by row and class. */
  readonly scores: Float64Array;
  readonly threshold: number | null;
  readonly classes?: readonly unknown[] | undefined;
}

/** `groups`: of orders, by row which list it is of; the rows of one stand together. */
export function agreementOf(task: Task, a: Said, b: Said, groups: Int32Array | undefined): Agreement {
  switch (task) {
    case 'binary':
    case 'multiclass':
      return { alike: countAlike(decisionsOf(task, a), decisionsOf(task, b)) };
    case 'regression': {
      const far = a.scores.reduce((sum, score, row) => sum + Math.abs(score - (b.scores[row] as number)), 0);
      return { apart: a.scores.length === 0 ? 0 : far / a.scores.length };
    }
    case 'ranking':
      return { lists: listsAlike(a.scores, b.scores, groups ?? new Int32Array(a.scores.length)) };
  }
}

function decisionsOf(task: 'binary' | 'multiclass', { scores, threshold, classes }: Said): Int32Array {
  if (task === 'binary') return Int32Array.from(scores, (score) => (score >= (threshold ?? 0.5) ? 1 : 0));
  const width = classes?.length ?? 1;
  return Int32Array.from({ length: scores.length / width }, (_, row) => {
    const own = scores.subarray(row * width, (row + 1) * width);
    return own.indexOf(Math.max(...own));
  });
}

const countAlike = (a: Int32Array, b: Int32Array): number =>
  a.reduce((sum, decision, row) => sum + (decision === b[row] ? 1 : 0), 0);

/** Places that are looked at. */
const TOP = 10;

function listsAlike(a: Float64Array, b: Float64Array, groups: Int32Array): NonNullable<Agreement['lists']> {
  let [rows, first, places, shared] = [0, 0, 0, 0];
  for (let from = 0, to = 0; from < groups.length; from = to) {
    while (to < groups.length && groups[to] === groups[from]) to++;
    // One item by itself is first for whoever orders it.
    if (to - from < 2) continue;
    const [one, other] = [topOf(a, from, to), topOf(b, from, to)];
    rows++;
    if (one[0] === other[0]) first++;
    places += one.length;
    shared += one.filter((row) => other.includes(row)).length;
  }
  return { rows, first, topTen: places === 0 ? 1 : shared / places };
}

/** The first rows of a list, best first; those of equal score as they stand. */
function topOf(scores: Float64Array, from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
    .sort((a, b) => (scores[b] as number) - (scores[a] as number) || a - b)
    .slice(0, TOP);
}
