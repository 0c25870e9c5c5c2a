import {
  formatIntervals,
  type Interval,
  type Intervals,
  instantLiteral,
  MillraceError,
  quoteName,
} from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { Node } from '../../../graph/index.ts';
import { renderQuery, type TableBody, usesOf, type WithinPart } from '../spec.ts';

/** A dataset that a query sees within an interval. */
export interface Seen {
  readonly within: WithinPart;
  /** A relation that holds at least its rows of some event time. */
  readonly rows: (interval: Interval) => string;
  /** The column that says when they happened. */
  readonly eventTime: string;
}

/** SQL: whether an instant lies in one of these intervals. */
export function inside(instant: string, intervals: Intervals): string {
  const tests = intervals.map(
    ({ from, to }) => `(${instant} >= ${instantLiteral(from)} and ${instant} < ${instantLiteral(to)})`,
  );
  return tests.length === 0 ? 'false' : `(${tests.join(' or ')})`;
}

/** Between which instants a row's own interval lies. No column of a user's begins like that. */
const [OWN_FROM, OWN_TO] = ['_mill_from', '_mill_to'];

/**
 * SQL of a table's query for some intervals, once for each, every row with the interval it was made for: what the query sees `within` is a common
 * table expression of the dataset's name around it. The session has a view of each input's name for what it sees as a whole.
 */
export function rowsOf(body: TableBody, driving: readonly Seen[], intervals: Intervals): string {
  const uses = usesOf(body.query).filter((use) => use.within !== undefined);
  const query = renderQuery(body.query, quoteName);
  const one = ({ from, to }: Intervals[number]): string => {
    const seen = uses.map(({ name, within }) => {
      const { rows, eventTime } = driving.find((one) => one.within === within) as Seen;
      const { before, after } = within as WithinPart;
      const seen = { from: from - before, to: to + after };
      const these = inside(quoteName(eventTime), [seen]);
      return `${quoteName(name)} as not materialized (select * from ${rows(seen)} where ${these})`;
    });
    const own = `${instantLiteral(from)} as ${OWN_FROM}, ${instantLiteral(to)} as ${OWN_TO}`;
    return `(with ${seen.join(', ')} select q.*, ${own} from (\n${query}\n) q)`;
  };
  // No interval is a query all the same: it says which columns there are.
  const none = [{ from: 0, to: 0 }];
  return (intervals.length === 0 ? none : intervals).map(one).join(' union all ');
}

/**
 * SQL of the rows of a relation made by `rowsOf` that lie in the interval they were made for. A row that another interval's query gave beside its own,
 * because it looks back, has not seen all that it should.
 */
export function ownRows(relation: string, eventTime: string): string {
  const t = `${quoteName(eventTime)}::TIMESTAMP`;
  return `select * exclude (${OWN_FROM}, ${OWN_TO}) from ${relation} where ${t} >= ${OWN_FROM} and ${t} < ${OWN_TO}`;
}

/**
 * A row whose event time is outside of its interval would be in the table twice, or not at all. Rows in the reach of `before` and `after` are what
 * a query that looks back has to give; they are left out. `relation` is made by `rowsOf`.
 * @throws MILL_TABLE_OUTSIDE_INTERVAL
 */
export async function refuseOutside(
  session: Session,
  { name, body, place }: Node<TableBody>,
  eventTime: string,
  relation: string,
  intervals: Intervals,
): Promise<void> {
  const reaches = usesOf(body.query).flatMap(({ within }) => (within === undefined ? [] : [within]));
  const [back, ahead] = [
    Math.max(...reaches.map(({ before }) => before)),
    Math.max(...reaches.map(({ after }) => after)),
  ];
  const out = `(t < ${OWN_FROM} - to_microseconds(${back}) or t >= ${OWN_TO} + to_microseconds(${ahead}))`;
  const [found] = await session.rows<{ unknown: number; outside: number; example: string | null }>(
    `select count(*) filter (t is null) as unknown, count(*) filter (${out}) as outside,
       min(t) filter (${out})::VARCHAR as example
     from (select ${quoteName(eventTime)}::TIMESTAMP as t, ${OWN_FROM}, ${OWN_TO} from ${relation})`,
  );
  const { unknown = 0, outside = 0, example } = found ?? {};
  if (unknown === 0 && outside === 0) return;
  throw new MillraceError({
    code: 'MILL_TABLE_OUTSIDE_INTERVAL',
    message:
      outside > 0
        ? `The query of '${name}' gave ${outside} rows that do not belong to the interval it was run for (${formatIntervals(intervals)}): the earliest has ${eventTime} ${example}.`
        : `The query of '${name}' gave ${unknown} rows without ${eventTime}, so that it is not known to which interval they belong.`,
    todo: `Derive ${eventTime} so that it stays in the interval of the rows it is made of (with a longer \`every\`, or a filter), and is never null.`,
    owner: 'project',
    asset: name,
    place,
  });
}
