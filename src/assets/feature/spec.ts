import type { ColumnType, Micros } from '../../base/index.ts';

export type AggregateName = 'count' | 'sum' | 'mean' | 'min' | 'max' | 'distinct' | 'last';

/** One feature: an aggregate of a column over a window that ends at the instant asked about. */
export type FeatureSpec = {
  readonly name: string;
  readonly aggregate: AggregateName;
  /** Null for `count` alone. Every other aggregate looks only at rows where the column is not null. */
  readonly column: string | null;
  readonly columnType: ColumnType | null;
  /** The window is [floor(t − window, hop), t). */
  readonly window: Micros;
  readonly hop: Micros;
  readonly type: ColumnType;
  /** Whether an empty window has no value: mean, min, max, last. */
  readonly nullable: boolean;
};

/** A features asset in its plain form. */
export type FeaturesBody = {
  readonly entity: { readonly name: string; readonly key: string };
  /** The dataset whose rows are counted, summed …. */
  readonly from: string;
  readonly eventTime: string;
  /** Column of available time, or null when it is event time plus `availableAfter`. */
  readonly availableAt: string | null;
  readonly availableAfter: Micros;
  readonly features: readonly FeatureSpec[];
};
