import {
  type ColumnDef,
  counted,
  formatIntervals,
  type Instant,
  type Interval,
  type Intervals,
  type Json,
  quoteName,
} from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import type { BuildContext, Candidate } from '../../../graph/index.ts';
import {
  type ColumnState,
  exchangeTable,
  type LakeChange,
  type PartitionKey,
  type PartitionPart,
  partitionKeys,
  repartition,
  type StagedFile,
  type TableState,
} from '../../../store/lake/index.ts';
import type { Version } from '../../../store/state/index.ts';
import {
  type ContractSpec,
  failedInTable,
  historyOf,
  judgeTable,
  measure,
  newestPromised,
  standingAfter,
  standingOf,
  statisticsOf,
  tableWith,
} from '../../contract/index.ts';
import { onto, QUARANTINE_COLUMNS, quarantineOf } from '../../source/index.ts';
import {
  asideRows,
  brokenRows,
  columnDef,
  declaredRows,
  goodRows,
  judge,
  orderBy,
  viewInputs,
} from '../judge.ts';
import type { IncrementalSpec, TableBody } from '../spec.ts';
import { type Progress, type TableVersion, tableVersionOf } from '../version.ts';
import { keysApart, lateCheck, lateStanding } from './checks.ts';
import { type Arrived, chooseIntervals } from './choose.ts';
import { drivingOf } from './driving.ts';
import { filesWithin, type Kept, keptOf, type Told } from './keep.ts';
import { ownRows, refuseOutside, rowsOf } from './rows.ts';
import { stepSql } from './step.ts';
import { type Driving, reachedBy, touchedSteps, wholeSpan } from './touched.ts';
import { writeByTime } from './write.ts';

/** The parts of a body that a table built by intervals has for sure. */
interface ByIntervals {
  readonly contract: ContractSpec & { readonly eventTime: string };
  readonly incremental: IncrementalSpec;
}

/**
 * Builds the intervals that changed rows touch, and leaves the rows of all others as they are. Without a `lookBack` the table then has the rows it
 * would have if it were built as a whole.
 */
export async function buildIncremental(context: BuildContext<TableBody>): Promise<Candidate> {
  const { node, graph, workspace, input, live, progress } = context;
  const { contract, incremental } = node.body as TableBody & ByIntervals;
  const session = await workspace.engine.session();
  try {
    const past = pastOf(context);
    const before = past && tableVersionOf(live as Version).progress;
    const driving = drivingOf(node, graph, workspace, past && live, input);
    progress(0, 'looking for touched intervals');
    const arrived = await arrivedIn(session, driving, incremental, before);
    const chosen = chooseIntervals(incremental, before, arrived, context.backfill);
    progress(0.1, `building ${formatIntervals(chosen.built)}`);
    await viewInputs(session, context);
    const seen = driving.map(({ within, now, eventTime }) => ({
      within,
      eventTime,
      rows: (interval: Interval) =>
        declaredRows(session, { ...now, files: filesWithin(workspace.lake, now, eventTime, [interval]) }),
    }));
    const rows = rowsOf(node.body, seen, chosen.built);
    await session.run(`create temp table raw as ${rows}`);
    await refuseOutside(session, node, contract.eventTime, 'raw', chosen.built);
    await judge(session, contract, ownRows('raw', contract.eventTime));
    progress(0.6, 'writing');
    return await candidateOf(context, session, past, chosen);
  } finally {
    session.close();
  }
}

/** What the live version holds, where it is to be gone on from. */
interface Past {
  readonly table: TableState;
  readonly aside: TableState | undefined;
}

/** Undefined when everything is built anew: also when the table was dropped and made again since the live version. */
function pastOf({ node, workspace: { lake }, live, base, extend }: BuildContext): Past | undefined {
  if (!extend || live === undefined) return undefined;
  const table = lake.table(node.name, live.snapshot);
  if (table === undefined || table.id !== lake.table(node.name, base)?.id) return undefined;
  return { table, aside: lake.table(quarantineOf(node.name), live.snapshot) };
}

/** Event time that the changes of all inputs reach. Of an input of which the former state is not known any more, all there ever was. */
async function arrivedIn(
  session: Session,
  driving: readonly Driving[],
  { every }: IncrementalSpec,
  before: Progress | undefined,
): Promise<Arrived> {
  const reached: Interval[] = [];
  let newest: Instant | null = null;
  for (const one of driving) {
    const touched =
      before === undefined ? await wholeSpan(session, one) : await touchedSteps(session, one, every);
    reached.push(...reachedBy(touched.steps, one.within));
    if (one.before === undefined) reached.push(...(before?.covered ?? []));
    if (touched.newest !== null) newest = Math.max(touched.newest, newest ?? touched.newest);
  }
  return { reached, newest };
}

async function candidateOf(
  context: BuildContext<TableBody>,
  session: Session,
  past: Past | undefined,
  chosen: Progress,
): Promise<Candidate> {
  const { node, workspace, live } = context;
  const { contract, incremental } = node.body as TableBody & ByIntervals;
  const { lake, clock, state } = workspace;
  const { eventTime } = contract;
  const at = quoteName(eventTime);
  const table = await renewed(context, session, node.name, contract.columns.map(columnDef), {
    past: past?.table,
    partitionBy: node.body.partitionBy,
    told: { at, hit: (then, intervals) => filesWithin(lake, then, eventTime, intervals) },
    built: chosen.built,
    write: (columns, partitionBy) =>
      writeByTime(
        session,
        lake.folderOf(node.name),
        columns,
        partitionBy,
        { sql: goodRows(contract), order: orderBy(contract), eventTime },
        incremental.every,
      ),
  });
  const broken = await brokenRows(session);
  const aside = await setAside(context, session, past?.aside, chosen.built);
  const all = session.scan(tableWith(table.columns, table.kept.stay, [...table.kept.files, ...table.made]));
  const made = session.scan(tableWith(table.columns, [], table.made));
  const kept = session.scan(tableWith(table.columns, table.kept.stay, table.kept.files));
  const [facts] = await session.rows<{ rows: number; newest: Instant | null }>(
    `select count(*) as rows, epoch_us(max(${at})) as newest from ${all}`,
  );
  const { rows = 0, newest = null } = facts ?? {};
  const measured = await measure(session, contract, { table: all, load: made });
  const history = historyOf(contract, state.versions(node.name), past === undefined);
  const now = clock.now();
  const newestPast = await newestPromised(session, contract, all, now);
  const checks = [
    ...judgeTable(contract, { rows, newest: newestPast, broken, measured, history }, now),
    ...(await keysApart(session, contract, { made, kept })),
    ...lateCheck(node.name, incremental.lookBack, chosen),
  ];
  const failed = failedInTable(contract, checks);
  const before = past && live ? standingOf(live)?.failing : undefined;
  const standing = standingAfter(before, chosen.built, failed, true);
  const detail: TableVersion = {
    newest,
    quarantined: aside.rows,
    broken: Object.fromEntries(broken),
    statistics: statisticsOf(measured, past === undefined),
    contract,
    standing: { ...standing, failing: { ...standing.failing, ...lateStanding(chosen) } },
    progress: chosen,
  };
  const built = past === undefined ? '' : `, ${formatIntervals(chosen.built)} built`;
  return {
    rows,
    note: `${counted(rows, 'row')}${built}${aside.rows === 0 ? '' : `, ${aside.rows.toLocaleString('en')} set aside`}`,
    checks,
    detail: detail as unknown as Json,
    changes: [...table.changes, ...aside.changes],
  };
}

/** How a table of the lake is renewed. */
interface Renewal {
  /** As the live version has it; undefined when it is made anew. */
  readonly past: TableState | undefined;
  readonly told: Told;
  readonly built: Intervals;
  readonly write: (
    columns: readonly ColumnState[],
    partitionBy: readonly PartitionKey[],
  ) => Promise<readonly StagedFile[]>;
  readonly partitionBy?: readonly PartitionPart[] | undefined;
}

interface Renewed {
  readonly columns: readonly ColumnState[];
  readonly kept: Kept;
  readonly made: readonly StagedFile[];
  readonly changes: readonly LakeChange[];
}

/** Gives a table the rows of the intervals that were built, beside those of all others. */
async function renewed(
  { workspace: { lake }, base }: BuildContext<TableBody>,
  session: Session,
  name: string,
  columns: readonly ColumnDef[],
  { past, told, built, write, partitionBy }: Renewal,
): Promise<Renewed> {
  if (past === undefined) {
    const exchange = exchangeTable(lake, name, columns, partitionBy);
    const made = await write(exchange.columns, exchange.partitionBy);
    return {
      columns: exchange.columns,
      kept: { stay: [], files: [] },
      made,
      changes: exchange.changes(made),
    };
  }
  const kept = await keptOf(session, lake, past, told, built);
  const made = await write(past.columns, partitionKeys(past.columns, partitionBy));
  const left = kept.stay.length === past.files.length ? {} : { keep: kept.stay.map(({ id }) => id) };
  const files = [...kept.files, ...made];
  const head = lake.table(name, base);
  const changes = [
    ...repartition(head, partitionBy),
    ...onto(name, head, past, { columns: past.columns, files, ...left }),
  ];
  return { columns: past.columns, kept, made, changes };
}

/** Sets rows aside under the beginning of their interval, in place of what those intervals had set aside before. */
async function setAside(
  context: BuildContext<TableBody>,
  session: Session,
  past: TableState | undefined,
  built: Intervals,
): Promise<{ rows: number; changes: readonly LakeChange[] }> {
  const { node, workspace } = context;
  const { contract, incremental } = node.body as TableBody & ByIntervals;
  const { lake } = workspace;
  const name = quarantineOf(node.name);
  const i = contract.columns.findIndex((column) => column.name === contract.eventTime);
  const step = `make_timestamp(${stepSql(`epoch_us(v${i})`, incremental.every)})`;
  const rows = asideRows(contract, `strftime(${step}, '%Y-%m-%dT%H:%M:%SZ')`);
  const [some] = await session.rows<{ n: number }>(`select count(*) as n from (${rows})`);
  if (Number(some?.n) === 0 && lake.table(name, context.base) === undefined) return { rows: 0, changes: [] };
  const { kept, made, changes } = await renewed(context, session, name, QUARANTINE_COLUMNS, {
    past,
    told: { at: `replace(_file, 'Z', '')::TIMESTAMP`, hit: ({ files }) => files },
    built,
    write: (columns) => session.write(lake.folderOf(name), columns, rows),
  });
  const count = [...kept.stay, ...kept.files, ...made].reduce((sum, file) => sum + file.rows, 0);
  return { rows: count, changes };
}
