import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { bug, MillraceError, quoteName } from '../../base/index.ts';
import { refuseForeignTypes } from './alter-columns.ts';
import type { Draft } from './draft.ts';
import { endRows } from './end-rows.ts';
import { endInlined } from './inlined-rows.ts';
import type { ColumnStats, DataFile, StagedFile } from './lake.port.ts';
import { partitionIdOf } from './partitions.ts';
import { inlinedDeleteTable } from './row-deletes.ts';
import { storedPath } from './table-folder.ts';
import { folderOfRow, type TableRow, unsupported } from './table-row.ts';
import { nextRowId, refreshStats } from './table-stats.ts';
import { visibleFiles } from './visible.ts';

/** DuckLake's field id of row ids that a file carries itself; a staged file may state their bounds under it. */
const OWN_ROW_ID_FIELD = 2_147_483_540;

/** Takes staged files into a table. A file without row ids of its own gets the next range. */
export function adoptFiles(
  draft: Draft,
  table: TableRow,
  files: readonly StagedFile[],
  change = 'inserted_into_table',
): void {
  if (files.length === 0) return;
  refuseForeignTypes(draft, table);
  let rowId = nextRowId(draft.database, table);
  for (const file of files) {
    checkStaged(draft, table, file, rowId);
    insertFile(draft, table, file, file.hasRowIds ? null : rowId);
    if (!file.hasRowIds) rowId += file.rows;
  }
  refreshStats(
    draft,
    table,
    rowId,
    files.flatMap((file) => file.stats),
  );
  draft.changes.push({ kind: change, value: String(table.id) });
}

/**
 * Makes a table consist of the kept and the new files. A kept file may also be one that has ended (the table is being rolled
 * back to an older state): then the same file begins again under a new id, with the row ids it had.
 */
export function replaceFiles(
  draft: Draft,
  table: TableRow,
  keep: readonly number[],
  files: readonly StagedFile[],
): void {
  const { database } = draft;
  const current = visibleFiles(database, draft.dataPath, table, draft.snapshot);
  const kept = keepPaths(draft, table, keep);
  const currentPaths = new Set<string>();
  let ended = endInlined(database, table, draft.snapshot, new Set(keep)) ? 1 : 0;
  for (const file of current) {
    if (file.inlined) continue;
    const path = pathOf(draft, file.id);
    if (kept.has(path)) currentPaths.add(path);
    else if (endFile(draft, file)) ended++;
  }
  let revived = 0;
  for (const [path, id] of kept)
    if (!currentPaths.has(path)) {
      reviveFile(draft, table, id);
      revived++;
    }
  if (ended > 0) draft.changes.push({ kind: 'deleted_from_table', value: String(table.id) });
  if (revived > 0) draft.changes.push({ kind: 'inserted_into_table', value: String(table.id) });
  if (files.length > 0) adoptFiles(draft, table, files);
  else refreshStats(draft, table, nextRowId(database, table), []);
  dropEmptyInsert(draft, table);
}

/** Ends a file with what was deleted from it. False when this very commit had brought it: then nothing of it may remain. */
export function endFile(draft: Draft, { id, since }: DataFile): boolean {
  endRows(draft, 'ducklake_data_file', 'data_file_id = ?', [id]);
  endRows(draft, 'ducklake_delete_file', 'data_file_id = ?', [id]);
  if (since !== draft.snapshot) return true;
  for (const about of ['ducklake_file_column_stats', 'ducklake_file_partition_value'])
    draft.database.run(`delete from ${about} where data_file_id = ?`, [id]);
  return false;
}

/** After an append and a replace in one commit nothing may have been inserted after all. */
function dropEmptyInsert(draft: Draft, table: TableRow): void {
  const begun = draft.database.get(
    'select 1 from ducklake_data_file where table_id = ? and begin_snapshot = ?',
    [table.id, draft.snapshot],
  );
  if (begun) return;
  const left = draft.changes.filter(
    ({ kind, value }) => kind !== 'inserted_into_table' || value !== String(table.id),
  );
  draft.changes.splice(0, draft.changes.length, ...left);
}

/** The stored paths of files to keep, each with its id. Every id must be a file of this table, at whatever snapshot. */
function keepPaths(draft: Draft, table: TableRow, keep: readonly number[]): Map<string, number> {
  const paths = new Map<string, number>();
  for (const id of keep) {
    // Rows kept in the catalog are not a file.
    if (id < 0) continue;
    const row = draft.database.get<{ path: string }>(
      'select path from ducklake_data_file where data_file_id = ? and table_id = ?',
      [id, table.id],
    );
    if (!row) throw bug(`Data file ${id}, which was to be kept, is none of table '${table.name}'.`);
    paths.set(row.path, id);
  }
  return paths;
}

function pathOf(draft: Draft, id: number): string {
  return draft.database.get<{ path: string }>('select path from ducklake_data_file where data_file_id = ?', [
    id,
  ])!.path;
}

function reviveFile(draft: Draft, table: TableRow, id: number): void {
  const { database, snapshot } = draft;
  const { partial } = database.get<{ partial: number }>(
    'select partial_max is not null as partial from ducklake_data_file where data_file_id = ?',
    [id],
  )!;
  // Which of its rows were meant cannot be told from its id.
  if (partial) throw unsupported(table, `data file ${id}, merged by another writer and ended since`, 'write');
  const again = draft.nextFileId++;
  database.run(
    `insert into ducklake_data_file
     select ?, table_id, ?, null, file_order, path, path_is_relative, file_format, record_count, file_size_bytes, footer_size,
            row_id_start, partition_id, encryption_key, mapping_id, partial_max
       from ducklake_data_file where data_file_id = ?`,
    [again, snapshot, id],
  );
  database.run(
    `insert into ducklake_file_column_stats
     select ?, table_id, column_id, column_size_bytes, value_count, null_count, min_value, max_value, contains_nan, extra_stats
       from ducklake_file_column_stats where data_file_id = ?`,
    [again, id],
  );
  database.run(
    `insert into ducklake_file_partition_value
     select ?, table_id, partition_key_index, partition_value from ducklake_file_partition_value where data_file_id = ?`,
    [again, id],
  );
  reviveDeletes(draft, table, id, again);
}

/** What another writer has deleted from a file stays deleted when the file comes back. */
function reviveDeletes(draft: Draft, table: TableRow, id: number, again: number): void {
  const { database, snapshot } = draft;
  const last = database.get<{ id: number }>(
    'select delete_file_id as id from ducklake_delete_file where data_file_id = ? order by begin_snapshot desc limit 1',
    [id],
  );
  if (last)
    database.run(
      `insert into ducklake_delete_file
       select ?, table_id, ?, null, ?, path, path_is_relative, format, delete_count, file_size_bytes, footer_size, encryption_key,
              partial_max
         from ducklake_delete_file where delete_file_id = ?`,
      [draft.nextFileId++, snapshot, again, last.id],
    );
  const noted = inlinedDeleteTable(database, table);
  if (noted !== undefined)
    database.run(
      `insert into ${quoteName(noted)} (file_id, row_id, begin_snapshot)
       select ?, row_id, ? from ${quoteName(noted)} where file_id = ?`,
      [again, snapshot, id],
    );
}

function checkStaged(draft: Draft, table: TableRow, file: StagedFile, nextId: number): void {
  if (!isAbsolute(file.path)) throw bug(`Staged file '${file.path}' has no absolute path.`);
  const size = statSync(file.path, { throwIfNoEntry: false })?.size;
  if (size !== file.bytes)
    throw new MillraceError({
      code: 'MILL_LAKE_FILE_LOST',
      message:
        size === undefined
          ? `File ${file.path}, written for table '${table.name}', is gone.`
          : `File ${file.path}, written for table '${table.name}', has ${size} bytes instead of ${file.bytes}.`,
      todo: 'Run again, and let nothing else write into the data folder.',
      owner: 'service',
      retry: true,
    });
  const ids = file.stats.find((stats) => stats.columnId === OWN_ROW_ID_FIELD);
  if (file.hasRowIds && ids && (ids.nullCount > 0 || Number(ids.min) < 0 || Number(ids.max) >= nextId))
    throw bug(`File ${file.path} carries row ids that table '${table.name}' never gave (next is ${nextId}).`);
  const { path } = storedPath(folderOfRow(draft.dataPath, table), file.path);
  if (
    draft.database.get('select 1 from ducklake_data_file where table_id = ? and path = ?', [table.id, path])
  )
    throw bug(`File ${file.path} belongs to table '${table.name}' already.`);
}

function insertFile(draft: Draft, table: TableRow, file: StagedFile, rowIdStart: number | null): void {
  const id = draft.nextFileId++;
  const stored = storedPath(folderOfRow(draft.dataPath, table), file.path);
  draft.database.run(
    "insert into ducklake_data_file values (?, ?, ?, null, null, ?, ?, 'parquet', ?, ?, ?, ?, ?, null, null, null)",
    [
      id,
      table.id,
      draft.snapshot,
      stored.path,
      stored.relative,
      file.rows,
      file.bytes,
      file.footerBytes,
      rowIdStart,
      file.partition ? partitionIdOf(draft.database, table, file.partition) : null,
    ],
  );
  file.partition?.values.forEach((value, index) => {
    draft.database.run('insert into ducklake_file_partition_value values (?, ?, ?, ?)', [
      id,
      table.id,
      index,
      value,
    ]);
  });
  for (const stats of file.stats)
    if (stats.columnId !== OWN_ROW_ID_FIELD) insertFileStats(draft, table, id, stats);
}

function insertFileStats(draft: Draft, table: TableRow, file: number, stats: ColumnStats): void {
  draft.database.run('insert into ducklake_file_column_stats values (?, ?, ?, ?, ?, ?, ?, ?, ?, null)', [
    file,
    table.id,
    stats.columnId,
    stats.bytes ?? null,
    stats.valueCount,
    stats.nullCount,
    // A bound with NUL in it cannot be read back whole by every SQLite client; unknown is always right.
    stats.min?.includes('\0') ? null : (stats.min ?? null),
    stats.max?.includes('\0') ? null : (stats.max ?? null),
    stats.hasNan ?? null,
  ]);
}
