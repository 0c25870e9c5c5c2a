import type { StateValue } from '../../../store/online/index.ts';
import type { Aggregate, Cell } from './aggregate.ts';
import { type Counts, multiset } from './multiset.ts';

/** Up to so many different values the number is exact. */
export const MOST_EXACT = 1024;

/** The hash of a value as a fraction of 1, with 53 bits (cyrb53, by bryc, public domain). */
function fraction(value: Cell): number {
  const text = `${typeof value} ${value}`;
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)) / 2 ** 53;
}

/** The values with the smallest hashes, one more than are counted exactly. */
function smallest(counts: Counts): readonly (readonly [hash: number, value: Cell])[] {
  const hashed = [...counts.keys()].map((value) => [fraction(value), value] as const);
  return hashed.sort(([a], [b]) => a - b).slice(0, MOST_EXACT + 1);
}

/**
 * The number of different values: exact up to MOST_EXACT. Beyond that, the values with the MOST_EXACT smallest hashes tell how many
 * there are (k minimum values, Bar-Yossef et al. 2002): (k − 1) / the k-th smallest hash, with a standard error of 1/√(k − 2), 3.1 %.
 * A state that is put away keeps these alone, so its size is bounded; which they are depends on the values alone.
 */
export const distinct: Aggregate<Counts> = {
  state: 'values',
  monoid: () => ({
    ...multiset,
    // How often is not kept: within one state a value counts once, in others it may be there again.
    save: (counts) =>
      (counts.size <= MOST_EXACT + 1
        ? [...counts.keys()]
        : smallest(counts).map(([, value]) => value)) as StateValue,
    load: (saved) => new Map((saved as readonly Cell[]).map((value) => [value, 1])),
  }),
  result: (counts) => {
    if (counts.size <= MOST_EXACT) return counts.size;
    const [hash] = smallest(counts)[MOST_EXACT - 1] as readonly [number, Cell];
    return Math.round((MOST_EXACT - 1) / hash);
  },
  sql: ({ value, seen }) => `count(distinct ${value}) filter (where ${seen})`,
};
