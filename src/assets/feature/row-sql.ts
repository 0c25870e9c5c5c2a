import { type ColumnType, type Instant, instantLiteral, type Micros, quoteName } from '../../base/index.ts';
import type { ColumnRange } from '../../store/lake/index.ts';
import type { AggregateName, FeatureSpec, FeaturesBody } from './spec.ts';
import { windowStart } from './time-law.ts';

// The names in our SQL. Columns of the dataset appear only as `"value.<column>"` and the like, so that no name of a user's can
// collide with the few of ours: entity, event, known, row, instant, ask.

export const valueName = (column: string): string => quoteName(`value.${column}`);

/** An instant and a length of time, which is often none. */
export const plusSql = (instant: string, micros: Micros): string =>
  micros === 0 ? instant : `${instant} + ${micros}`;

/** `floorTo` in SQL; right before 1970 too, where `%` gives negative rests. */
export const floorSql = (x: string, step: Micros | string): string =>
  `${x} - ((${x}) % ${step} + ${step}) % ${step}`;

/** `windowLeave` in SQL. */
export const leaveSql = (event: string, { window, hop }: Pick<FeatureSpec, 'window' | 'hop'>): string =>
  `${floorSql(event, hop)} + ${hop + window}`;

/** Constant bounds that let the engine skip files. Instants asked about are in [from, to]. */
export interface AskBounds {
  readonly from?: Instant;
  readonly to?: Instant;
}

/** The columns that features of some aggregates look at, each once, with their types. */
export function columnsOf(
  features: readonly FeatureSpec[],
  aggregates?: readonly AggregateName[],
): { readonly column: string; readonly type: ColumnType; readonly feature: string }[] {
  const found = new Map<string, { column: string; type: ColumnType; feature: string }>();
  for (const { name, aggregate, column, columnType } of features)
    if (column !== null && !found.has(column) && (aggregates?.includes(aggregate) ?? true))
      found.set(column, { column, type: columnType ?? 'string', feature: name });
  return [...found.values()];
}

const sqlTypes: Readonly<Record<ColumnType, string>> = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
};

export const sqlTypeOf = (type: ColumnType): string => sqlTypes[type];

/** A cell as aggregates take it, as `cleanCell`: −0 is 0, and what is not a finite number is no value. */
function cleanSql(column: string, type: ColumnType): string {
  const cell = `dataset.${quoteName(column)}`;
  if (type !== 'double') return `cast(${cell} as ${sqlTypes[type]})`;
  return `cast(case when ${cell} = 0 then 0 when isfinite(${cell}) then ${cell} end as DOUBLE)`;
}

/**
 * The dataset's rows as features look at them: entity (text), event, known (µs), row, and the values. Rows that can
 * never be seen are left out, as are those that no ask within the bounds can reach, or whose entity nobody of `asked` asks about.
 */
export function rowsSql(body: FeaturesBody, events: string, bounds: AskBounds, asked?: string): string {
  const entity = `cast(dataset.${quoteName(body.entity.key)} as VARCHAR)`;
  const eventTime = `dataset.${quoteName(body.eventTime)}`;
  const event = `epoch_us(${eventTime})`;
  const availableAt = body.availableAt === null ? null : `dataset.${quoteName(body.availableAt)}`;
  const available = availableAt === null ? null : `epoch_us(${availableAt})`;
  const values = columnsOf(body.features).map(
    ({ column, type }) => `${cleanSql(column, type)} as ${valueName(column)}`,
  );
  const { earliest, latest } = reach(body, bounds);
  // epoch_us is null for an infinite instant too.
  const conditions = [`${entity} is not null`, `${event} is not null`];
  if (available) conditions.push(`${available} is not null`);
  if (earliest !== undefined) conditions.push(`${eventTime} >= ${instantLiteral(earliest)}`);
  if (latest !== undefined) conditions.push(`${eventTime} < ${instantLiteral(latest)}`);
  if (availableAt && bounds.to !== undefined)
    conditions.push(`${availableAt} < ${instantLiteral(bounds.to)}`);
  if (asked) conditions.push(`${entity} in (select entity from ${asked})`);
  const columns = [
    `${entity} as entity`,
    `${event} as event`,
    `${available ? `greatest(${event}, ${available})` : plusSql(event, body.availableAfter)} as known`,
    'dataset._row_id as row',
    ...values,
  ];
  return `select\n  ${columns.join(',\n  ')}\nfrom ${events} as dataset\nwhere ${conditions.join('\n  and ')}`;
}

/** Event times of the rows that asks within the bounds can see: from the first, and before the last. */
function reach(body: FeaturesBody, { from, to }: AskBounds): { earliest?: Instant; latest?: Instant } {
  const earliest = earliestEvent(body.features, from);
  return {
    ...(earliest === undefined ? {} : { earliest }),
    ...(to === undefined ? {} : { latest: to - body.availableAfter }),
  };
}

/** What `rowsSql` asks of a row's instants, for not opening files without such a row. */
export function reachedRanges(body: FeaturesBody, bounds: AskBounds): ColumnRange[] {
  const { earliest, latest } = reach(body, bounds);
  const { eventTime, availableAt } = body;
  return [
    {
      column: eventTime,
      ...(earliest === undefined ? {} : { min: earliest }),
      ...(latest === undefined ? {} : { max: latest - 1 }),
    },
    ...(availableAt === null || bounds.to === undefined ? [] : [{ column: availableAt, max: bounds.to - 1 }]),
  ];
}

/** The first event time that any of the features can reach from `from` on. */
export function earliestEvent(
  features: readonly FeatureSpec[],
  from: Instant | undefined,
): Instant | undefined {
  if (from === undefined) return undefined;
  return Math.min(...features.map(({ window, hop }) => windowStart(from, window, hop)));
}
