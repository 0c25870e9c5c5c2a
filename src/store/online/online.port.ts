import type { Instant } from '../../base/index.ts';

/** Plain data as a feature state holds it: small, and the same after a trip through the store. */
export type StateValue =
  | string
  | number
  | boolean
  | null
  | readonly StateValue[]
  | { readonly [key: string]: StateValue };

/** What is to be kept of one entity. */
export interface Entry {
  readonly entity: string;
  readonly state: StateValue;
  /** From this instant on the state says no more than none would: `evict` may take it away. Absent: never. */
  readonly expires?: Instant;
}

/** What is asked of one space. */
export interface SpaceAsk {
  readonly space: string;
  readonly entities: readonly string[];
}

/** What a space answered: what it covered, and the states as they were at that very moment, in the order of the ask. */
export interface Found {
  /** Undefined when the space was never filled to its end; then there are no states. */
  readonly coverage: StateValue | undefined;
  /** Undefined for an entity that has none. */
  readonly states: readonly (StateValue | undefined)[];
}

/**
 * Feature state by entity. A `space` holds the states of one definition of one features asset, and its `coverage`: plain data that
 * says what they cover, kept and compared by the store, understood by its caller. States and coverage change together or
 * not at all, so that no reader sees some of each. Several processes may read and write at once.
 * @throws MILL_ONLINE_UNREACHABLE (retry: true) when the store does not answer in time; MILL_ONLINE_WRITE_FAILED from the writes.
 */
export interface OnlineStore {
  /**
   * Fills a space anew. Whoever reads meanwhile finds what was there before, until the last moment; then all of the new and
   * nothing of the old. What an earlier, cut-off filling left is dropped. Durable when it resolves. Gives the number of entities.
   * A coverage names its states, as readers may remember them by it: each filling brings one of its own.
   */
  fill(space: string, coverage: StateValue, entries: AsyncIterable<Entry>): Promise<number>;
  /**
   * Moves a space on in one transaction, durable when it resolves: `changes` are put (an entity without a state is removed), and it covers `next`.
   * Gives false, and does nothing, when it does not cover `expected` (equal as JSON).
   */
  move(
    space: string,
    expected: StateValue,
    next: StateValue,
    changes: readonly (Entry | { readonly entity: string })[],
  ): Promise<boolean>;
  /** Answers of several spaces, each in one view of it; in one round trip where the store is across a network. */
  get(asks: readonly SpaceAsk[]): Promise<readonly Found[]>;
  /** What a space covers; undefined when it was never filled to its end. */
  coverage(space: string): Promise<StateValue | undefined>;
  /** Takes away up to `most` states that expired at or before an instant. Gives how many it took. */
  evict(space: string, now: Instant, most: number): Promise<number>;
  drop(space: string): Promise<void>;
  /** All spaces that take up room, those half filled too. */
  spaces(): Promise<readonly string[]>;
  close(): Promise<void>;
}
