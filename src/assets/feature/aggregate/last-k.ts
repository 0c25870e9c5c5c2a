import type { StateValue } from '../../../store/online/index.ts';
import type { Aggregate, Monoid } from './aggregate.ts';
import { byAge, type Placed } from './ordered.ts';

/** Newest first, at most k. */
type Newest = readonly Placed[];

const newest = (k: number): Monoid<Newest> => ({
  empty: () => [],
  add: (state, value, event, row) => {
    const placed: Placed = [value, event, row];
    const oldest = state.at(-1);
    if (state.length === k && oldest !== undefined && byAge(placed, oldest) < 0) return state;
    const at = state.findIndex((other) => byAge(placed, other) > 0);
    const next = state.toSpliced(at < 0 ? state.length : at, 0, placed);
    return next.length > k ? next.slice(0, k) : next;
  },
  merge: (a, b) => {
    if (a.length === 0) return b;
    if (b.length === 0) return a;
    return [...a, ...b].sort((x, y) => byAge(y, x)).slice(0, k);
  },
  save: (state) => state as StateValue,
  load: (saved) => saved as unknown as Newest,
});

/** The values of the k newest rows, newest first; an empty list where there is none. */
export const lastK: Aggregate<Newest> = {
  state: 'newest k',
  parametric: true,
  monoid: newest,
  result: (state) => state.map(([value]) => value),
  sql: ({ value, seen, newness, parameter }) =>
    `coalesce(arg_max(${value}, ${newness}, ${parameter}) filter (where ${seen}), [])`,
};
