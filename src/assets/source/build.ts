import { rmSync } from 'node:fs';
import { counted, fingerprint, type Json, MillraceError } from '../../base/index.ts';
import { gather, type Session } from '../../engine/index.ts';
import type { BuildContext, Candidate } from '../../graph/index.ts';
import {
  exchangeTable,
  type LakeChange,
  partitionKeys,
  repartition,
  type TableState,
} from '../../store/lake/index.ts';
import type { LoadRange, State } from '../../store/state/index.ts';
import {
  failedInTable,
  historyOf,
  prepareReferences,
  spanOf,
  standingAfter,
  standingOf,
  statisticsOf,
} from '../contract/index.ts';
import type { Delivery, Reading } from './connector.port.ts';
import { connectorOf } from './connectors.ts';
import { type LoadResult, loadFiles } from './load/load.ts';
import { withLoads, withoutLoads } from './load-ranges.ts';
import { askedOf, identityOf, named } from './plan.ts';
import { pullFolder, sweptPulls } from './pulls.ts';
import {
  lakeChanges,
  QUARANTINE_COLUMNS,
  quarantineOf,
  sourceColumns,
  type TableWrite,
} from './source-tables.ts';
import type { SourceBody } from './spec.ts';
import { type SourceVersion, sourceVersionOf } from './version.ts';

/** Loads what has arrived, or everything anew, into files that a commit can adopt. */
export async function buildSource(context: BuildContext<SourceBody>): Promise<Candidate> {
  let made: string | undefined;
  const tempFolder = () => {
    made ??= pullFolder(context.workspace, context.node.name);
    return made;
  };
  try {
    return await buildIn(context, tempFolder);
  } finally {
    if (made !== undefined) rmSync(made, { recursive: true, force: true });
  }
}

async function buildIn(context: BuildContext<SourceBody>, tempFolder: () => string): Promise<Candidate> {
  const { node, workspace, live, progress, base, arrivals } = context;
  const { contract, from, partitionBy } = node.body;
  const { lake, state, engine, clock } = workspace;
  const quarantine = quarantineOf(node.name);
  const head = { table: lake.table(node.name, base), aside: lake.table(quarantine, base) };
  const then = live && {
    table: lake.table(node.name, live.snapshot),
    aside: lake.table(quarantine, live.snapshot),
  };
  // Rows are added to what is live; a table that was dropped and made anew since then has nothing to add to.
  const extend = context.extend && then?.table !== undefined && then.table.id === head.table?.id;
  const asked = askedOf(node, live, workspace);
  const planned = arrivals?.detail ?? null;
  const reading = await named(node, () =>
    connectorOf(from).read({
      ...asked,
      extend,
      planned,
      progress,
      signal: context.signal,
      // Made when it is asked for: files lie where they are.
      get tempFolder() {
        return tempFolder();
      },
    }),
  );
  const { leaving, bring } = reading;
  const deliveries = [...reading.deliveries];
  const ids = state.nextLoadIds(deliveries.length);
  const columns = sourceColumns(contract);
  const fresh = {
    table: exchangeTable(lake, node.name, columns, partitionBy),
    aside: exchangeTable(lake, quarantine, QUARANTINE_COLUMNS),
  };
  const session = await engine.session();
  try {
    await prepareReferences(session, contract, (name) =>
      session.scan(lake.table(name, context.input(name).snapshot) as TableState),
    );
    const loaded = await loadFiles({
      session,
      contract,
      history: historyOf(contract, state.versions(node.name), !extend),
      spec: reading.form,
      replaces: reading.replaces,
      ...(reading.judged === undefined ? {} : { judged: reading.judged }),
      files: deliveries.map(({ found }, i) => ({ found, load: ids[i] as number })),
      ...(bring === undefined
        ? {}
        : {
            bring: async (places) => {
              const brought = await named(node, () => bring(places));
              brought.forEach((delivery, i) => {
                deliveries[places[i] as number] = delivery;
              });
              return brought.map(({ found }) => found);
            },
          }),
      leaving: extend ? leaving : [],
      table: {
        state: extend ? then?.table : emptied(head.table, fresh.table.columns),
        folder: lake.folderOf(node.name),
        partitionBy: partitionKeys(
          extend && then?.table ? then.table.columns : fresh.table.columns,
          partitionBy,
        ),
      },
      quarantine: {
        state: extend ? then?.aside : emptied(head.aside, fresh.aside.columns),
        folder: lake.folderOf(quarantine),
      },
      now: clock.now(),
      // Beside what it becomes: the system's own temporary folder may be small, and nobody looks there for what a killed process left.
      tempFolder: sweptPulls(workspace),
      onProgress: ({ share, files, totalFiles }) => progress(share, `${files} of ${totalFiles} files`),
    });
    const small = (name: string, live: TableState | undefined, write: TableWrite): Promise<TableWrite> =>
      withGathered(session, lake.folderOf(name), live, write);
    const changes = extend
      ? [
          ...repartition(head.table, partitionBy),
          ...onto(node.name, head.table, then?.table, await small(node.name, then?.table, loaded.table)),
          ...onto(
            quarantine,
            head.aside,
            then?.aside,
            await small(quarantine, then?.aside, loaded.quarantine),
          ),
        ]
      : [...fresh.table.changes(loaded.table.files), ...fresh.aside.changes(loaded.quarantine.files)];
    const before = live === undefined || !extend ? [] : sourceVersionOf(live).loads;
    return candidateOf(context, loaded, changes, { ...reading, deliveries }, withoutLoads(before, leaving));
  } finally {
    session.close();
  }
}

/** A table that keeps its columns and loses its rows; undefined when it will be made anew. */
function emptied(table: TableState | undefined, columns: TableState['columns']): TableState | undefined {
  return table?.columns === columns ? { ...table, files: [], rows: 0, bytes: 0 } : undefined;
}

/** A write that brings rows also puts the small files together that the table has by now. */
async function withGathered(
  session: Session,
  folder: string,
  live: TableState | undefined,
  write: TableWrite,
): Promise<TableWrite> {
  if (live === undefined || write.files.length === 0) return write;
  const { columns, keep } = write;
  const found = await gather(session, folder, live, { columns, ...(keep === undefined ? {} : { keep }) });
  return found === undefined ? write : { columns, keep: found.keep, files: [...found.files, ...write.files] };
}

/**
 * Changes that add to the live version's table. Usually that is the newest state of the table; after a roll-back the newest state has
 * rows that the live version has not, and these must not come back with the addition.
 */
export function onto(
  name: string,
  head: TableState | undefined,
  live: TableState | undefined,
  write: TableWrite,
): LakeChange[] {
  const same =
    head?.files.length === live?.files.length &&
    head?.files.every((file, i) => file.path === live?.files[i]?.path);
  const keep = write.keep ?? (same ? undefined : (live?.files ?? []).map((file) => file.id));
  return lakeChanges(name, head, keep === undefined ? write : { ...write, keep });
}

function candidateOf(
  { node, workspace, live, arrivals }: BuildContext<SourceBody>,
  loaded: LoadResult,
  changes: LakeChange[],
  reading: Reading,
  stay: readonly LoadRange[],
): Candidate {
  const { state, clock } = workspace;
  const readmitted = live && sourceVersionOf(live).readmitted;
  const added = loaded.loads.reduce((total, load) => total + load.rows, 0);
  const aside = loaded.loads.reduce((total, load) => total + load.quarantined, 0);
  const reached = reading.progress !== undefined && {
    reached: {
      where: fingerprint(identityOf(node.body.from)),
      progress: reading.progress,
      planned: arrivals?.fingerprint ?? '',
      seen:
        (typeof reading.seen === 'function' ? reading.seen(reading.deliveries) : reading.seen) ??
        arrivals?.fingerprint ??
        '',
    },
  };
  const detail: SourceVersion = {
    connector: node.body.from.connector,
    loads: withLoads(
      state.joinRanges(node.name, stay),
      loaded.loads.map(({ load }) => load),
    ),
    quarantined: loaded.quarantined,
    broken: Object.fromEntries(loaded.broken),
    statistics: statisticsOf(loaded.measured, stay.length === 0),
    contract: node.body.contract,
    ...(node.body.contract.eventTime === undefined
      ? {}
      : {
          standing: standingAfter(
            stay.length === 0 || live === undefined ? undefined : standingOf(live)?.failing,
            spanOf(loaded.eventTime?.min, loaded.eventTime?.max),
            failedInTable(node.body.contract, loaded.checks),
            false,
          ),
        }),
    ...(readmitted === undefined ? {} : { readmitted }),
    ...reached,
  };
  return {
    rows: loaded.rows,
    note: `${counted(added, 'row')}${live && stay.length > 0 ? ' more' : ''} from ${reading.from}${aside > 0 ? `, ${aside.toLocaleString('en')} set aside` : ''}`,
    checks: loaded.checks,
    detail: detail as unknown as Json,
    changes,
    publish: (version) => {
      refuseLate(node.name, loaded, state);
      loaded.loads.forEach(({ load, path, rows, quarantined }, i) => {
        const { found, hash } = reading.deliveries[i] as Delivery;
        state.addLoad({
          id: load,
          asset: node.name,
          version: version.id,
          path,
          hash,
          bytes: found.bytes,
          rows,
          quarantined,
          loadedAt: clock.now(),
        });
      });
    },
  };
}

/**
 * Loads of a source are recorded in the order of their ids. Only then does a range that was joined over ids without a load stay true:
 * a build that was overtaken, by versions that were taken back since, begins again with higher ones.
 */
function refuseLate(asset: string, { loads }: LoadResult, state: State): void {
  const newest = state.newestLoad(asset);
  if (loads.every(({ load }) => load > newest)) return;
  throw new MillraceError({
    code: 'MILL_RUN_BEATEN',
    message: `Another run has published load ${newest} of ${asset} while this one was building an earlier one.`,
    todo: 'Nothing is lost; the run plans again from there.',
    owner: 'service',
    asset,
    retry: true,
  });
}
