import { type ColumnType, type Duration, MillraceError, parseDuration } from '../../base/index.ts';
import { type Asset, declaredAt } from '../../graph/index.ts';
import type { Column, Columns, Dataset } from '../contract/index.ts';
import { type Aggregates, aggregatesOver, type Feature, isFeature, isWindowed } from './aggregates.ts';
import type { Entity } from './entity.ts';
import { type FeatureSpec, type FeaturesBody, isAggregate, type Operand } from './spec.ts';
import { conditionColumns } from './where/index.ts';

// biome-ignore lint/suspicious/noExplicitAny: features of whatever value
export type FeatureMap = Readonly<Record<string, Feature<any>>>;

/** A column that names an entity. That it has no fractions, types cannot say; `check` does. */
type KeyColumn = Column<string, boolean> | Column<number, boolean> | Column<boolean, boolean>;

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

/**
 * Features of an entity over the rows of a dataset: one declaration for training and serving.
 * @example
 * const activity = features('card_activity', {
 *   entity: card, from: payments,
 *   compute: ({ count, sum, row }) => ({
 *     payments_1h: count().over('1h'),
 *     abroad_7d: sum('amount').where(row.country.isNot('DE')).over('7d'),
 *   }),
 * });
 */
export function features<
  const Name extends string,
  const Key extends string,
  C extends Columns & Readonly<Record<Key, KeyColumn>>,
  F extends FeatureMap,
>(
  name: Name,
  options: {
    entity: Entity<string, Key>;
    from: Dataset<string, C>;
    compute: (aggregates: Aggregates<C>) => F;
    /** How old the newest row that they know may be; older features are stale, and told of. */
    fresh?: Duration;
    /**
     * Every how many look-ups of an entity one is audited in the background: computed again from the lake and the log, and held against what
     * was served. Default: 100; 0 for none.
     */
    audit?: { every: number };
    owner?: string;
    description?: string;
  },
): Features<Name, Key, F> {
  const { entity, from, owner, description, fresh, audit } = options;
  const computed = options.compute(aggregatesOver(from.columns));
  checkMade(name, computed);
  const [node] = from['~'].nodes;
  const { contract } = (node as NonNullable<typeof node>).body as {
    contract: { eventTime?: string; availableAt?: string; availableAfter: number };
  };
  const specs = Object.entries(computed).map(
    ([feature, { '~spec': spec }]) => ({ name: feature, ...spec }) as FeatureSpec,
  );
  const body: FeaturesBody = {
    entity: { name: entity.name, keys: entity.keys },
    from: from.name,
    eventTime: contract.eventTime ?? '',
    availableAt: contract.availableAt ?? null,
    availableAfter: contract.availableAfter,
    features: specs,
    columnTypes: typesOf(specs, from.columns),
    ...(fresh === undefined ? {} : { fresh: parseDuration(fresh) }),
    ...(audit === undefined ? {} : { audit: { every: audit.every } }),
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

/** What types say, for those who run without them: a record of features. @throws MILL_FEATURES_INVALID */
function checkMade(name: string, computed: unknown): void {
  const refused = (message: string, todo: string): MillraceError =>
    new MillraceError({ code: 'MILL_FEATURES_INVALID', message, todo, owner: 'project', asset: name });
  if (typeof computed !== 'object' || computed === null || Array.isArray(computed))
    throw refused('Its compute gives no record of features.', 'Return { name: count().over(…), … }.');
  for (const [feature, made] of Object.entries(computed)) {
    if (isFeature(made)) continue;
    throw isWindowed(made)
      ? refused(
          `'${feature}' has no window.`,
          "Say how far it looks back: .over('1h'), or .over('lifetime').",
        )
      : refused(
          `'${feature}' is no feature.`,
          'Make it of the aggregates that compute is given: count().over(…).',
        );
  }
}

/** The types of all columns that features look at. */
function typesOf(specs: readonly Operand[], columns: Columns): Record<string, ColumnType> {
  const found: Record<string, ColumnType> = {};
  const look = (spec: Operand): void => {
    if (typeof spec === 'number') return;
    if (!isAggregate(spec)) {
      spec.of.forEach(look);
      return;
    }
    const conditions = [spec.where, spec.holds].filter((condition) => condition !== undefined);
    for (const column of [spec.column ?? [], conditions.flatMap(conditionColumns)].flat())
      found[column] = columns[column]?.['~'].spec.type ?? 'string';
  };
  specs.forEach(look);
  return found;
}
