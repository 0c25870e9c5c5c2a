import { type ColumnDef, counted, type Instant, type Json, quoteName, quoteText } from '../../base/index.ts';
import { type Session, sqlTypeOf } from '../../engine/index.ts';
import type { BuildContext, Candidate } from '../../graph/index.ts';
import {
  exchangeTable,
  type Lake,
  type LakeChange,
  type StagedFile,
  type TableState,
} from '../../store/lake/index.ts';
import {
  admissible,
  type ContractSpec,
  contestedKeysSql,
  duplicatesSql,
  enforceSql,
  historyOf,
  judgeTable,
  KEY_RULE,
  measure,
  prepareReferences,
  statisticsOf,
  tableWith,
} from '../contract/index.ts';
import { QUARANTINE_COLUMNS, quarantineOf } from '../source/index.ts';
import { renderQuery, type TableBody } from './spec.ts';

/** Runs the query over the live versions of its inputs, judges the rows and writes them. */
export async function buildTable({
  node,
  workspace,
  input,
  progress,
}: BuildContext<TableBody>): Promise<Candidate> {
  const { contract, query } = node.body;
  const { engine, lake, clock } = workspace;
  const session = await engine.session();
  try {
    for (const name of node.inputs) {
      const table = lake.table(name, input(name).snapshot) as TableState;
      await session.run(`create temp view ${quoteName(name)} as select * from ${declared(session, table)}`);
    }
    // The view of an input has its name.
    await prepareReferences(session, contract, quoteName);
    progress(0, 'running the query');
    await judge(session, contract, renderQuery(query, quoteName));
    progress(0.6, 'writing');
    const good = `select ${contract.columns.map((c, i) => `v${i} as ${quoteName(c.name)}`).join(', ')} from judged where ${admissible(contract)}`;
    const main = exchangeTable(lake, node.name, contract.columns.map(columnDef));
    const files = await session.write(lake.folderOf(node.name), main.columns, `${good}${orderBy(contract)}`);
    const aside = await setAside(session, lake, node.name, contract);
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    const [latest] = await session.rows<{ newest: number | null }>(
      `select ${contract.eventTime ? `epoch_us(max(${quoteName(contract.eventTime)}))` : 'null'} as newest from (${good})`,
    );
    const newest: Instant | null = latest?.newest ?? null;
    const written = session.scan(tableWith(main.columns, [], files));
    const measured = await measure(session, contract, { table: written, load: written });
    const history = historyOf(contract, workspace.state.versions(node.name), true);
    const facts = { rows, newest, broken: aside.broken, measured, history };
    const checks = judgeTable(contract, facts, clock.now());
    return {
      rows,
      note:
        aside.rows === 0
          ? counted(rows, 'row')
          : `${counted(rows, 'row')}, ${aside.rows.toLocaleString('en')} set aside`,
      checks,
      detail: {
        newest,
        quarantined: aside.rows,
        broken: Object.fromEntries(aside.broken),
        statistics: statisticsOf(measured, true),
        contract,
      } as unknown as Json,
      changes: [...main.changes(files), ...aside.changes],
    };
  } finally {
    session.close();
  }
}

/** Only what the contract declares: a source's hidden columns are not seen by queries. */
function declared(session: Session, table: TableState): string {
  const columns = table.columns
    .filter((column) => !column.name.startsWith('_'))
    .map((c) => quoteName(c.name));
  return `(select ${columns.join(', ')} from ${session.scan(table)})`;
}

const columnDef = ({ name, type, nullable }: ColumnDef): ColumnDef => ({ name, type, nullable });

/** Makes the temporary table `judged`: typed values `v0`, `v1` …, every broken rule, and the row as JSON. */
async function judge(session: Session, contract: ContractSpec, query: string): Promise<void> {
  const cells = contract.columns.map((column) => ({
    sql: `${quoteName(column.name)}::${sqlTypeOf(column.type)}`,
    form: sqlTypeOf(column.type),
  }));
  const raw = { from: `(${query}) q`, cells, nulls: [], keep: ['to_json(q)::VARCHAR as _row'] };
  await session.run(`create temp table judged as ${enforceSql(contract, raw)}`);
  if (contract.key.length === 0) return;
  // Of rows with one key the first by content stays, so that the same rows give the same table in whatever order they come.
  const judged = { name: 'judged', order: 'struct_pack(a := j._row, b := j.rowid)' };
  await session.run(`create temp table contested as ${contestedKeysSql(contract, judged, [])}`);
  await session.run(
    `update judged set _rules = list_append(coalesce(_rules, []), ${quoteText(KEY_RULE)})${contract.onBreach === 'warn' ? '' : ', _unfit = true'}
     where rowid in (${duplicatesSql(contract, judged, 'contested')})`,
  );
}

/** Rows of one event time stay together, so that files can be skipped by it. */
function orderBy(contract: ContractSpec): string {
  const columns = [contract.eventTime, ...contract.key].filter((name) => name !== undefined);
  return columns.length === 0 ? '' : ` order by ${columns.map(quoteName).join(', ')}`;
}

/** Writes the rows that were set aside, with every rule they break. */
async function setAside(
  session: Session,
  lake: Lake,
  table: string,
  contract: ContractSpec,
): Promise<{ rows: number; broken: Map<string, number>; changes: LakeChange[] }> {
  const counts = await session.rows<{ rule: string; n: number }>(
    'select rule, count(*) as n from (select unnest(_rules) as rule from judged) group by rule order by rule',
  );
  const broken = new Map(counts.map(({ rule, n }) => [rule, n]));
  const name = quarantineOf(table);
  if (broken.size === 0 && lake.table(name) === undefined) return { rows: 0, broken, changes: [] };
  const exchange = exchangeTable(lake, name, QUARANTINE_COLUMNS);
  const files: StagedFile[] = await session.write(
    lake.folderOf(name),
    exchange.columns,
    `select 0::BIGINT as _load, '' as _file, rowid + 1 as _line, to_json(_rules)::VARCHAR as _rules, _row
     from judged where not (${admissible(contract)})`,
  );
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return { rows, broken, changes: exchange.changes(files) };
}
