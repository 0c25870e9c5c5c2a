import type { Aggregate, Monoid } from './aggregate.ts';

const extremes = (pick: (a: number, b: number) => number): Monoid<number | null> => {
  const merge = (a: number | null, b: number | null): number | null =>
    a === null ? b : b === null ? a : pick(a, b);
  return {
    empty: () => null,
    add: (state, value) => (state === null ? (value as number) : pick(state, value as number)),
    merge,
    save: (state) => state,
    load: (saved) => saved as number | null,
    take: (state, saved) => merge(state, saved as number | null),
  };
};

const smallest = extremes(Math.min);
const largest = extremes(Math.max);

export const min: Aggregate<number | null> = {
  state: 'min',
  monoid: () => smallest,
  result: (state) => state,
  sql: ({ value, seen }) => `min(${value}) filter (where ${seen})`,
};

export const max: Aggregate<number | null> = {
  state: 'max',
  monoid: () => largest,
  result: (state) => state,
  sql: ({ value, seen }) => `max(${value}) filter (where ${seen})`,
};
