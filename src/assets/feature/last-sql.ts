import { branch, featuresWith, named, type Part, union } from './part-sql.ts';
import { columnsOf, floorSql, valueName } from './row-sql.ts';
import type { FeaturesBody } from './spec.ts';

/** Orders rows by event and then row id, as one number. Row ids are never negative. */
export const NEWNESS = 'cast(event as HUGEINT) * 18446744073709551616 + row';

/**
 * last: the newest row (by event, then row id) of all that were known before t, by a running arg-max in the order of
 * becoming known. When that row is already out of a window, so is every other known one: then the answer is null.
 */
export function lastPart(body: FeaturesBody): Part | undefined {
  const features = featuresWith(body.features, 'last');
  if (features.length === 0) return undefined;
  const columns = columnsOf(features).map(({ column }) => column);
  const values = columns.map(valueName);
  const names = ['entity', 'instant', 'ask', 'event', 'newness', ...values];
  const same = Object.fromEntries(values.map((value) => [value, value]));
  const newest = columns.flatMap((column) => {
    const there = `filter (${valueName(column)} is not null) over before`;
    return [
      `arg_max(${valueName(column)}, newness) ${there} as ${valueName(column)}`,
      `arg_max(event, newness) ${there} as ${named('event', column)}`,
    ];
  });
  return {
    relations: ['newest'],
    columns: new Map(
      features.map(({ name, column, window, hop }) => {
        const start = floorSql(`(asks.instant - ${window})`, hop);
        const event = `newest.${named('event', column as string)}`;
        return [name, `case when ${event} >= ${start} then newest.${valueName(column as string)} end`];
      }),
    ),
    ctes: [
      {
        name: 'newest_line',
        why: 'Rows when they become known, and asks.',
        sql: union([
          branch(
            names,
            { entity: 'entity', instant: 'known', event: 'event', newness: NEWNESS, ...same },
            'events',
          ),
          branch(names, { entity: 'entity', instant: 'instant', ask: 'ask' }, 'asks'),
        ]),
      },
      {
        name: 'newest',
        why: 'Per column, the newest value known before t, and when it happened.',
        sql: `select ask,\n  ${newest.join(',\n  ')}
from newest_line
window before as (partition by entity order by instant, event nulls first rows unbounded preceding)
qualify ask is not null`,
      },
    ],
  };
}
