import type { Instant } from '../../../base/index.ts';
import type { StateValue } from '../../../store/online/index.ts';
import type { Cell } from '../cell.ts';
import type { Monoid } from './aggregate.ts';

/** One row: a value, and where it stands in the order of events. */
export type Placed = readonly [value: Cell, event: Instant, row: number];

/** Positive when `a` is newer: by event, then by arrival. */
export const byAge = (a: Placed, b: Placed): number => a[1] - b[1] || a[2] - b[2];

/** Keeps the newest (`sign` 1) or the oldest (`sign` −1) row. */
export const utmost = (sign: 1 | -1): Monoid<Placed | null> => ({
  empty: () => null,
  add: (state, value, event, row) => {
    if (state !== null) {
      const further = sign * (event - state[1] || row - state[2]);
      if (further < 0) return state;
    }
    return [value, event, row];
  },
  merge: (a, b) => (a === null ? b : b === null || sign * byAge(b, a) < 0 ? a : b),
  save: (state) => state as StateValue,
  load: (saved) => saved as Placed | null,
});
