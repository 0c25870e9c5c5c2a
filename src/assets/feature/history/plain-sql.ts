import { formatDuration, quoteName } from '../../../base/index.ts';
import { sqlTypeOf } from '../../../engine/index.ts';
import { aggregateOf } from '../aggregate/index.ts';
import { expressionSql } from '../expression.ts';
import { featureText, spanText } from '../feature-text.ts';
import { layoutOf } from '../layout.ts';
import { type AggregateSpec, aggregatesOf, type FeaturesBody } from '../spec.ts';
import { conditionSql } from '../where/index.ts';
import { rowsSql, valueName } from './row-sql.ts';

/**
 * What the features are, as one readable statement of DuckDB's own aggregates: `_ask` and a column per feature, for `asks` (`_ask`, `_entity`,
 * `_at` in microseconds) over `events` (the dataset's columns and `_row_id`). A range join: right for a look or for a few
 * asks, and far slower than the sweep for many. Its sums depend on the order of rows in their last bits, and its
 * quantiles and distinct numbers are exact where features estimate.
 */
export function plainSql(body: FeaturesBody, events: string, asks: string): string {
  const columns = body.features.map((spec) => {
    const sql = expressionSql(spec, (own) => aggregateSql(own as AggregateSpec, body));
    const typed = spec.list || spec.type === 'timestamp' ? sql : `cast(${sql} as ${sqlTypeOf(spec.type)})`;
    return `  -- ${line(featureText(spec))}\n  ${typed} as ${quoteName(spec.name)}`;
  });
  const bounds = [...new Set(aggregatesOf(body).flatMap(boundsOf))].map((bound) => `,\n  ${bound}`);
  return `-- Features of ${line(body.entity.name)} over ${line(body.from)}. Instants are microseconds since 1970.
-- A row is seen when it is known before the instant asked about and its event lies in the window.
-- To try it, make a table \`${asks}\` (_ask: a number, _entity: as \`events\` has it, _at), and number the rows as they came: _row_id.
with asks as (
select _ask, _entity, _at${bounds.join('')}
from ${asks} as asked
),
events as (
${rowsSql(body, events, {})}
)
select
  asks._ask,
${columns.join(',\n')}
from asks
left join events on events.entity = asks._entity
  and events.known < asks._at${longest(body)}
group by asks._ask`;
}

/** A name of the user's could end the comment's line. */
const line = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** `floorTo` in SQL; right before 1970 too, where `%` gives negative rests. */
const floorSql = (x: string, step: number): string =>
  step === 1 ? x : `${x} - ((${x}) % ${step} + ${step}) % ${step}`;

const startName = (spec: AggregateSpec): string => quoteName(`start of ${spanText(spec)}`);
const endName = (spec: AggregateSpec): string => quoteName(`end of ${spanText(spec)}`);

/** Where the window of an ask begins and ends, in SQL over asks. */
function boundsOf(spec: AggregateSpec): string[] {
  const { window, hop, ending } = spec;
  return [
    ...(window === null ? [] : [`${floorSql(`(_at - ${ending + window})`, hop)} as ${startName(spec)}`]),
    ...(ending === 0 ? [] : [`${floorSql(`(_at - ${ending})`, hop)} as ${endName(spec)}`]),
  ];
}

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
  const { column, window, ending, where, holds, parameter } = spec;
  const value = column === null ? '' : valueName(column);
  const seen = [
    // An ask that no row joins has one row without an event.
    ...(window === null && ending === 0 ? ['event is not null'] : []),
    ...(window === null ? [] : [`event >= ${startName(spec)}`]),
    ...(ending === 0 ? [] : [`event < ${endName(spec)}`]),
    ...(where === undefined ? [] : [`(${conditionSql(where, typeOf, valueName)})`]),
    ...(column === null ? [] : [`${value} is not null`]),
  ];
  return aggregateOf(spec.aggregate).sql({
    value,
    seen: seen.join(' and '),
    newness: 'event::HUGEINT * 18446744073709551616 + row',
    event: 'event',
    asked: '_at',
    holds: holds === undefined ? 'true' : `(${conditionSql(holds, typeOf, valueName)})`,
    parameter: parameter ?? 0,
  });
}
