import type { Instant } from '../../base/index.ts';
import { fixedSql } from './fixed-point.ts';
import { NEWNESS } from './last-sql.ts';
import { type Cte, cteSql, featuresWith, named } from './part-sql.ts';
import { columnsOf, earliestEvent, floorSql, rowsSql, valueName } from './row-sql.ts';
import type { FeatureSpec, FeaturesBody } from './spec.ts';
import { type HopLayout, stateLayout, type TilePart } from './state-layout.ts';

/**
 * The state of every entity at `from`, as one query: `entity` (VARCHAR), and `state`, the JSON text of an EntityState.
 * Rows that no window reaches at any t ≥ from are left out. `events` is a relation with the dataset's columns and `_row_id`.
 * Fails like `pointInTimeSql`.
 */
export function stateSql(body: FeaturesBody, events: string, from: Instant): string {
  const layout = stateLayout(body);
  const types = new Map(columnsOf(body.features).map(({ column, type }) => [column, type]));
  // JSON has no instants.
  const cell = (column: string) =>
    types.get(column) === 'timestamp' ? `epoch_us(${valueName(column)})` : valueName(column);

  const tiles = layout.hops.flatMap((hop, i) => tilesCtes(hop, i + 1, from));
  const distinct = layout.distinct.map((column, i): Cte => {
    const using = featuresWith(body.features, 'distinct').filter((feature) => feature.column === column);
    return {
      name: `distinct_${i + 1}`,
      why: `Each ${column} with its newest event.`,
      sql: `select entity, list(json_array(value, newest) order by newest, value) as list
from (
  select entity, ${cell(column)} as value, max(event) as newest
  from settled
  where ${valueName(column)} is not null and event >= ${earliestEvent(using, from)}
  group by entity, value
)
group by entity`,
    };
  });
  const last = layout.last.map((column) => {
    const there = `filter (${valueName(column)} is not null)`;
    const newest = (what: string) => `arg_max(${what}, ${NEWNESS}) ${there}`;
    return `case when count(${valueName(column)}) > 0 then json_array(${[cell(column), 'event', 'row'].map(newest).join(', ')}) end`;
  });
  const relations = [
    ...layout.hops.map((_, i) => `tiles_${i + 1}`),
    'newest',
    ...distinct.map(({ name }) => name),
    'pending',
  ];
  const listOf = (names: readonly string[]) =>
    `json_array(${names.map((name) => `${name}.list`).join(', ')})`;
  const ctes: Cte[] = [
    {
      name: 'events',
      why: `State of ${body.entity.name} over ${body.from}: the rows that a window at ${from} or later can reach.`,
      sql: rowsSql(body, events, { from }),
    },
    { name: 'settled', why: 'Known before the state.', sql: `select *\nfrom events\nwhere known < ${from}` },
    ...tiles,
    {
      name: 'newest',
      why: 'The newest value of each column.',
      sql: `select entity, json_array(${last.join(', ')}) as list\nfrom settled\ngroup by entity`,
    },
    ...distinct,
    {
      name: 'pending',
      why: 'Known only later.',
      sql: `select entity, list(json_array(${['known', 'event', 'row', ...layout.values.map(cell)].join(', ')}) order by known, row) as list
from events
where known >= ${from}
group by entity`,
    },
    { name: 'entities', why: 'Everyone there.', sql: 'select distinct entity\nfrom events' },
  ];
  return `with ${ctes.map(cteSql).join(',\n')}
select entities.entity, cast(json_array(
  ${listOf(layout.hops.map((_, i) => `tiles_${i + 1}`))},
  newest.list,
  ${listOf(distinct.map(({ name }) => name))},
  pending.list
) as VARCHAR) as state
from entities${relations.map((name) => `\nleft join ${name} on ${name}.entity = entities.entity`).join('')}`;
}

/** The tiles of one hop, each with all that is newer: a total that runs from the newest back. */
function tilesCtes({ hop, parts, features }: HopLayout, number: number, from: Instant): Cte[] {
  const fields = parts.flatMap((part) => fieldsOf(part, features));
  return [
    {
      name: `tiles_${number}_alone`,
      why: `Tiles of ${hop} microseconds.`,
      sql: `select ${['entity', `${floorSql('event', hop)} as start`, ...fields.map(({ name, first }) => `${first} as ${name}`)].join(',\n  ')}
from settled
where event >= ${earliestEvent(features, from)}
group by entity, start`,
    },
    {
      name: `tiles_${number}_onwards`,
      why: 'Each tile with all newer ones.',
      sql: `select ${['entity', 'start', ...fields.map(({ name, merge }) => `${merge}(${name}) over newer as ${name}`)].join(',\n  ')}
from tiles_${number}_alone
window newer as (partition by entity order by start desc rows unbounded preceding)`,
    },
    {
      name: `tiles_${number}`,
      why: 'As lists.',
      sql: `select entity, list(json_array(${['start', ...parts.map((part) => storedSql(part, features))].join(', ')}) order by start) as list
from tiles_${number}_onwards
group by entity`,
    },
  ];
}

interface Field {
  readonly name: string;
  /** The aggregate over rows, and the one that merges tiles. */
  readonly first: string;
  readonly merge: string;
}

function fieldsOf({ what, column }: TilePart, features: readonly FeatureSpec[]): Field[] {
  const value = valueName(column);
  if (what === 'rows') return [{ name: named('rows'), first: 'count(*)', merge: 'sum' }];
  if (what === 'count') return [{ name: named('count', column), first: `count(${value})`, merge: 'sum' }];
  if (what !== 'total') return [{ name: named(what, column), first: `${what}(${value})`, merge: what }];
  return totalSql(column, features).map((sql, i) => ({
    name: named(i === 0 ? 'whole' : 'part', column),
    first: `coalesce(sum(${sql}), 0)`,
    merge: 'sum',
  }));
}

function totalSql(column: string, features: readonly FeatureSpec[]): readonly string[] {
  const feature = features.find((f) => f.column === column) as FeatureSpec;
  const where = `feature '${feature.name}': column '${column}'`;
  return fixedSql(valueName(column), feature.columnType ?? 'double', where);
}

/** A part as the tile's list holds it. HUGEINTs go as text; DuckDB's sum of counts is one too. */
function storedSql({ what, column }: TilePart, features: readonly FeatureSpec[]): string {
  if (what === 'total') {
    const halves = totalSql(column, features).map((_, i) => named(i === 0 ? 'whole' : 'part', column));
    return `json_array(${halves.map((half) => `cast(${half} as VARCHAR)`).join(', ')})`;
  }
  const name = what === 'rows' ? named('rows') : named(what, column);
  return what === 'rows' || what === 'count' ? `cast(${name} as BIGINT)` : name;
}
