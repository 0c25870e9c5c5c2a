import { type ColumnType, type Duration, parseDuration } from '../../base/index.ts';
import { type Asset, declaredAt } from '../../graph/index.ts';
import type { CellOf, Column, Columns, Dataset, KeysOf, NumberKeysOf } from '../contract/index.ts';
import type { AggregateName, FeatureSpec, FeaturesBody } from './spec.ts';
import { hopOf } from './time-law.ts';

/** Something that features describe and predictions ask about: a card, a machine, a user. */
export interface Entity<Name extends string, Key extends string> extends Asset {
  readonly kind: 'entity';
  readonly name: Name;
  /** The column that names one, in every dataset that knows it. */
  readonly key: Key;
}

/**
 * @example
 * const card = entity('card', { key: 'card_id' });
 */
export function entity<const Name extends string, const Key extends string>(
  name: Name,
  options: { key: Key },
): Entity<Name, Key> {
  return Object.freeze({ kind: 'entity', name, key: options.key, '~': { nodes: [] } });
}

/** A feature whose values are of type `Value`; null where its window can be empty. */
export interface Feature<Value> {
  readonly '~feature': Value;
}

export interface WindowOptions {
  /** How coarsely the window's left end moves. Default by the law of Time: 1d for windows from 12d, 1h from 12h, 5m from 1h, else 1m. */
  hop?: Duration;
}

/** An aggregate that wants its window. */
export interface Windowed<Value> {
  /** The feature at t sees rows known before t whose event time is in [floor(t − window, hop), t). */
  over(window: Duration, options?: WindowOptions): Feature<Value>;
}

/** The aggregates over a dataset's columns. All but `count` look only at rows where the column is not null. */
export interface Aggregates<C extends Columns> {
  /** Number of rows; 0 for an empty window. */
  count(): Windowed<number>;
  /** 0 for an empty window. Exact, whatever the order of rows. */
  sum(column: NumberKeysOf<C>): Windowed<number>;
  mean(column: NumberKeysOf<C>): Windowed<number | null>;
  min(column: NumberKeysOf<C>): Windowed<number | null>;
  max(column: NumberKeysOf<C>): Windowed<number | null>;
  /** Number of different values; 0 for an empty window. */
  distinct(column: KeysOf<C>): Windowed<number>;
  /** The value of the newest row by event time; of several, the one that arrived last. */
  last<K extends KeysOf<C>>(column: K): Windowed<CellOf<C[K]> | null>;
}

// biome-ignore lint/suspicious/noExplicitAny: features of whatever value
export type FeatureMap = Readonly<Record<string, Feature<any>>>;

/** The values of a record of features. */
export type ValuesOf<F extends FeatureMap> = { [P in keyof F]: F[P] extends Feature<infer V> ? V : never };

/** Features of one entity, computed over one dataset. */
export interface Features<Name extends string, Key extends string, F extends FeatureMap> extends Asset {
  readonly kind: 'features';
  readonly name: Name;
  readonly entity: Entity<string, Key>;
  readonly features: F;
}

// biome-ignore lint/suspicious/noExplicitAny: features of whatever entity and values
export type AnyFeatures = Features<any, any, any>;

const integers: readonly AggregateName[] = ['count', 'distinct'];
const neverNull: readonly AggregateName[] = ['count', 'sum', 'distinct'];

type Draft = Omit<FeatureSpec, 'name'>;

function aggregates(
  typeOf: (column: string) => ColumnType,
): Record<AggregateName, (column?: string) => unknown> {
  const aggregate =
    (name: AggregateName) =>
    (column?: string): { over(window: Duration, options?: WindowOptions): Draft } => ({
      over(window, options = {}) {
        const micros = parseDuration(window);
        const columnType = column === undefined ? null : typeOf(column);
        return Object.freeze({
          aggregate: name,
          column: column ?? null,
          columnType,
          window: micros,
          hop: options.hop === undefined ? hopOf(micros) : parseDuration(options.hop),
          type: integers.includes(name) ? 'integer' : name === 'last' ? (columnType as ColumnType) : 'double',
          nullable: !neverNull.includes(name),
        });
      },
    });
  return {
    count: aggregate('count'),
    sum: aggregate('sum'),
    mean: aggregate('mean'),
    min: aggregate('min'),
    max: aggregate('max'),
    distinct: aggregate('distinct'),
    last: aggregate('last'),
  };
}

/**
 * Features of an entity over the rows of a dataset: one declaration for training and serving.
 * @example
 * const activity = features('card_activity', {
 *   entity: card, from: payments,
 *   compute: ({ count, sum }) => ({ payments_1h: count().over('1h'), spent_7d: sum('amount').over('7d') }),
 * });
 */
export function features<
  const Name extends string,
  const Key extends string,
  // biome-ignore lint/suspicious/noExplicitAny: the key may be of any type
  C extends Columns & Readonly<Record<Key, Column<any, boolean>>>,
  F extends FeatureMap,
>(
  name: Name,
  options: {
    entity: Entity<string, Key>;
    from: Dataset<string, C>;
    compute: (aggregates: Aggregates<C>) => F;
    owner?: string;
    description?: string;
  },
): Features<Name, Key, F> {
  const { entity, from, owner, description } = options;
  const typeOf = (column: string): ColumnType => from.columns[column]?.['~'].spec.type ?? 'string';
  const computed = options.compute(aggregates(typeOf) as unknown as Aggregates<C>);
  const drafts = computed as unknown as Readonly<Record<string, Draft>>;
  const contract = from['~'].nodes[0]?.body as {
    contract: { eventTime?: string; availableAt?: string; availableAfter: number };
  };
  const body: FeaturesBody = {
    entity: { name: entity.name, key: entity.key },
    from: from.name,
    eventTime: contract.contract.eventTime ?? '',
    availableAt: contract.contract.availableAt ?? null,
    availableAfter: contract.contract.availableAfter,
    features: Object.entries(drafts).map(([feature, draft]) => ({ name: feature, ...draft })),
  };
  return Object.freeze({
    kind: 'features',
    name,
    entity,
    features: computed,
    '~': {
      nodes: [
        {
          kind: 'features',
          name,
          inputs: [from.name],
          ...(owner === undefined ? {} : { owner }),
          ...(description === undefined ? {} : { description }),
          place: declaredAt(),
          body,
        },
      ],
    },
  });
}
