import type { Aggregate } from './aggregate.ts';
import { type Total, totals } from './total.ts';

/** The exact sum over the number of values. */
export const mean: Aggregate<Total> = {
  state: 'total',
  monoid: (_, where) => totals(where),
  result: ({ n, sum }) => (n === 0 ? null : sum.value() / n),
  sql: ({ value, seen }) => `avg(${value}) filter (where ${seen})`,
};
