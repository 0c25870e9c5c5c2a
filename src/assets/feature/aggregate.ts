import type { Instant } from '../../base/index.ts';
import { doubleOf, fixedOf } from './fixed-point.ts';
import type { AggregateName } from './spec.ts';

/** A value of a column or a feature. A timestamp is microseconds since the epoch. */
export type Cell = string | number | boolean | null;

/** One row that a window sees: the value of the aggregate's column, and where the row stands in the order of events. */
export interface Seen {
  readonly value: Cell;
  readonly event: Instant;
  readonly row: number;
}

/**
 * An aggregate apart from any engine: a commutative monoid. However rows are split, ordered and merged, `result` is the
 * same, to the bit. `add` and `merge` may change and give back their first argument.
 */
export interface Aggregate<State> {
  empty(): State;
  add(state: State, seen: Seen): State;
  merge(a: State, b: State): State;
  result(state: State): Cell;
}

const count: Aggregate<number> = {
  empty: () => 0,
  add: (n) => n + 1,
  merge: (a, b) => a + b,
  result: (n) => n,
};

const sum = (where: string): Aggregate<bigint> => ({
  empty: () => 0n,
  add: (total, { value }) => (value === null ? total : total + fixedOf(value as number, where)),
  merge: (a, b) => a + b,
  result: doubleOf,
});

/** Count and total of the values that are there. */
export type MeanState = readonly [n: number, total: bigint];

const mean = (where: string): Aggregate<MeanState> => ({
  empty: () => [0, 0n],
  add: (state, { value }) =>
    value === null ? state : [state[0] + 1, state[1] + fixedOf(value as number, where)],
  merge: (a, b) => [a[0] + b[0], a[1] + b[1]],
  result: ([n, total]) => (n === 0 ? null : doubleOf(total) / n),
});

/** The smallest or largest number; −0 counts as 0. */
const extreme = (pick: (a: number, b: number) => number): Aggregate<number | null> => {
  const merge = (a: number | null, b: number | null) => (a === null ? b : b === null ? a : pick(a, b));
  return {
    empty: () => null,
    add: (state, { value }) => merge(state, value === null ? null : (value as number) + 0),
    merge,
    result: (state) => state,
  };
};

const distinct: Aggregate<Set<Cell>> = {
  empty: () => new Set(),
  add: (values, { value }) => (value === null ? values : values.add(value)),
  merge: (a, b) => {
    for (const value of b) a.add(value);
    return a;
  },
  result: (values) => values.size,
};

const newer = (a: Seen | null, b: Seen | null): Seen | null => {
  if (a === null || b === null) return a ?? b;
  return b.event > a.event || (b.event === a.event && b.row > a.row) ? b : a;
};

const last: Aggregate<Seen | null> = {
  empty: () => null,
  add: (state, seen) => (seen.value === null ? state : newer(state, seen)),
  merge: newer,
  result: (state) => state?.value ?? null,
};

/** The aggregate of a name. `where` names feature and column in its errors. */
export function aggregateOf(name: AggregateName, where: string): Aggregate<unknown> {
  const all: { readonly [N in AggregateName]: () => unknown } = {
    count: () => count,
    sum: () => sum(where),
    mean: () => mean(where),
    min: () => extreme(Math.min),
    max: () => extreme(Math.max),
    distinct: () => distinct,
    last: () => last,
  };
  return all[name]() as Aggregate<unknown>;
}

/** A cell as aggregates take it: −0 is 0, and what is not a finite number is no value. */
export function cleanCell(value: Cell): Cell {
  if (typeof value !== 'number') return value;
  return Number.isFinite(value) ? value + 0 : null;
}
