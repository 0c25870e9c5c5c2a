import { formatDuration, quoteName } from '../../base/index.ts';
import { aggregateOf } from './aggregate/index.ts';
import { expressionSql } from './expression.ts';
import { featureText } from './feature-text.ts';
import { layoutOf } from './layout.ts';
import { rowsSql, valueName } from './row-sql.ts';
import { type AggregateSpec, aggregatesOf, type FeaturesBody } from './spec.ts';
import { conditionSql } from './where/index.ts';

/**
 * What the features are, as one readable statement of DuckDB's own aggregates: `_ask` and a column per feature, for `asks` (`_ask`, `_entity`,
 * `_at` in microseconds) over `events` (the dataset's columns and `_row_id`). A range join: right for a look or for a few
 * asks, and far slower than the sweep for many. Its sums depend on the order of rows in their last bits, and its
 * quantiles and distinct numbers are exact where features estimate.
 */
export function plainSql(body: FeaturesBody, events: string, asks: string): string {
  const columns = body.features.map((spec) => {
    const sql = expressionSql(spec, (own) => aggregateSql(own as AggregateSpec, body));
    const typed = spec.list || spec.type === 'timestamp' ? sql : `cast(${sql} as ${types[spec.type]})`;
    return `  -- ${line(featureText(spec))}\n  ${typed} as ${quoteName(spec.name)}`;
  });
  return `-- Features of ${line(body.entity.name)} over ${line(body.from)}. Instants are microseconds since 1970.
-- A row is seen when it is known before the instant asked about and its event lies in the window.
with events as (
${rowsSql(body, events, {})}
)
select
  asks._ask,
${columns.join(',\n')}
from ${asks} as asks
left join events on events.entity = asks._entity
  and events.known < asks._at${longest(body)}
group by asks._ask`;
}

const types = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
} as const;

/** A name of the user's could end the comment's line. */
const line = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** `floorTo` in SQL; right before 1970 too, where `%` gives negative rests. */
const floorSql = (x: string, step: number): string =>
  step === 1 ? x : `((${x}) - (((${x}) % ${step} + ${step}) % ${step}))`;

/** What no window sees need not be joined. */
function longest(body: FeaturesBody): string {
  const all = aggregatesOf(body);
  if (all.some(({ window }) => window === null)) return '';
  const reach = Math.max(...all.map(({ window, ending, hop }) => (window as number) + ending + hop));
  return `\n  and events.event >= asks._at - ${reach} -- ${formatDuration(reach)}, the longest window and its hop`;
}

function aggregateSql(spec: AggregateSpec, body: FeaturesBody): string {
  const { columns } = layoutOf(body);
  const typeOf = (name: string) => columns.find((column) => column.name === name)?.type ?? 'string';
  const { column, window, hop, ending, where, holds, parameter } = spec;
  const seen = ['events.event is not null'];
  if (window !== null) seen.push(`events.event >= ${floorSql(`asks._at - ${ending + window}`, hop)}`);
  if (ending !== 0) seen.push(`events.event < ${floorSql(`asks._at - ${ending}`, hop)}`);
  if (where !== undefined) seen.push(`(${conditionSql(where, typeOf, valueName)})`);
  const value = column === null ? '' : valueName(column);
  if (column !== null) seen.push(`${value} is not null`);
  return aggregateOf(spec.aggregate).sql({
    value,
    seen: seen.join(' and '),
    newness: 'events.event::HUGEINT * 18446744073709551616 + events.row',
    event: 'events.event',
    asked: 'asks._at',
    holds: holds === undefined ? 'true' : `(${conditionSql(holds, typeOf, valueName)})`,
    parameter: parameter ?? 0,
  });
}
