import {
  type ColumnDef,
  counted,
  type Instant,
  type Json,
  quoteName,
  quoteText,
} from '../../../base/index.ts';
import { type Session, sqlTypeOf } from '../../../engine/index.ts';
import type { BuildContext, Candidate } from '../../../graph/index.ts';
import {
  type ColumnState,
  type DataFile,
  exchangeTable,
  type Lake,
  type LakeChange,
  repartition,
  type StagedFile,
  type TableState,
} from '../../../store/lake/index.ts';
import {
  admissible,
  type ContractSpec,
  historyOf,
  judgeTable,
  measure,
  newestPromised,
  statisticsOf,
} from '../../contract/index.ts';
import { onto, QUARANTINE_COLUMNS, quarantineOf } from '../../source/index.ts';
import { asideRows, brokenRows, goodRows, judge, viewInputs } from '../judge.ts';
import { type HistorySpec, renderQuery, type TableBody, VALID_FROM, VALID_TO } from '../spec.ts';
import type { TableVersion } from '../version.ts';
import { periodsSql } from './periods.ts';

interface WithHistory {
  readonly contract: ContractSpec;
  readonly history: HistorySpec;
}

/**
 * Compares the rows of the query as they are now with the periods that were open, ends those that are no more, and begins new ones. What has ended
 * stays for ever, in its files and with its row ids; a declaration with other columns takes it along.
 */
export async function buildHistory(context: BuildContext<TableBody>): Promise<Candidate> {
  const { node, workspace, progress } = context;
  const body = node.body as TableBody & WithHistory;
  const { engine, clock, state } = workspace;
  const session = await engine.session();
  try {
    const past = pastOf(context);
    const contract = ofRows(body);
    await viewInputs(session, context);
    progress(0, 'running the query');
    await judge(session, contract, renderQuery(body.query, quoteName));
    progress(0.4, 'comparing with what was');
    const seen = await seenAt(session, past, clock.now());
    const columns = columnsOf(body.contract, past);
    await session.run(
      `create temp table periods as ${periodsSql({
        now: `(${goodRows(contract)})`,
        open: rowsOf(session, past, columns, `${quoteName(VALID_TO)} is null`),
        ended: rowsOf(session, past, columns, `${quoteName(VALID_TO)} is not null`),
        columns: contract.columns,
        history: body.history,
        seen,
      })}`,
    );
    await refuseEarly(session, contract, body.history);
    progress(0.7, 'writing');
    const table = await renew(context, session, past, columns);
    const broken = await brokenRows(session);
    const aside = await setAside(context, session, contract);
    const open = `(select * from periods where _change in ('stays', 'begins'))`;
    const [facts] = await session.rows<{ open: number; begun: number; newest: Instant | null }>(
      `select count(*) as open, count(*) filter (_change = 'begins') as begun, epoch_us(max(${quoteName(VALID_FROM)})) as newest from ${open}`,
    );
    const { open: rows = 0, begun = 0, newest = null } = facts ?? {};
    const measured = await measure(session, contract, { table: open, load: open });
    const earlier = historyOf(contract, state.versions(node.name), true);
    const now = clock.now();
    const newestPast = await newestPromised(session, body.contract, open, now);
    const checks = judgeTable(
      contract,
      { rows, newest: newestPast, broken, measured, history: earlier },
      now,
    );
    const detail: TableVersion = {
      newest,
      quarantined: aside.rows,
      broken: Object.fromEntries(broken),
      statistics: statisticsOf(measured, true),
      contract: body.contract,
    };
    const set = aside.rows === 0 ? '' : `, ${aside.rows.toLocaleString('en')} set aside`;
    return {
      rows: table.rows,
      note: `${counted(rows, 'open row')} of ${table.rows.toLocaleString('en')}, ${begun.toLocaleString('en')} new${set}`,
      checks,
      detail: detail as unknown as Json,
      changes: [...table.changes, ...aside.changes],
    };
  } finally {
    session.close();
  }
}

/** What the live version holds, also under another declaration. */
function pastOf({ node, workspace: { lake }, live }: BuildContext): TableState | undefined {
  const table = live && lake.table(node.name, live.snapshot);
  const has = (name: string): boolean => table?.columns.some((column) => column.name === name) ?? false;
  // A table of this name that kept no history has no periods to go on from.
  return has(VALID_FROM) && has(VALID_TO) ? table : undefined;
}

/** The contract of the query's rows. Rules about the table judge those that are open. */
export function ofRows({ contract, history }: WithHistory): ContractSpec {
  const { eventTime, ...rest } = contract;
  return {
    ...rest,
    ...(eventTime === undefined || eventTime === VALID_FROM ? {} : { eventTime }),
    columns: contract.columns.filter(({ name }) => name !== VALID_FROM && name !== VALID_TO),
    key: history.key,
  };
}

/** A column that is younger than some period is null there, whatever the contract says of rows. */
function columnsOf(contract: ContractSpec, past: TableState | undefined): ColumnDef[] {
  return contract.columns.map(({ name, type, nullable }) => {
    const old = past?.columns.find((column) => column.name === name);
    const missing = past !== undefined && (old === undefined || old.type !== type || old.nullable);
    return { name, type, nullable: nullable || missing };
  });
}

/** Past periods in the columns that are declared now; a column that was not there, or of another type, is null. */
function rowsOf(
  session: Session,
  past: TableState | undefined,
  columns: readonly ColumnDef[],
  where: string,
): string {
  const list = columns.map(({ name, type }) => {
    const old = past?.columns.find((column) => column.name === name && column.type === type);
    return `${old ? quoteName(name) : 'null'}::${sqlTypeOf(type)} as ${quoteName(name)}`;
  });
  const id = past ? '_row_id' : 'null::BIGINT as _row_id';
  const from = past ? `${session.scan(past, { rowId: true })} where ${where}` : '(select 1) where false';
  return `(select ${[...list, id].join(', ')} from ${from})`;
}

/** The instant of this look: now, but after everything that is known already, also when the clock was set back. */
async function seenAt(session: Session, past: TableState | undefined, now: Instant): Promise<Instant> {
  if (past === undefined) return now;
  const [last] = await session.rows<{ at: Instant | null }>(
    `select epoch_us(greatest(max(${quoteName(VALID_FROM)}), max(${quoteName(VALID_TO)}))) as at from ${session.scan(past)}`,
  );
  return Math.max(now, (last?.at ?? now - 1) + 1);
}

/** Rows that would change what is already past are set aside. */
async function refuseEarly(
  session: Session,
  contract: ContractSpec,
  { key, changedAt }: HistorySpec,
): Promise<void> {
  if (changedAt === undefined) return;
  const match = key.map((name) => {
    const i = contract.columns.findIndex((column) => column.name === name);
    return `judged.v${i} = s.${quoteName(name)}`;
  });
  await session.run(
    `update judged set _rules = list_append(coalesce(_rules, []), ${quoteText(`${changedAt}: not after the open period`)}), _unfit = true
     from periods s where s._change = 'early' and ${match.join(' and ')} and ${admissible(contract)}`,
  );
}

/** Writes what has changed. Files of which every period had ended stay as they are. */
async function renew(
  { node, workspace: { lake }, base }: BuildContext<TableBody>,
  session: Session,
  past: TableState | undefined,
  columns: readonly ColumnDef[],
): Promise<{ rows: number; changes: readonly LakeChange[] }> {
  const folder = lake.folderOf(node.name);
  const order = ` order by ${quoteName(VALID_FROM)}`;
  const begun = `select * exclude (_change, _row_id) from periods where _change = 'begins'${order}`;
  const head = lake.table(node.name, base);
  const count = (files: readonly { rows: number }[]): number =>
    files.reduce((sum, { rows }) => sum + rows, 0);
  const { partitionBy } = node.body;
  const anew =
    past === undefined ||
    past.id !== head?.id ||
    !sameColumns(past.columns, columns) ||
    repartition(past, partitionBy).length > 0;
  if (anew) {
    const exchange = exchangeTable(lake, node.name, columns, partitionBy);
    const stored = { partitionBy: exchange.partitionBy };
    const files: StagedFile[] = [];
    const old = rowsOf(session, past, columns, `${quoteName(VALID_TO)} is not null`);
    const staying = `select * exclude (_change, _row_id) from periods where _change in ('stays', 'closes')`;
    for (const sql of [`select * exclude (_row_id) from ${old}${order}`, `${staying}${order}`, begun])
      files.push(...(await session.write(folder, exchange.columns, sql, stored)));
    return { rows: count(files), changes: exchange.changes(files) };
  }
  const [closing] = await session.rows<{ n: number }>(
    `select count(*) as n from periods where _change = 'closes'`,
  );
  const { stay, files } =
    Number(closing?.n) === 0 ? { stay: past.files, files: [] } : await rewritten(session, lake, past, folder);
  const made = await session.write(folder, past.columns, begun, {
    partitionBy: past.partitionedBy ?? [],
  });
  const left = stay.length === past.files.length ? {} : { keep: stay.map(({ id }) => id) };
  const write = { columns: past.columns, files: [...files, ...made], ...left };
  return {
    rows: count([...stay, ...files, ...made]),
    changes: [...repartition(head, partitionBy), ...onto(node.name, head, past, write)],
  };
}

/** Files with open periods, written again: those that have ended apart from those that stay open, which will have to be written again some day. */
async function rewritten(
  session: Session,
  lake: Lake,
  past: TableState,
  folder: string,
): Promise<{ stay: readonly DataFile[]; files: readonly StagedFile[] }> {
  const stats = lake.fileStats(past, VALID_TO);
  const ended = (file: DataFile): boolean => stats.get(file.id)?.nullCount === 0;
  const mixed = session.scan({ ...past, files: past.files.filter((file) => !ended(file)) }, { rowId: true });
  const names = past.columns.map(({ name }) => quoteName(name)).join(', ');
  const periods = (change: string): string =>
    `select ${names}, _row_id from periods where _change = '${change}'`;
  const files: StagedFile[] = [];
  for (const sql of [
    `select ${names}, _row_id from ${mixed} where ${quoteName(VALID_TO)} is not null union all ${periods('closes')}`,
    periods('stays'),
  ])
    files.push(
      ...(await session.write(
        folder,
        past.columns,
        `select * from (${sql}) order by ${quoteName(VALID_FROM)}`,
        {
          rowId: true,
          partitionBy: past.partitionedBy ?? [],
        },
      )),
    );
  return { stay: past.files.filter(ended), files };
}

function sameColumns(a: readonly ColumnState[], b: readonly ColumnDef[]): boolean {
  return (
    a.length === b.length &&
    a.every(
      ({ name, type, nullable }, i) =>
        name === b[i]?.name && type === b[i]?.type && nullable === b[i]?.nullable,
    )
  );
}

/** The rows of now that are not fit to be a period, in place of those of the last look. */
async function setAside(
  { node, workspace: { lake }, base }: BuildContext<TableBody>,
  session: Session,
  contract: ContractSpec,
): Promise<{ rows: number; changes: readonly LakeChange[] }> {
  const name = quarantineOf(node.name);
  const exchange = exchangeTable(lake, name, QUARANTINE_COLUMNS);
  const files = await session.write(lake.folderOf(name), exchange.columns, asideRows(contract));
  if (files.length === 0 && lake.table(name, base) === undefined) return { rows: 0, changes: [] };
  return { rows: files.reduce((sum, file) => sum + file.rows, 0), changes: exchange.changes(files) };
}
