import { rmSync } from 'node:fs';
import { counted, fingerprint, type Json } from '../../base/index.ts';
import type { BuildContext, Candidate } from '../../graph/index.ts';
import { exchangeTable, type LakeChange, type TableState } from '../../store/lake/index.ts';
import { historyOf, prepareReferences, statisticsOf } from '../contract/index.ts';
import type { Delivery, Reading } from './connector.port.ts';
import { connectorOf } from './connectors.ts';
import { type LoadResult, loadFiles } from './load/load.ts';
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
  const { contract, from } = node.body;
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
  const { deliveries, leaving } = reading;
  const ids = state.nextLoadIds(deliveries.length);
  const columns = sourceColumns(contract);
  const fresh = {
    table: exchangeTable(lake, node.name, columns),
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
      files: deliveries.map(({ found }, i) => ({ found, load: ids[i] as number })),
      leaving: extend ? leaving : [],
      table: {
        state: extend ? then?.table : emptied(head.table, fresh.table.columns),
        folder: lake.folderOf(node.name),
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
    const changes = extend
      ? [
          ...onto(node.name, head.table, then?.table, loaded.table),
          ...onto(quarantine, head.aside, then?.aside, loaded.quarantine),
        ]
      : [...fresh.table.changes(loaded.table.files), ...fresh.aside.changes(loaded.quarantine.files)];
    const before = live === undefined || !extend ? [] : sourceVersionOf(live).loads;
    return candidateOf(
      context,
      loaded,
      changes,
      reading,
      before.filter((load) => !leaving.includes(load)),
    );
  } finally {
    session.close();
  }
}

/** A table that keeps its columns and loses its rows; undefined when it will be made anew. */
function emptied(table: TableState | undefined, columns: TableState['columns']): TableState | undefined {
  return table?.columns === columns ? { ...table, files: [], rows: 0, bytes: 0 } : undefined;
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
  stay: readonly number[],
): Candidate {
  const { state, clock } = workspace;
  const kept = state.loads(stay);
  const readmitted = live && sourceVersionOf(live).readmitted;
  const quarantined =
    [...kept, ...loaded.loads].reduce((total, load) => total + load.quarantined, 0) -
    stay.reduce((total, load) => total + (readmitted?.byLoad[load] ?? 0), 0);
  const added = loaded.loads.reduce((total, load) => total + load.rows, 0);
  const aside = loaded.loads.reduce((total, load) => total + load.quarantined, 0);
  const reached = reading.progress !== undefined && {
    reached: {
      where: fingerprint(identityOf(node.body.from)),
      progress: reading.progress,
      planned: arrivals?.fingerprint ?? '',
      seen: reading.seen ?? arrivals?.fingerprint ?? '',
    },
  };
  const detail: SourceVersion = {
    connector: node.body.from.connector,
    loads: [...stay, ...loaded.loads.map(({ load }) => load)],
    quarantined,
    broken: Object.fromEntries(loaded.broken),
    statistics: statisticsOf(loaded.measured, stay.length === 0),
    contract: node.body.contract,
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
