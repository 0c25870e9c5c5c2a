import { type Json, MillraceError } from '../../../base/index.ts';

/** The values that a parameter may have, in plain form. */
export type DimensionSpec =
  /** A number within [low, high]; `log`: its logarithm is drawn evenly. */
  | { readonly kind: 'float'; readonly low: number; readonly high: number; readonly log?: true }
  /** A whole number within [low, high]. */
  | { readonly kind: 'int'; readonly low: number; readonly high: number; readonly log?: true }
  /** One of some values, in no order. */
  | { readonly kind: 'choice'; readonly values: readonly Json[] };

/** The parameters that are searched, by name. */
export type SpaceSpec = Readonly<Record<string, DimensionSpec>>;

/** A value for every parameter that is searched. */
export type Point = Readonly<Record<string, Json>>;

/** The values that a parameter of a type may have. */
export interface Dimension<T> {
  readonly '~': DimensionSpec;
  readonly '~of'?: T;
}

const dimension = <T>(spec: DimensionSpec): Dimension<T> => Object.freeze({ '~': Object.freeze(spec) });

/**
 * What a parameter may be.
 * @example search(gbdt, { rate: space.float(0.01, 0.3, { log: true }), leaves: space.int(7, 255, { log: true }) });
 */
export const space = Object.freeze({
  /** A number from low to high. `log`: as likely between 0.01 and 0.1 as between 0.1 and 1. */
  float: (low: number, high: number, { log = false }: { log?: boolean } = {}): Dimension<number> =>
    dimension({ kind: 'float', low, high, ...(log ? { log } : {}) }),
  /** A whole number from low to high, both included. */
  int: (low: number, high: number, { log = false }: { log?: boolean } = {}): Dimension<number> =>
    dimension({ kind: 'int', low, high, ...(log ? { log } : {}) }),
  /** One of these, none nearer to one than to another. */
  choice: <const T extends Json>(...values: readonly T[]): Dimension<T> =>
    dimension({ kind: 'choice', values }),
});

/**
 * @throws MILL_SEARCH_INVALID when a dimension has no values
 */
export function checkSpace(dimensions: SpaceSpec): void {
  const fail = (name: string, found: string, todo: string): never => {
    throw new MillraceError({
      code: 'MILL_SEARCH_INVALID',
      message: `The search over '${name}' ${found}.`,
      todo,
      owner: 'project',
    });
  };
  for (const [name, of] of Object.entries(dimensions)) {
    if (of.kind === 'choice') {
      if (of.values.length === 0) fail(name, 'has nothing to choose from', 'Give at least one value.');
      continue;
    }
    const { low, high, log, kind } = of;
    if (!(Number.isFinite(low) && Number.isFinite(high) && low <= high))
      fail(name, `goes from ${low} to ${high}`, 'Give two numbers, the lower one first.');
    if (kind === 'int' && !(Number.isSafeInteger(low) && Number.isSafeInteger(high)))
      fail(name, `goes from ${low} to ${high}`, 'Give whole numbers, or take space.float.');
    if (log && low <= 0)
      fail(name, `is by logarithm and begins at ${low}`, 'Begin above 0, or leave out log.');
  }
}

/** A number dimension as a stretch of evenly likely numbers: logarithms where it is so, and half a step more on both sides of whole numbers. */
export interface Stretch {
  readonly low: number;
  readonly high: number;
  /** The value at a place of the stretch. */
  at(place: number): number;
  /** Where a value lies. */
  place(value: number): number;
}

export function stretchOf(of: Exclude<DimensionSpec, { kind: 'choice' }>): Stretch {
  const half = of.kind === 'int' ? 0.5 : 0;
  const place = of.log ? Math.log : (value: number): number => value;
  const back = of.log ? Math.exp : (at: number): number => at;
  return {
    low: place(of.low - half),
    high: place(of.high + half),
    place,
    at(where) {
      const value = of.kind === 'int' ? Math.round(back(where)) : back(where);
      return Math.min(of.high, Math.max(of.low, value));
    },
  };
}
