import { fingerprint, type Json, MillraceError } from '../../base/index.ts';
import type { BuildContext, Candidate, Node } from '../../graph/index.ts';
import { exchangeTable, type LakeChange, type TableState } from '../../store/lake/index.ts';
import { arrivals, type HashedFile } from './arrivals.ts';
import { hashedFiles } from './hashed-files.ts';
import { type LoadResult, loadFiles } from './load.ts';
import { recordedLoads } from './plan.ts';
import {
  lakeChanges,
  QUARANTINE_COLUMNS,
  quarantineOf,
  sourceColumns,
  type TableWrite,
} from './source-tables.ts';
import type { SourceBody } from './spec.ts';
import type { SourceVersion } from './version.ts';

/** Loads what has arrived, or everything anew, into files that a commit can adopt. */
export async function buildSource(context: BuildContext<SourceBody>): Promise<Candidate> {
  const { node, workspace, live, progress, base } = context;
  const { contract, files: spec } = node.body;
  const { lake, state, engine, clock } = workspace;
  const quarantine = quarantineOf(node.name);
  const head = { table: lake.table(node.name, base), aside: lake.table(quarantine, base) };
  const then = live && {
    table: lake.table(node.name, live.snapshot),
    aside: lake.table(quarantine, live.snapshot),
  };
  // Rows are added to what is live; a table that was dropped and made anew since then has nothing to add to.
  const extend = context.extend && then?.table !== undefined && then.table.id === head.table?.id;
  const loads = recordedLoads(workspace, live);
  const hashed = await hashedFiles(node, workspace, live === undefined);
  const found = arrivals(hashed, loads);
  refuseMoved(context, [...found.fresh, ...found.changed]);
  if (!extend) refuseGone(node, loads, hashed);
  const incoming = extend ? [...found.fresh, ...found.changed] : hashed;
  const leaving = extend ? found.changed.flatMap(({ replaces }) => replaces) : [];
  const ids = state.nextLoadIds(incoming.length);
  const columns = sourceColumns(contract);
  const fresh = {
    table: exchangeTable(lake, node.name, columns),
    aside: exchangeTable(lake, quarantine, QUARANTINE_COLUMNS),
  };
  const session = await engine.session();
  try {
    const loaded = await loadFiles({
      session,
      contract,
      spec,
      files: incoming.map(({ file }, i) => ({ found: file, load: ids[i] as number })),
      leaving,
      table: {
        state: extend ? then?.table : emptied(head.table, fresh.table.columns),
        folder: lake.folderOf(node.name),
      },
      quarantine: {
        state: extend ? then?.aside : emptied(head.aside, fresh.aside.columns),
        folder: lake.folderOf(quarantine),
      },
      now: clock.now(),
      onProgress: ({ share, files, totalFiles }) => progress(share, `${files} of ${totalFiles} files`),
    });
    const changes = extend
      ? [
          ...onto(node.name, head.table, then?.table, loaded.table),
          ...onto(quarantine, head.aside, then?.aside, loaded.quarantine),
        ]
      : [...fresh.table.changes(loaded.table.files), ...fresh.aside.changes(loaded.quarantine.files)];
    return candidateOf(context, loaded, changes, {
      incoming,
      stay: extend ? loads.map(({ load }) => load).filter((load) => !leaving.includes(load)) : [],
    });
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
function onto(
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
  { node, workspace, live }: BuildContext<SourceBody>,
  loaded: LoadResult,
  changes: LakeChange[],
  { incoming, stay }: { incoming: readonly HashedFile[]; stay: readonly number[] },
): Candidate {
  const { state, clock } = workspace;
  const loads = [...stay, ...loaded.loads.map(({ load }) => load)];
  const kept = state.loads(stay);
  const sum = (of: (load: { rows: number; quarantined: number }) => number): number =>
    [...kept, ...loaded.loads].reduce((total, load) => total + of(load), 0);
  const quarantined = sum((load) => load.quarantined);
  const rows = sum((load) => load.rows);
  const added = loaded.loads.reduce((total, load) => total + load.rows, 0);
  const aside = loaded.loads.reduce((total, load) => total + load.quarantined, 0);
  const detail: SourceVersion = { loads, quarantined, broken: Object.fromEntries(loaded.broken) };
  return {
    rows,
    note: `${added.toLocaleString('en')} rows${live && stay.length > 0 ? ' more' : ''} from ${incoming.length} files${aside > 0 ? `, ${aside.toLocaleString('en')} set aside` : ''}`,
    checks: loaded.checks,
    detail: detail as unknown as Json,
    changes,
    publish: (version) => {
      loaded.loads.forEach(({ load, path, rows, quarantined }, i) => {
        const { file, hash } = incoming[i] as HashedFile;
        state.addLoad({
          id: load,
          asset: node.name,
          version: version.id,
          path,
          hash,
          bytes: file.bytes,
          rows,
          quarantined,
          loadedAt: clock.now(),
        });
      });
    },
  };
}

/** The files must still be what the plan saw: its fingerprint is what will be recorded. */
function refuseMoved(
  { arrivals: planned, node }: BuildContext<SourceBody>,
  incoming: readonly HashedFile[],
): void {
  const now = incoming.map(({ file, hash }) => ({ path: file.path, hash }));
  if (fingerprint(now) === fingerprint(planned?.detail ?? [])) return;
  throw new MillraceError({
    code: 'MILL_SOURCE_FILES_MOVED',
    message: 'Files came, went or changed while the run was under way.',
    todo: 'Nothing is lost; the run plans again.',
    owner: 'data',
    asset: node.name,
    retry: true,
  });
}

/** Building anew takes rows from the files that are there: with some gone, rows would be lost in silence. */
function refuseGone(
  node: Node<SourceBody>,
  loads: readonly { path: string }[],
  hashed: readonly HashedFile[],
): void {
  const there = new Set(hashed.map(({ file }) => file.path));
  const gone = loads.filter(({ path }) => !there.has(path));
  if (gone.length === 0) return;
  throw new MillraceError({
    code: 'MILL_SOURCE_FILES_GONE',
    message: `It must be loaded anew because its declaration changed, but ${gone.length} of its files are gone, ${gone[0]?.path} first.`,
    todo: 'Bring the files back, or take the change of the declaration back.',
    owner: 'data',
    asset: node.name,
    place: node.place,
  });
}
