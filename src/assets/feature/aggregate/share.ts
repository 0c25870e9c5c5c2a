import type { Aggregate, Monoid } from './aggregate.ts';

/** Rows, and those of them for which the condition holds. */
type Shares = readonly [rows: number, holding: number];

const shares: Monoid<Shares> = {
  empty: () => [0, 0],
  add: ([rows, holding], value) => [rows + 1, value === true ? holding + 1 : holding],
  merge: (a, b) => [a[0] + b[0], a[1] + b[1]],
  remove: (a, b) => [a[0] - b[0], a[1] - b[1]],
  save: (state) => state,
  load: (saved) => saved as Shares,
};

/** Part of the rows for which a condition holds, 0 to 1. A row for which it is unknown is one for which it does not. */
export const share: Aggregate<Shares> = {
  state: 'shares',
  monoid: () => shares,
  result: ([rows, holding]) => (rows === 0 ? null : holding / rows),
  sql: ({ seen, holds }) =>
    `count(*) filter (where ${seen} and ${holds}) / nullif(count(*) filter (where ${seen}), 0)::DOUBLE`,
};
