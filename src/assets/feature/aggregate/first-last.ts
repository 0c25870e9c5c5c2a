import type { Aggregate } from './aggregate.ts';
import { type Placed, utmost } from './ordered.ts';

const newest = utmost(1);
const oldest = utmost(-1);

/** The value of the newest row by event time; of several, the one that arrived last. */
export const last: Aggregate<Placed | null> = {
  state: 'newest',
  monoid: () => newest,
  result: (state) => state?.[0] ?? null,
  sql: ({ value, seen, newness }) => `arg_max(${value}, ${newness}) filter (where ${seen})`,
};

/** The value of the oldest row by event time; of several, the one that arrived first. */
export const first: Aggregate<Placed | null> = {
  state: 'oldest',
  monoid: () => oldest,
  result: (state) => state?.[0] ?? null,
  sql: ({ value, seen, newness }) => `arg_min(${value}, ${newness}) filter (where ${seen})`,
};
