/** Plain data as a feature state holds it: small, and the same after a trip through the store. */
export type StateValue =
  | string
  | number
  | boolean
  | null
  | readonly StateValue[]
  | { readonly [key: string]: StateValue };

/**
 * Feature state by entity. A `space` is the state of one version of one features asset, filled once and then read only;
 * publishing is choosing another space, so a reader never sees half of one. Several processes may read while one fills.
 */
export interface OnlineStore {
  /** Fills a space from the start (what an earlier, cut-off filling left is dropped) and makes it durable. Gives the number of entities. */
  fill(space: string, entries: AsyncIterable<readonly [entity: string, state: StateValue]>): Promise<number>;
  /** The states of several entities, in order; undefined for an entity that has none. */
  get(space: string, entities: readonly string[]): (StateValue | undefined)[];
  /** Whether the space was filled to its end. */
  has(space: string): boolean;
  drop(space: string): Promise<void>;
  spaces(): string[];
  close(): Promise<void>;
}
