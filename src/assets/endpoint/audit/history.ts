import { type Instant, type JsonObject, newId, quoteName } from '../../../base/index.ts';
import type { ColumnData, Session } from '../../../engine/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { TableState } from '../../../store/lake/index.ts';
import type { Version } from '../../../store/state/index.ts';
import {
  entityLiteral,
  entitySql,
  entityText,
  type FeaturesBody,
  reachedRanges,
  rowsOf,
  type SeenRow,
} from '../../feature/index.ts';
import { postedSince, type RowOfLog, sourceVersionOf } from '../../source/index.ts';
import type { RowEvidence } from './cause.ts';

/** Row ids of rows that are in the log alone begin here: after all of the table, in the order in which it will take them. */
const FIRST_OF_LOG = 2 ** 52;

/** What an answer about one entity could know: rows of a dataset at a version, and those posted since. */
export interface History {
  readonly version: Version;
  readonly table: TableState;
  readonly body: FeaturesBody;
  readonly entity: string | undefined;
  readonly at: Instant;
  /** Rows of the log by `row id − FIRST_OF_LOG`. */
  readonly posted: readonly RowOfLog[];
  /** Whether the log may no longer have all that were posted since. */
  readonly trimmed: boolean;
  /** The rows in SQL, with `_row_id`: as answers are made (`held`), or as the table will have them (`newest`). */
  readonly events: string;
  /** Only those posted; undefined where there are none. */
  readonly postedEvents: string | undefined;
  /** The rows of the entity that were known before the instant. */
  readonly rows: readonly SeenRow[];
}

export interface HistoryAsk {
  readonly version: Version;
  readonly body: FeaturesBody;
  readonly entity: string | undefined;
  readonly at: Instant;
  /** Up to where the log counts; `all`: to its end; undefined: not at all. */
  readonly upTo: Readonly<Record<string, number>> | 'all' | undefined;
}

/**
 * The same by all that is known now: nothing is read again where neither the dataset nor the log has moved, as it is most of the time.
 */
export async function historyNow(
  session: Session,
  workspace: Workspace,
  then: History,
  version: Version,
): Promise<History> {
  const { body, entity, at } = then;
  if (version.id === then.version.id && then.posted.length === 0 && !then.trimmed) {
    const { rows } = await postedSince(workspace, version, undefined, ofEntity(then.table, body, entity));
    if (rows.length === 0) return then;
  }
  return historyOf(session, workspace, { version, body, entity, at, upTo: 'all' });
}

/** Reads history by SQL, as a training set would: nothing here goes through the online store. */
export async function historyOf(session: Session, workspace: Workspace, ask: HistoryAsk): Promise<History> {
  const { version, body, entity, at, upTo } = ask;
  const whole = workspace.lake.table(body.from, version.snapshot) as TableState;
  const table = workspace.lake.pruned(whole, reachedBy(whole, body, entity, at));
  const { rows: posted, trimmed } =
    upTo === undefined
      ? { rows: [], trimmed: false }
      : await postedSince(
          workspace,
          version,
          upTo === 'all' ? undefined : upTo,
          ofEntity(whole, body, entity),
        );
  const key = posted.length === 0 ? [] : (sourceVersionOf(version).contract?.key ?? []);
  const postedEvents = posted.length === 0 ? undefined : await loadPosted(session, table, posted, key);
  const scan = session.scan(table, { rowId: true });
  const events =
    postedEvents === undefined
      ? scan
      : eventsWith(
          { key, scan, whole: session.scan(whole, { rowId: true }), log: postedEvents },
          upTo === 'all' ? 'newest' : 'held',
        );
  const rows = entity === undefined ? [] : await rowsOf(session, body, events, entity, at);
  return { version, table, body, entity, at, posted, trimmed, events, postedEvents, rows };
}

/** What can have a row that is asked for, so that other files stay shut. */
function reachedBy(table: TableState, body: FeaturesBody, entity: string | undefined, at: Instant) {
  const [key, ...more] = body.entity.keys;
  const isText =
    more.length === 0 && table.columns.some(({ name, type }) => name === key && type === 'string');
  return [
    ...reachedRanges(body, { from: at, to: at }),
    ...(isText && entity !== undefined ? [{ column: key as string, min: entity, max: entity }] : []),
  ];
}

/** Which posted rows are about the entity, as far as that can be told from their cells: texts are the same to everybody. */
function ofEntity({ columns }: TableState, { entity: { keys } }: FeaturesBody, entity: string | undefined) {
  const isText = keys.every((key) => columns.some(({ name, type }) => name === key && type === 'string'));
  return (cells: RowOfLog['cells']): boolean =>
    !isText || entityText({ name: '', keys }, (key) => cells[key]) === entity;
}

async function loadPosted(
  session: Session,
  { columns }: TableState,
  posted: readonly RowOfLog[],
  key: readonly string[],
): Promise<string> {
  const name = `posted_${newId()}`;
  const own = columns.filter((column) => column.name in (posted[0] as RowOfLog).cells);
  const data = own.map(({ name: column, type }): ColumnData => {
    const cells = posted.map(({ cells: all }) => all[column] ?? null);
    return type === 'string'
      ? { name: column, type, values: cells as (string | null)[] }
      : {
          name: column,
          type,
          values: Float64Array.from(cells, (c) => (c === null ? Number.NaN : Number(c))),
        };
  });
  const ids = Float64Array.from(posted, (_, i) => FIRST_OF_LOG + i);
  await session.load(name, [...data, { name: '_row_id', type: 'integer', values: ids }]);
  const newest =
    key.length === 0
      ? ''
      : ` where _row_id in (select max(_row_id) from ${quoteName(name)} group by ${key.map(quoteName).join(', ')})`;
  await session.run(
    `create temp table ${quoteName(`${name}_newest`)} as select * from ${quoteName(name)}${newest}`,
  );
  return quoteName(name);
}

/** The newest of each key, as `loadPosted` has put them down. */
const newestOf = (posted: string): string => quoteName(`${posted.slice(1, -1)}_newest`);

/**
 * How a row posted under a key that is there already may be taken:
 * `held`: not at all until the lake has it, so that no row counts twice; among those posted, the last. So answers are made.
 * `newest`: in place of the one before. So the table takes it.
 * `beside`, `every`: as one more row; of those posted, the last or all. So nobody should.
 */
export type KeyRule = 'held' | 'newest' | 'beside' | 'every';

interface Posted {
  readonly key: readonly string[];
  /** Rows of the table that are looked at, and all of them. */
  readonly scan: string;
  readonly whole: string;
  readonly log: string;
}

function eventsWith({ key, scan, whole, log }: Posted, rule: KeyRule): string {
  const union = (a: string, b: string): string => `(select * from ${a} union all by name select * from ${b})`;
  if (key.length === 0 || rule === 'every') return union(scan, log);
  const newest = newestOf(log);
  if (rule === 'beside') return union(scan, newest);
  const same = key.map((name) => `a.${quoteName(name)} = b.${quoteName(name)}`).join(' and ');
  const without = (a: string, b: string): string =>
    `(select * from ${a} a where not exists (select 1 from ${b} b where ${same}))`;
  return rule === 'newest' ? union(without(scan, newest), newest) : union(scan, without(newest, whole));
}

/** The rows of the entity by another rule about keys; undefined where there is nothing to be ruled. */
export async function rowsByRule(
  session: Session,
  { lake }: Workspace,
  { version, table, body, entity, at, postedEvents: log }: History,
  rule: KeyRule,
): Promise<readonly SeenRow[] | undefined> {
  const key = sourceVersionOf(version).contract?.key ?? [];
  if (log === undefined || key.length === 0 || entity === undefined) return undefined;
  const scan = session.scan(table, { rowId: true });
  const whole = session.scan(lake.table(body.from, version.snapshot) as TableState, { rowId: true });
  return rowsOf(session, body, eventsWith({ key, scan, whole, log }, rule), entity, at);
}

/** A relation of the entity's rows alone. */
export const ownEvents = ({ events, body, entity }: History): string =>
  `(select * from ${events} own where ${entitySql(body.entity, 'own')} = ${entityLiteral(entity ?? '')})`;

/** The record of the log that a row stands in, when it is in the log alone. */
export const recordOf = ({ posted }: History, row: number): RowOfLog | undefined =>
  posted[row - FIRST_OF_LOG];

/** Where rows came from and when. */
export async function evidenceOf(
  session: Session,
  { state }: Workspace,
  history: History,
  rows: readonly SeenRow[],
): Promise<RowEvidence[]> {
  const { table, version, body } = history;
  const ids = rows.map(({ row }) => row).filter((row) => recordOf(history, row) === undefined);
  const loads = new Map<number, number>();
  if (ids.length > 0 && table.columns.some(({ name }) => name === '_load'))
    for (const { id, load } of await session.rows<{ id: number; load: number }>(
      `select _row_id as id, _load as "load" from ${session.scan(table, { rowId: true })} where _row_id in (${ids.join(', ')})`,
    ))
      loads.set(Number(id), Number(load));
  const arrived = new Map(
    state.loads([...new Set(loads.values())]).map(({ id, loadedAt }) => [id, loadedAt]),
  );
  return rows.map(({ row }) => {
    const record = recordOf(history, row);
    const load = loads.get(row) ?? null;
    const position = record === undefined ? null : { stream: record.stream, index: record.index };
    const arrivedAt = record?.at ?? (load === null ? version.createdAt : (arrived.get(load) ?? null));
    return { dataset: body.from, rowId: record === undefined ? row : null, load, position, arrivedAt };
  });
}

/** A row by what it says, whatever its id: a row of the log gets another one in the table. */
export const contentOf = ({ known, event, cells }: SeenRow): string => JSON.stringify([known, event, cells]);

/** Rows of `a` that `b` has not, each as often as it is more often there. */
export function without(a: readonly SeenRow[], b: readonly SeenRow[]): SeenRow[] {
  const left = new Map<string, number>();
  for (const row of b) left.set(contentOf(row), (left.get(contentOf(row)) ?? 0) + 1);
  return a.filter((row) => {
    const n = left.get(contentOf(row)) ?? 0;
    if (n > 0) left.set(contentOf(row), n - 1);
    return n === 0;
  });
}

export type Values = Readonly<Record<string, JsonObject>>;
