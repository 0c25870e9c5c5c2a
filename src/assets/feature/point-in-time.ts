import { quoteName } from '../../base/index.ts';
import { distinctParts } from './distinct-sql.ts';
import { extremesPart } from './extremes-sql.ts';
import { lastPart } from './last-sql.ts';
import { type Cte, cteSql, type Part } from './part-sql.ts';
import { type AskBounds, rowsSql, sqlTypeOf } from './row-sql.ts';
import type { FeaturesBody } from './spec.ts';
import { totalsPart } from './totals-sql.ts';

export interface PointInTime {
  readonly body: FeaturesBody;
  /** A relation with the dataset's columns and `_row_id` (BIGINT, at least 0). */
  readonly events: string;
  /** A relation with `_ask` (BIGINT, unique), `_entity` (VARCHAR) and `_at` (BIGINT, microseconds since the epoch). */
  readonly asks: string;
  /** All asks are in [from, to]; lets the engine skip files of events that none can see. */
  readonly bounds?: AskBounds;
}

/**
 * The features of many entities at many instants, as one query: `_ask` and a column per feature in its declared type, one
 * row per ask in no order. The answer to each ask is the law of Time's, to the bit, whatever the order of the rows. No range
 * join: the cost is that of sorting rows and asks a few times (n log n), and what does not fit in memory spills.
 * The statement fails with MILL_FEATURE_SUM_RANGE in its words when a column to be summed holds ±2^62 or more; `featureFailure` gives that our form.
 */
export function pointInTimeSql({ body, events, asks, bounds = {} }: PointInTime): string {
  const parts = [totalsPart(body), extremesPart(body), ...distinctParts(body), lastPart(body)].filter(
    (part) => part !== undefined,
  );
  const ctes: Cte[] = [
    {
      name: 'asks',
      why: `Features of ${body.entity.name} over ${body.from}. Instants are microseconds since 1970.`,
      sql: `select _ask as ask, cast(_entity as VARCHAR) as entity, _at as instant\nfrom ${asks} as asked`,
    },
    {
      name: 'events',
      why: 'The rows that any ask could see, and when each is known.',
      sql: rowsSql(body, events, bounds, 'asks'),
    },
    ...parts.flatMap(({ ctes }) => ctes),
  ];
  const columns = body.features.map(({ name, type }) => {
    const part = parts.find((p) => p.columns.has(name)) as Part;
    return `cast(${part.columns.get(name)} as ${sqlTypeOf(type)}) as ${quoteName(name)}`;
  });
  const relations = parts.flatMap((part) => part.relations);
  return `with ${ctes.map(cteSql).join(',\n')}
select asks.ask as _ask${columns.map((column) => `,\n  ${column}`).join('')}
from asks${relations.map((relation) => `\nleft join ${relation} on ${relation}.ask = asks.ask`).join('')}`;
}
