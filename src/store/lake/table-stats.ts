import type { Database } from '../database.ts';
import { type Bounds, joinBounds } from './bounds.ts';
import type { Draft } from './draft.ts';
import { inlinedTables } from './inlined-rows.ts';
import type { ColumnState, ColumnStats } from './lake.port.ts';
import { inlinedDeleteTable } from './row-deletes.ts';
import { type TableRow, VISIBLE } from './table-row.ts';
import { visibleColumns, visibleFiles } from './visible.ts';

/** The first row id that the table has never given. */
export function nextRowId(database: Database, table: TableRow): number {
  return (
    database.get<{ next: number }>(
      'select next_row_id as next from ducklake_table_stats where table_id = ?',
      [table.id],
    )?.next ?? 0
  );
}

/**
 * Brings a table's row in `ducklake_table_stats` up to its files, and widens the columns' bounds by those of new files. Bounds only ever
 * widen, so that they hold for older snapshots too.
 */
export function refreshStats(
  draft: Draft,
  table: TableRow,
  next: number,
  added: readonly ColumnStats[],
): void {
  const { database } = draft;
  const { rows, bytes } = totals(draft, table);
  const changed = database.run(
    'update ducklake_table_stats set record_count = ?, next_row_id = ?, file_size_bytes = ? where table_id = ?',
    [rows, next, bytes, table.id],
  );
  if (changed === 0)
    database.run('insert into ducklake_table_stats values (?, ?, ?, ?)', [table.id, rows, next, bytes]);
  for (const column of visibleColumns(database, table, draft.snapshot)) widen(draft, table, column, added);
}

/** Summed up by the database, since a table may have thousands of files; where rows are deleted or kept in the catalog, file by file. */
function totals({ database, dataPath, snapshot }: Draft, table: TableRow): { rows: number; bytes: number } {
  const others =
    inlinedTables(database, table).length > 0 ||
    inlinedDeleteTable(database, table) !== undefined ||
    database.get('select 1 from ducklake_delete_file where table_id = ?', [table.id]) !== undefined;
  if (!others)
    return database.get<{ rows: number; bytes: number }>(
      `select coalesce(sum(record_count), 0) as rows, coalesce(sum(file_size_bytes), 0) as bytes
         from ducklake_data_file where table_id = ? and ${VISIBLE}`,
      [table.id, snapshot, snapshot],
    )!;
  const files = visibleFiles(database, dataPath, table, snapshot);
  return {
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}

interface StatsRow {
  readonly nulls: number | null;
  readonly nans: number | null;
  readonly min: string | null;
  readonly max: string | null;
}

function widen(
  { database, snapshot }: Draft,
  table: TableRow,
  column: ColumnState,
  added: readonly ColumnStats[],
): void {
  const news = added.filter((stats) => stats.columnId === column.id);
  if (news.length === 0) return;
  const where = [table.id, column.id];
  const old = database.get<StatsRow>(
    `select contains_null as nulls, contains_nan as nans, min_value as min, max_value as max
       from ducklake_table_column_stats where table_id = ? and column_id = ?`,
    where,
  );
  // Another writer keeps none for some columns: of the values that are there nothing is known, and a row would say that there are none.
  if (
    !old &&
    database.get('select 1 from ducklake_data_file where table_id = ? and begin_snapshot < ?', [
      table.id,
      snapshot,
    ])
  )
    return;
  let bounds: Bounds | undefined = old && { min: old.min ?? undefined, max: old.max ?? undefined };
  let nulls = (old?.nulls ?? 0) !== 0;
  let nans = (old?.nans ?? 0) !== 0;
  for (const stats of news) {
    nulls ||= stats.nullCount > 0;
    nans ||= stats.hasNan ?? false;
    // A file of nulls alone says nothing about the values.
    if (stats.valueCount === 0) continue;
    const own = { min: clean(stats.min), max: clean(stats.max) };
    bounds = bounds ? joinBounds(column.type, bounds, own) : own;
  }
  const values = [nulls, column.type === 'double' ? nans : null, bounds?.min ?? null, bounds?.max ?? null];
  if (old)
    database.run(
      `update ducklake_table_column_stats set contains_null = ?, contains_nan = ?, min_value = ?, max_value = ?
        where table_id = ? and column_id = ?`,
      [...values, ...where],
    );
  else
    database.run('insert into ducklake_table_column_stats values (?, ?, ?, ?, ?, ?, null)', [
      ...where,
      ...values,
    ]);
}

function clean(bound: string | undefined): string | undefined {
  return bound?.includes('\0') ? undefined : bound;
}
