import type { Micros } from '../../base/index.ts';
import type { Cell } from './aggregate.ts';
import { featuresWith } from './part-sql.ts';
import { columnsOf } from './row-sql.ts';
import type { AggregateName, FeatureSpec, FeaturesBody } from './spec.ts';

// How the state of an entity is laid out, as plain lists: what comes where follows from the features alone, so the names
// need not be stored with every entity. The state is made at an instant, `from`, and answers for every t ≥ from.

/** A total of doubles or integers: whole + part × 2^-64, each a decimal text, since they pass 2^53. */
export type StoredTotal = readonly [whole: string, part?: string];

/**
 * A tile: when it starts, then the aggregates of all rows known before `from` with event ≥ start. Not only the tile's own:
 * every t ≥ from sees all newer tiles as well, so what a window holds is read off one tile, without merging any.
 */
export type StoredTile = readonly [start: number, ...(number | null | StoredTotal)[]];

/** A row that is known at `from` or later: it stays single, because the instant decides whether it is seen. */
export type StoredRow = readonly [known: number, event: number, row: number, ...values: Cell[]];

export type EntityState = readonly [
  /** One list for each hop of the layout, by start. */
  tiles: readonly (readonly StoredTile[] | null)[],
  /** For each column of `last`, the newest row of all. When it is out of a window, so is every other. */
  last: readonly (readonly [value: Cell, event: number, row: number] | null)[],
  /** For each column of `distinct`, its values, each with the newest event it had, by event: it is in a window as long as that is. */
  distinct: readonly (readonly (readonly [value: Cell, newest: number])[] | null)[],
  /** By known. */
  pending: readonly StoredRow[] | null,
];

/** Something that a tile holds. */
export interface TilePart {
  readonly what: 'rows' | 'count' | 'total' | 'min' | 'max';
  /** Empty for `rows`. */
  readonly column: string;
}

export interface HopLayout {
  readonly hop: Micros;
  readonly parts: readonly TilePart[];
  /** The features that read these tiles. */
  readonly features: readonly FeatureSpec[];
}

export interface StateLayout {
  readonly hops: readonly HopLayout[];
  readonly last: readonly string[];
  readonly distinct: readonly string[];
  /** The columns of pending rows. */
  readonly values: readonly string[];
}

const needs: Readonly<Record<AggregateName, readonly TilePart['what'][]>> = {
  count: ['rows'],
  sum: ['total'],
  mean: ['count', 'total'],
  min: ['min'],
  max: ['max'],
  distinct: [],
  last: [],
};

export function stateLayout({ features }: FeaturesBody): StateLayout {
  const tiled = features.filter(({ aggregate }) => needs[aggregate].length > 0);
  const hops = Map.groupBy(tiled, ({ hop }) => hop);
  return {
    hops: [...hops].map(([hop, own]) => ({ hop, parts: partsOf(own), features: own })),
    last: columnsOf(featuresWith(features, 'last')).map(({ column }) => column),
    distinct: columnsOf(featuresWith(features, 'distinct')).map(({ column }) => column),
    values: columnsOf(features).map(({ column }) => column),
  };
}

function partsOf(features: readonly FeatureSpec[]): TilePart[] {
  const parts: TilePart[] = [];
  for (const { aggregate, column } of features)
    for (const what of needs[aggregate])
      if (partIndex(parts, what, column ?? '') < 0) parts.push({ what, column: column ?? '' });
  return parts;
}

export function partIndex(parts: readonly TilePart[], what: TilePart['what'], column: string): number {
  return parts.findIndex((part) => part.what === what && part.column === column);
}
