import type { StateValue } from '../../../store/online/index.ts';
import type { Cell } from '../cell.ts';
import type { Monoid } from './aggregate.ts';

/** How often each value was seen. */
export type Counts = Map<Cell, number>;

export const multiset: Monoid<Counts> = {
  empty: () => new Map(),
  add: (counts, value) => counts.set(value, (counts.get(value) ?? 0) + 1),
  merge: (a, b) => {
    for (const [value, n] of b) a.set(value, (a.get(value) ?? 0) + n);
    return a;
  },
  remove: (a, b) => {
    for (const [value, n] of b) {
      const left = (a.get(value) ?? 0) - n;
      if (left === 0) a.delete(value);
      else a.set(value, left);
    }
    return a;
  },
  save: (counts) => [...counts] as StateValue,
  load: (saved) => new Map(saved as unknown as readonly (readonly [Cell, number])[]),
};
