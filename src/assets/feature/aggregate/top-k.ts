import type { Cell } from '../cell.ts';
import type { Aggregate } from './aggregate.ts';
import { type Counts, multiset } from './multiset.ts';

/** Texts by code point, as the engine orders them. */
function byValue(a: Cell, b: Cell): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) - Number(b);
}

/** The k values seen most often, the most frequent first; of equally frequent ones the smaller first. Every value of the window is kept. */
export const topK: Aggregate<Counts> = {
  state: 'counts',
  monoid: () => multiset,
  result: (counts, _, k) =>
    [...counts]
      .sort(([a, n], [b, m]) => m - n || byValue(a, b))
      .slice(0, k)
      .map(([value]) => value),
  sql: ({ value, seen, parameter }) =>
    `list_transform(list_sort(list_transform(map_entries(coalesce(histogram(${value}) filter (where ${seen}), map {})), lambda e: {n: -e.value::BIGINT, v: e.key}))[:${parameter}], lambda e: e.v)`,
};
