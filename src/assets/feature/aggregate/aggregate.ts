import type { Instant } from '../../../base/index.ts';
import type { StateValue } from '../../../store/online/index.ts';
import type { Cell } from '../cell.ts';

/** A value of a feature. */
export type FeatureValue = Cell | readonly Cell[];

/**
 * A commutative monoid of what was seen. However rows are split, ordered and merged, the result is the same, to the bit.
 * `add`, `merge` and `remove` may change and give back their first argument, and keep nothing of the second that could change.
 */
export interface Monoid<State> {
  empty(): State;
  /** `row` orders rows of one instant: the one that arrived last has the highest. */
  add(state: State, value: Cell, event: Instant, row: number): State;
  merge(a: State, b: State): State;
  /** `a` without `b`, which was merged into it before. Absent where what was lost in merging cannot be told. */
  remove?(a: State, b: State): State;
  /** As plain data, and back. Two equal states have equal results, not always equal data. */
  save(state: State): StateValue;
  load(saved: StateValue): State;
  /** `merge(a, load(saved))`, where that can be had for less. */
  take?(a: State, saved: StateValue): State;
}

/** How an aggregate reads in plain SQL, over rows that are seen (`filter (where seen)`). */
export interface PlainSql {
  /** The column as a value, or null where the aggregate has none. */
  readonly value: string;
  /** What rows must be, for `filter (where …)`. */
  readonly seen: string;
  /** Orders rows by event and then by arrival. */
  readonly newness: string;
  /** The instant of the row's event, and the one asked about: microseconds. */
  readonly event: string;
  readonly asked: string;
  /** The condition of a share. */
  readonly holds: string;
  readonly parameter: number;
}

/** An aggregate apart from any engine. */
export interface Aggregate<State = unknown> {
  /** Aggregates with the same `state` share what is kept of the same rows. */
  readonly state: string;
  /** The parameter decides what is kept. */
  readonly parametric?: true;
  monoid(parameter: number, where: string): Monoid<State>;
  /** For windows that let go of what they took in, where that needs more than is put away: a monoid with `remove` and the same results. */
  moving?(): Monoid<State>;
  /** What of the state the feature is; `at` is the instant asked about. */
  result(state: State, at: Instant, parameter: number): FeatureValue;
  /** DuckDB's own way to say the same, over the rows seen. Sums in it depend on the order of rows in their last bits, and sketches are exact in it. */
  sql(of: PlainSql): string;
}
