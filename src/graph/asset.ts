import type { Place } from '../base/index.ts';

/** One node of the graph in plain JSON: what is built, from what, declared where. Every stage after declaring reads this. */
export interface NodeSpec<Body = unknown> {
  readonly kind: string;
  readonly name: string;
  /** Names of the nodes it is built from. */
  readonly inputs: readonly string[];
  readonly owner?: string;
  readonly description?: string;
  readonly place: Place;
  /** What the kind needs to know; plain JSON. */
  readonly body: Body;
}

/**
 * What a user declares: a frozen value. Declaring registers nothing; `project()` collects assets. Under `'~'` lies what the
 * compiler and the graph need and users do not.
 */
export interface Asset {
  readonly kind: string;
  readonly name: string;
  readonly '~': {
    /** The nodes it stands for, in order; a model brings its training set, an entity none. */
    readonly nodes: readonly NodeSpec[];
    /** The user's own function, for the kinds that have one. */
    readonly compute?: (input: never) => unknown;
  };
}
