import type { StateValue } from '../../../store/online/index.ts';
import type { Cell } from '../cell.ts';
import type { Aggregate } from './aggregate.ts';
import { multiset } from './multiset.ts';
import { Smallest } from './smallest.ts';
import { Tally } from './tally.ts';

/** Up to so many different values the number is exact. */
export const MOST_EXACT = 1024;
/** One more than are counted exactly, to tell that there are more. */
const KEPT = MOST_EXACT + 1;

/**
 * The number of different values: exact up to MOST_EXACT. Beyond that, the values with the MOST_EXACT smallest hashes tell how many
 * there are (k minimum values, Bar-Yossef et al. 2002): (k − 1) / the k-th smallest hash, with a standard error of 1/√(k − 2), 3.1 %.
 * Only these are kept, so a state's size is bounded; a window that lets go of values must know all that it sees.
 */
export const distinct: Aggregate<Smallest | Tally> = {
  state: 'values',
  monoid: () => ({
    empty: () => new Smallest(KEPT),
    add: (state: Smallest, value) => {
      state.add(value);
      return state;
    },
    merge: (a: Smallest, b: Smallest) => a.merge(b),
    save: (state: Smallest) => state.list() as StateValue,
    load: (saved) => new Smallest(KEPT).take(saved as readonly Cell[]),
    take: (state: Smallest, saved) => state.take(saved as readonly Cell[]),
  }),
  moving: () => ({
    empty: () => new Tally(KEPT),
    add: (tally: Tally, value) => {
      tally.add(value, 1);
      return tally;
    },
    merge: (a: Tally, b: Tally) => {
      for (const [value, times] of b.counts) a.add(value, times);
      return a;
    },
    remove: (a: Tally, b: Tally) => {
      for (const [value, times] of b.counts) a.takeOut(value, times);
      return a;
    },
    save: ({ counts }: Tally) => multiset.save(counts),
    load: (saved) => new Tally(KEPT, multiset.load(saved)),
  }),
  result: (state) =>
    state.size <= MOST_EXACT ? state.size : Math.round((MOST_EXACT - 1) / state.kth(MOST_EXACT)),
  sql: ({ value, seen }) => `count(distinct ${value}) filter (where ${seen})`,
};
