import type { Aggregate } from './aggregate.ts';
import { type Total, totals } from './total.ts';

/** Exact, whatever the order of rows; 0 where there is none. */
export const sum: Aggregate<Total> = {
  state: 'total',
  monoid: (_, where) => totals(where),
  result: (total) => total.sum.value(),
  sql: ({ value, seen }) => `coalesce(sum(${value}) filter (where ${seen}), 0)`,
};
