import {
  type Instant,
  type Interval,
  type Intervals,
  type Micros,
  quoteName,
  united,
} from '../../../base/index.ts';
import { changesSql, filesApart, type Session } from '../../../engine/index.ts';
import type { Lake, TableState } from '../../../store/lake/index.ts';
import type { WithinPart } from '../spec.ts';
import { stepSql } from './step.ts';

/** A dataset of which a table sees the rows within an interval, before and now. */
export interface Driving {
  /** As the live version saw it; undefined where that is not known any more. */
  readonly before: TableState | undefined;
  readonly now: TableState;
  readonly eventTime: string;
  readonly within: WithinPart;
}

/** The steps of event time in which rows came, went or changed, and the newest event time there is among those that came. */
export interface Touched {
  readonly steps: Intervals;
  readonly newest: Instant | null;
}

/** Reads the rows that differ, and no others. Steps are told as they are: what a query's reach makes of them is `reachedBy`. */
export async function touchedSteps(
  session: Session,
  { before, now, eventTime }: Driving,
  every: Micros,
): Promise<Touched> {
  const { gone, come } = filesApart(before, now);
  if (gone.length === 0 && come.length === 0) return { steps: [], newest: null };
  // Where no file has gone every row of those that have come is new.
  const from = gone.length === 0 ? session.scan({ ...now, files: come }) : changesSql(session, before, now);
  return stepsOf(session, `(select ${quoteName(eventTime)} as t from ${from})`, every);
}

/** All steps from the first row there is to the last: for a table that begins. */
export async function wholeSpan(session: Session, { now, eventTime }: Driving): Promise<Touched> {
  const t = quoteName(eventTime);
  const [span] = await session.rows<{ a: Instant | null; b: Instant | null }>(
    `select epoch_us(min(${t})) as a, epoch_us(max(${t})) as b from ${session.scan(now)}`,
  );
  const { a = null, b = null } = span ?? {};
  return a === null || b === null
    ? { steps: [], newest: null }
    : { steps: [{ from: a, to: b + 1 }], newest: b };
}

/** The steps in which a relation with an instant `t` has rows, and the newest of these instants. */
async function stepsOf(session: Session, relation: string, every: Micros): Promise<Touched> {
  const rows = await session.rows<{ a: number; b: number; newest: number }>(
    `with steps as (select ${stepSql('u', every)} as s, max(u) as newest
       from (select epoch_us(t) as u from ${relation} where t is not null) group by s),
     islands as (select s, newest, s - ${every} * row_number() over (order by s) as island from steps)
     select min(s) as a, max(s) + ${every} as b, max(newest) as newest from islands group by island order by a`,
  );
  return {
    steps: rows.map(({ a, b }) => ({ from: Number(a), to: Number(b) })),
    newest: rows.length === 0 ? null : Math.max(...rows.map(({ newest }) => Number(newest))),
  };
}

/** The intervals whose query sees a row of these steps. */
export function reachedBy(steps: Intervals, { before, after }: WithinPart): Interval[] {
  return united(steps.map(({ from, to }) => ({ from: from - after, to: to + before })));
}

/** The same as `touchedSteps` from the catalog's bounds alone: never less, and everything where bounds are not known. */
export function possiblyTouched(lake: Lake, { before, now, eventTime }: Driving): Intervals {
  const { gone, come } = filesApart(before, now);
  return united([
    ...(before ? spans(lake, { ...before, files: gone }, eventTime) : []),
    ...spans(lake, { ...now, files: come }, eventTime),
  ]);
}

/** Between which instants the rows of a table's files lie, one interval for each file that has any. */
function spans(lake: Lake, table: TableState, eventTime: string): Interval[] {
  const stats = lake.fileStats(table, eventTime);
  return table.files.map(({ id }) => spanOf(stats.get(id)));
}

/** All time, where the catalog does not say. */
const ALWAYS: Interval = { from: Number.MIN_SAFE_INTEGER, to: Number.MAX_SAFE_INTEGER };

function spanOf(stats: { min?: string; max?: string } | undefined): Interval {
  const [from, last] = [instantOf(stats?.min), instantOf(stats?.max)];
  return from === undefined || last === undefined ? ALWAYS : { from, to: last + 1 };
}

/** `2026-01-01 00:00:00.000001`, DuckDB's text of a timestamp, in microseconds. */
function instantOf(text: string | undefined): Instant | undefined {
  const found = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?$/.exec(text ?? '');
  if (found === null) return undefined;
  const [, day, time, fraction = ''] = found;
  return Date.parse(`${day}T${time}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
}
