import {
  type ColumnType,
  type Instant,
  instantLiteral,
  type Micros,
  quoteName,
} from '../../../base/index.ts';
import { sqlTypeOf } from '../../../engine/index.ts';
import type { ColumnRange } from '../../../store/lake/index.ts';
import { entitySql } from '../entity-key.ts';
import { type Layout, layoutOf } from '../layout.ts';
import { aggregatesOf, type FeaturesBody } from '../spec.ts';
import { windowStart } from '../time-law.ts';

// The names in our SQL. Columns of the dataset appear only as `"value.<column>"`, so that no name of a user's can collide with the
// few of ours: entity, event, known, row, instant, ask.

export const valueName = (column: string): string => quoteName(`value.${column}`);

/** An instant and a length of time, which is often none. */
const plusSql = (instant: string, micros: Micros): string =>
  micros === 0 ? instant : `${instant} + ${micros}`;

/** Constant bounds that let the engine skip files. Instants asked about are in [from, to]. */
export interface AskBounds {
  readonly from?: Instant;
  readonly to?: Instant;
}

/** A cell as aggregates take it, as `cleanCell`: −0 is 0, and what is not a finite number is no value. */
function cleanSql(column: string, type: ColumnType): string {
  const cell = `dataset.${quoteName(column)}`;
  if (type === 'timestamp') return `case when isfinite(${cell}) then ${cell} end`;
  if (type !== 'double') return `cast(${cell} as ${sqlTypeOf(type)})`;
  return `cast(case when ${cell} = 0 then 0 when isfinite(${cell}) then ${cell} end as DOUBLE)`;
}

/** When a row is known, in SQL over the dataset's columns: microseconds. */
export function knownSql(body: FeaturesBody, dataset: string): string {
  const event = `epoch_us(${dataset}.${quoteName(body.eventTime)})`;
  if (body.availableAt === null) return plusSql(event, body.availableAfter);
  return `greatest(${event}, epoch_us(${dataset}.${quoteName(body.availableAt)}))`;
}

/**
 * The dataset's rows as features look at them: entity (text), event, known (µs), row, and the values. Rows that can
 * never be seen are left out, as are those that no ask within the bounds can reach.
 */
export function rowsSql(body: FeaturesBody, events: string, bounds: AskBounds): string {
  const eventTime = `dataset.${quoteName(body.eventTime)}`;
  const event = `epoch_us(${eventTime})`;
  const availableAt = body.availableAt === null ? null : `dataset.${quoteName(body.availableAt)}`;
  const { columns } = layoutOf(body);
  const { earliest, latest } = reach(body, bounds);
  // epoch_us is null for an infinite instant too.
  const conditions = [
    ...body.entity.keys.map((key) => `dataset.${quoteName(key)} is not null`),
    `${event} is not null`,
  ];
  if (availableAt) conditions.push(`epoch_us(${availableAt}) is not null`);
  if (earliest !== undefined) conditions.push(`${eventTime} >= ${instantLiteral(earliest)}`);
  if (latest !== undefined) conditions.push(`${eventTime} < ${instantLiteral(latest)}`);
  if (availableAt && bounds.to !== undefined)
    conditions.push(`${availableAt} < ${instantLiteral(bounds.to)}`);
  const selected = [
    `${entitySql(body.entity, 'dataset')} as entity`,
    `${event} as event`,
    `${knownSql(body, 'dataset')} as known`,
    'dataset._row_id as row',
    ...columns.map(({ name, type }) => `${cleanSql(name, type)} as ${valueName(name)}`),
  ];
  return `select\n  ${selected.join(',\n  ')}\nfrom ${events} as dataset\nwhere ${conditions.join('\n  and ')}`;
}

/** Event times of the rows that asks within the bounds can see: from the first, and before the last. */
function reach(body: FeaturesBody, { from, to }: AskBounds): { earliest?: Instant; latest?: Instant } {
  const earliest = earliestEvent(body, from);
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

/** The first event time that any of the features can reach from `from` on; undefined where there is no first. */
export function earliestEvent(body: FeaturesBody, from: Instant | undefined): Instant | undefined {
  if (from === undefined) return undefined;
  const earliest = Math.min(...aggregatesOf(body).map((spec) => windowStart(from, spec)));
  return Number.isFinite(earliest) ? earliest : undefined;
}

/** The names of a row's values in `rowsSql`, in the order of the layout's columns. */
export const valueNames = ({ columns }: Layout): string[] => columns.map(({ name }) => valueName(name));
