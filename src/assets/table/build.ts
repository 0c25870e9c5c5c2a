import { counted, type Instant, type Json, quoteName } from '../../base/index.ts';
import type { Session } from '../../engine/index.ts';
import type { BuildContext, Candidate } from '../../graph/index.ts';
import { exchangeTable, type Lake, type LakeChange, type StagedFile } from '../../store/lake/index.ts';
import {
  type ContractSpec,
  failedInTable,
  historyOf,
  judgeTable,
  measure,
  newestPromised,
  spanOf,
  standingAfter,
  statisticsOf,
  tableWith,
} from '../contract/index.ts';
import { QUARANTINE_COLUMNS, quarantineOf } from '../source/index.ts';
import { buildHistory } from './history/index.ts';
import { buildIncremental } from './incremental/index.ts';
import { asideRows, brokenRows, columnDef, goodRows, judge, orderBy, viewInputs } from './judge.ts';
import { renderQuery, type TableBody } from './spec.ts';
import type { TableVersion } from './version.ts';

/** Runs the query over the live versions of its inputs, judges the rows and writes them. */
export function buildTable(context: BuildContext<TableBody>): Promise<Candidate> {
  const { incremental, history } = context.node.body;
  return (incremental ? buildIncremental : history ? buildHistory : buildWhole)(context);
}

async function buildWhole(context: BuildContext<TableBody>): Promise<Candidate> {
  const { node, workspace, progress } = context;
  const { contract, query, partitionBy } = node.body;
  const { engine, lake, clock } = workspace;
  const session = await engine.session();
  try {
    await viewInputs(session, context);
    progress(0, 'running the query');
    await judge(session, contract, renderQuery(query, quoteName));
    progress(0.6, 'writing');
    const good = goodRows(contract);
    const main = exchangeTable(lake, node.name, contract.columns.map(columnDef), partitionBy);
    const files = await session.write(lake.folderOf(node.name), main.columns, `${good}${orderBy(contract)}`, {
      partitionBy: main.partitionBy,
    });
    const aside = await setAside(session, lake, node.name, contract);
    const rows = files.reduce((sum, file) => sum + file.rows, 0);
    const time = contract.eventTime === undefined ? 'null' : quoteName(contract.eventTime);
    const [span] = await session.rows<{ oldest: Instant | null; newest: Instant | null }>(
      `select epoch_us(min(${time})::TIMESTAMP) as oldest, epoch_us(max(${time})::TIMESTAMP) as newest from (${good})`,
    );
    const { oldest = null, newest = null } = span ?? {};
    const written = session.scan(tableWith(main.columns, [], files));
    const measured = await measure(session, contract, { table: written, load: written });
    const history = historyOf(contract, workspace.state.versions(node.name), true);
    const now = clock.now();
    const newestPast = await newestPromised(session, contract, written, now);
    const facts = { rows, newest: newestPast, broken: aside.broken, measured, history };
    const checks = judgeTable(contract, facts, now);
    const detail: TableVersion = {
      newest,
      quarantined: aside.rows,
      broken: Object.fromEntries(aside.broken),
      statistics: statisticsOf(measured, true),
      contract,
      ...(contract.eventTime === undefined
        ? {}
        : {
            standing: standingAfter(undefined, spanOf(oldest, newest), failedInTable(contract, checks), true),
          }),
    };
    return {
      rows,
      note:
        aside.rows === 0
          ? counted(rows, 'row')
          : `${counted(rows, 'row')}, ${aside.rows.toLocaleString('en')} set aside`,
      checks,
      detail: detail as unknown as Json,
      changes: [...main.changes(files), ...aside.changes],
    };
  } finally {
    session.close();
  }
}

/** Writes the rows that were set aside, with every rule they break. */
async function setAside(
  session: Session,
  lake: Lake,
  table: string,
  contract: ContractSpec,
): Promise<{ rows: number; broken: Map<string, number>; changes: LakeChange[] }> {
  const broken = await brokenRows(session);
  const name = quarantineOf(table);
  if (broken.size === 0 && lake.table(name) === undefined) return { rows: 0, broken, changes: [] };
  const exchange = exchangeTable(lake, name, QUARANTINE_COLUMNS);
  const files: StagedFile[] = await session.write(lake.folderOf(name), exchange.columns, asideRows(contract));
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  return { rows, broken, changes: exchange.changes(files) };
}
