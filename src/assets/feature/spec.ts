import type { ColumnType, Micros } from '../../base/index.ts';
import type { ConditionSpec } from './where/index.ts';

export type AggregateName =
  | 'count'
  | 'sum'
  | 'mean'
  | 'variance'
  | 'stddev'
  | 'min'
  | 'max'
  | 'first'
  | 'last'
  | 'lastK'
  | 'distinct'
  | 'quantile'
  | 'topK'
  | 'share'
  | 'sinceLast';

/** What every feature says of itself. */
export interface Described {
  readonly name: string;
  /** The type of its value, or of each item of its list. */
  readonly type: ColumnType;
  /** Its value is a list. */
  readonly list?: true;
  /** Whether there can be no value: nothing was seen, say. */
  readonly nullable: boolean;
  readonly unit?: string;
  readonly description?: string;
}

/** An aggregate over a window of rows that ends at, or before, the instant asked about. */
export interface AggregateSpec extends Described {
  readonly aggregate: AggregateName;
  /** Null where rows are looked at, not a column of them. Otherwise only rows where the column is not null are seen. */
  readonly column: string | null;
  readonly columnType: ColumnType | null;
  /** Only rows for which this is true are seen. */
  readonly where?: ConditionSpec;
  /** Of a share: the rows that are counted among those seen. */
  readonly holds?: ConditionSpec;
  /** The k of `lastK` and `topK`, the q of `quantile`. */
  readonly parameter?: number;
  /** Null for all time. The window is [floor(t − ending − window, hop), t), or up to floor(t − ending, hop) where `ending` is not 0. */
  readonly window: Micros | null;
  /** One microsecond for an exact window. */
  readonly hop: Micros;
  readonly ending: Micros;
}

/** Arithmetic of two features of the same entity; null where either has no value, or the quotient none. */
export interface ExpressionSpec extends Described {
  readonly expression: 'ratio' | 'difference' | 'sum' | 'product';
  readonly of: readonly [Operand, Operand];
}

export type Operand = AggregateSpec | ExpressionSpec | number;

export type FeatureSpec = AggregateSpec | ExpressionSpec;

export type EntitySpec = {
  readonly name: string;
  /** The columns that name one; usually one. */
  readonly keys: readonly string[];
};

/** A features asset in its plain form. */
export type FeaturesBody = {
  readonly entity: EntitySpec;
  /** The dataset whose rows are counted, summed …. */
  readonly from: string;
  readonly eventTime: string;
  /** Column of available time, or null when it is event time plus `availableAfter`. */
  readonly availableAt: string | null;
  readonly availableAfter: Micros;
  readonly features: readonly FeatureSpec[];
  /** The types of the columns that features and their conditions look at. */
  readonly columnTypes: Readonly<Record<string, ColumnType>>;
  /** How old the newest row that features know may be. */
  readonly fresh?: Micros;
  /** Every how many look-ups one is computed again, to see that it was served right; 0 for none. Absent: 100. */
  readonly audit?: { readonly every: number };
};

export const isAggregate = (spec: Operand): spec is AggregateSpec =>
  typeof spec !== 'number' && 'aggregate' in spec;

const found = new WeakMap<FeaturesBody, readonly AggregateSpec[]>();

/** The aggregates of an asset, those within expressions too. One that stands in several places is there several times. */
export function aggregatesOf(body: FeaturesBody): readonly AggregateSpec[] {
  let all = found.get(body);
  if (all === undefined) {
    all = body.features.flatMap(aggregatesIn);
    found.set(body, all);
  }
  return all;
}

/** The aggregates of a feature, or of part of one. */
export function aggregatesIn(spec: Operand): AggregateSpec[] {
  if (typeof spec === 'number') return [];
  return isAggregate(spec) ? [spec] : spec.of.flatMap(aggregatesIn);
}

/** A feature without the words about it: what decides its values. */
export function withoutWords<S extends Operand>(spec: S): S {
  if (typeof spec === 'number') return spec;
  const { description: _, unit: __, ...kept } = spec as FeatureSpec;
  return ('of' in kept ? { ...kept, of: kept.of.map(withoutWords) } : kept) as S;
}
