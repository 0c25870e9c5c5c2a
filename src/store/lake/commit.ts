import { bug, type Clock, MillraceError, nearest } from '../../base/index.ts';
import type { Database } from '../database.ts';
import { addColumn, dropColumn, renameColumn, widenColumn } from './alter-columns.ts';
import { type ChangeEntry, changeText, parseChanges } from './change-text.ts';
import { compactFiles } from './compact-files.ts';
import { type Intent, refuseConflicts } from './conflicts.ts';
import type { Draft } from './draft.ts';
import { adoptFiles, replaceFiles } from './file-rows.ts';
import type { CommitNote, LakeChange } from './lake.port.ts';
import { partitionTable } from './partition-table.ts';
import { snapshotTime } from './snapshot-time.ts';
import type { TableRow } from './table-row.ts';
import { createTable, dropTable } from './table-rows.ts';
import { requireSnapshot, visibleTable, visibleTables } from './visible.ts';

interface SnapshotRow {
  readonly id: number;
  readonly time: string;
  readonly schemaVersion: number;
  readonly nextCatalogId: number;
  readonly nextFileId: number;
}

/** Makes one snapshot of all changes; see `Lake.commit`. Runs inside a transaction of the caller's. */
export function commitChanges(
  database: Database,
  dataPath: string,
  clock: Clock,
  base: number,
  changes: readonly LakeChange[],
  note: CommitNote,
): number {
  for (const { kind, table } of changes)
    if (kind === 'compact' && changes.filter((change) => change.table === table).length > 1)
      throw bug(`Table '${table}' was to be compacted and changed in one commit.`);
  const head = newestSnapshot(database);
  refuseExpired(database, base, head.id);
  if (changes.length === 0) return head.id;
  refuseConflicts(intentsOf(database, base, changes), changesSince(database, base));
  const draft: Draft = {
    database,
    dataPath,
    snapshot: head.id + 1,
    nextCatalogId: head.nextCatalogId,
    nextFileId: head.nextFileId,
    schemaChanges: new Set(),
    changes: [],
  };
  // Each change sees what those before it have done: their rows begin at the draft's own snapshot.
  for (const change of changes) apply(draft, change);
  finish(draft, head, clock, note);
  return draft.snapshot;
}

/** Snapshots that have expired cannot say any more what they did, so a commit that began before them has to begin again. */
function refuseExpired(database: Database, base: number, head: number): void {
  const { count } = database.get<{ count: number }>(
    'select count(*) as count from ducklake_snapshot where snapshot_id >= ?',
    [base],
  )!;
  if (base < head && base >= 0 && count < head - base + 1)
    throw new MillraceError({
      code: 'MILL_LAKE_CONFLICT',
      message: `This commit began at snapshot ${base}; since then snapshots have expired, and what they changed is not known any more.`,
      todo: 'Run again: it will start from the newest snapshot.',
      owner: 'service',
      retry: true,
    });
  requireSnapshot(database, base);
}

function newestSnapshot(database: Database): SnapshotRow {
  return database.get<SnapshotRow>(
    `select snapshot_id as id, snapshot_time as time, schema_version as schemaVersion, next_catalog_id as nextCatalogId,
            next_file_id as nextFileId from ducklake_snapshot order by snapshot_id desc limit 1`,
  )!;
}

function changesSince(database: Database, base: number): ChangeEntry[] {
  return database
    .all<{ made: string | null }>(
      'select changes_made as made from ducklake_snapshot_changes where snapshot_id > ? order by snapshot_id',
      [base],
    )
    .flatMap(({ made }) => parseChanges(made ?? ''));
}

/** What the changes mean for tables that were there at `base`; what happens to a table made by this very commit concerns nobody. */
function intentsOf(database: Database, base: number, changes: readonly LakeChange[]): Intent[] {
  const intents: Intent[] = [];
  const own = new Set<string>();
  for (const change of changes) {
    if (own.has(change.table)) continue;
    if (change.kind === 'create') {
      // With a drop of the same name before it, the drop speaks for both.
      if (!intents.some((mine) => mine.kind === 'drop' && mine.table === change.table))
        intents.push({ kind: 'create', table: change.table });
      own.add(change.table);
      continue;
    }
    const row = visibleTable(database, change.table, base);
    if (!row) throw tableMissing(database, change.table, base);
    intents.push({ kind: intentOf(change), table: change.table, id: row.id });
  }
  return intents;
}

function intentOf(change: Exclude<LakeChange, { kind: 'create' }>): Exclude<Intent['kind'], 'create'> {
  switch (change.kind) {
    case 'addColumn':
    case 'renameColumn':
    case 'dropColumn':
    case 'widenColumn':
    case 'partition':
      return 'alter';
    default:
      return change.kind;
  }
}

function apply(draft: Draft, change: LakeChange): void {
  if (change.kind === 'create') {
    const table = createTable(draft, change.table, change.columns);
    if (change.partitionBy) partitionTable(draft, table, change.partitionBy);
    if (change.files.length > 0) adoptFiles(draft, table, change.files);
    return;
  }
  const table = tableNow(draft, change.table);
  switch (change.kind) {
    case 'append':
      adoptFiles(draft, table, change.files);
      return;
    case 'replace':
      replaceFiles(draft, table, change.keep, change.files);
      return;
    case 'drop':
      dropTable(draft, table);
      return;
    case 'addColumn':
      addColumn(draft, table, change.column);
      return;
    case 'renameColumn':
      renameColumn(draft, table, change.column, change.to);
      return;
    case 'dropColumn':
      dropColumn(draft, table, change.column);
      return;
    case 'widenColumn':
      widenColumn(draft, table, change.column, change.type);
      return;
    case 'partition':
      partitionTable(draft, table, change.by);
      return;
    case 'compact':
      compactFiles(draft, table, change.from, change.files);
      return;
  }
}

function tableNow(draft: Draft, name: string): TableRow {
  const row = visibleTable(draft.database, name, draft.snapshot);
  if (!row) throw tableMissing(draft.database, name, draft.snapshot);
  return row;
}

function tableMissing(database: Database, name: string, snapshot: number): MillraceError {
  const names = visibleTables(database, snapshot).map((table) => table.name);
  const near = nearest(name, names);
  return new MillraceError({
    code: 'MILL_LAKE_TABLE_MISSING',
    message: `There is no table '${name}' at snapshot ${snapshot}${near ? `; the nearest name is '${near}'` : ''}.`,
    todo: 'Create it first, or correct the name.',
    owner: 'project',
  });
}

function finish(draft: Draft, head: SnapshotRow, clock: Clock, note: CommitNote): void {
  const { database, snapshot, schemaChanges } = draft;
  const schemaVersion = head.schemaVersion + (schemaChanges.size > 0 ? 1 : 0);
  // A clock set back must not make a later snapshot older.
  const time = [snapshotTime(clock.now()), head.time].sort().at(-1)!;
  database.run('insert into ducklake_snapshot values (?, ?, ?, ?, ?)', [
    snapshot,
    time,
    schemaVersion,
    draft.nextCatalogId,
    draft.nextFileId,
  ]);
  for (const table of schemaChanges)
    database.run('insert into ducklake_schema_versions values (?, ?, ?)', [snapshot, schemaVersion, table]);
  database.run('insert into ducklake_snapshot_changes values (?, ?, ?, ?, null)', [
    snapshot,
    changeText(draft.changes),
    note.author ?? null,
    note.message ?? null,
  ]);
}
