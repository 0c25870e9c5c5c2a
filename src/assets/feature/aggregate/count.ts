import type { Aggregate, Monoid } from './aggregate.ts';

const rows: Monoid<number> = {
  empty: () => 0,
  add: (n) => n + 1,
  merge: (a, b) => a + b,
  remove: (a, b) => a - b,
  save: (n) => n,
  load: (n) => n as number,
  take: (a, n) => a + (n as number),
};

/** Number of rows. */
export const count: Aggregate<number> = {
  state: 'rows',
  monoid: () => rows,
  result: (n) => n,
  sql: ({ seen }) => `count(*) filter (where ${seen})`,
};
