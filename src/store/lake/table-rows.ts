import { randomUUID } from 'node:crypto';
import { type ColumnDef, MillraceError } from '../../base/index.ts';
import { newTableValue } from './change-text.ts';
import { columnInvalid, insertColumn } from './column-rows.ts';
import type { Draft } from './draft.ts';
import { endRows } from './end-rows.ts';
import { forgetPartitioning } from './partitions.ts';
import { tableFolder } from './table-folder.ts';
import type { TableRow } from './table-row.ts';
import { visibleTables } from './visible.ts';

/** @throws MILL_LAKE_TABLE_EXISTS, MILL_LAKE_NAME_INVALID, MILL_LAKE_COLUMN_INVALID */
export function createTable(draft: Draft, name: string, columns: readonly ColumnDef[]): TableRow {
  checkTableName(draft, name);
  if (columns.length === 0) throw columnInvalid(name, `Table '${name}' has no columns.`);
  const id = draft.nextCatalogId++;
  const table: TableRow = { id, name, path: `${tableFolder(name)}/`, relative: 1 };
  draft.database.run('insert into ducklake_table values (?, ?, ?, null, 0, ?, ?, 1)', [
    id,
    randomUUID(),
    draft.snapshot,
    name,
    table.path,
  ]);
  const taken = new Set<string>();
  columns.forEach((column, i) => {
    insertColumn(draft, table, i + 1, column, taken);
  });
  draft.schemaChanges.add(id);
  draft.changes.push({ kind: 'created_table', value: newTableValue(name) });
  return table;
}

export function dropTable(draft: Draft, table: TableRow): void {
  if (bornIn(draft, table)) {
    forgetTable(draft, table);
    return;
  }
  // What this very commit had begun in the table comes to nothing.
  for (const about of ['ducklake_file_column_stats', 'ducklake_file_partition_value'])
    draft.database.run(
      `delete from ${about} where data_file_id in
         (select data_file_id from ducklake_data_file where table_id = ? and begin_snapshot = ?)`,
      [table.id, draft.snapshot],
    );
  forgetPartitioning(draft, table);
  forgetChanges(draft, [String(table.id)]);
  for (const rows of [
    'ducklake_table',
    'ducklake_column',
    'ducklake_column_tag',
    'ducklake_partition_info',
    'ducklake_sort_info',
    'ducklake_data_file',
    'ducklake_delete_file',
  ])
    endRows(draft, rows, 'table_id = ?', [table.id]);
  endRows(draft, 'ducklake_tag', 'object_id = ?', [table.id]);
  draft.schemaChanges.add(table.id);
  draft.changes.push({ kind: 'dropped_table', value: String(table.id) });
}

/** Whether the table is of the draft's own making. */
export function bornIn(draft: Draft, table: TableRow): boolean {
  const row = draft.database.get('select 1 from ducklake_table where table_id = ? and begin_snapshot = ?', [
    table.id,
    draft.snapshot,
  ]);
  return row !== undefined;
}

/** A table made and dropped by one commit leaves no trace but its ids, which stay used up. */
function forgetTable(draft: Draft, table: TableRow): void {
  for (const rows of [
    'ducklake_table',
    'ducklake_column',
    'ducklake_data_file',
    'ducklake_file_column_stats',
    'ducklake_table_stats',
    'ducklake_table_column_stats',
    'ducklake_partition_info',
    'ducklake_partition_column',
    'ducklake_file_partition_value',
  ])
    draft.database.run(`delete from ${rows} where table_id = ?`, [table.id]);
  draft.schemaChanges.delete(table.id);
  forgetChanges(draft, [newTableValue(table.name), String(table.id)]);
}

function forgetChanges(draft: Draft, values: readonly string[]): void {
  const left = draft.changes.filter(({ value }) => !values.includes(value));
  draft.changes.splice(0, draft.changes.length, ...left);
}

function checkTableName(draft: Draft, name: string): void {
  if (name === '' || name.includes('\0') || name.length > 1000)
    throw new MillraceError({
      code: 'MILL_LAKE_NAME_INVALID',
      message: `${JSON.stringify(name.slice(0, 80))} cannot be the name of a table.`,
      todo: 'Use one to 1,000 characters, none of them NUL.',
      owner: 'project',
    });
  const taken = visibleTables(draft.database, draft.snapshot).find(
    (table) => table.name.toLowerCase() === name.toLowerCase(),
  );
  if (taken)
    throw new MillraceError({
      code: 'MILL_LAKE_TABLE_EXISTS',
      message: `There is a table '${taken.name}' already; capitals do not count.`,
      todo: 'Append to it or replace its content, or choose another name.',
      owner: 'project',
    });
}
