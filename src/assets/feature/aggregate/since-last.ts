import type { Aggregate, Monoid } from './aggregate.ts';

const latest: Monoid<number | null> = {
  empty: () => null,
  add: (state, _, event) => (state === null || event > state ? event : state),
  merge: (a, b) => (a === null || (b !== null && b > a) ? b : a),
  save: (state) => state,
  load: (saved) => saved as number | null,
};

/** Seconds from the newest row's event to the instant asked about. */
export const sinceLast: Aggregate<number | null> = {
  state: 'latest',
  monoid: () => latest,
  result: (state, at) => (state === null ? null : (at - state) / 1e6),
  sql: ({ seen, event, asked }) => `(any_value(${asked}) - max(${event}) filter (where ${seen})) / 1e6`,
};
