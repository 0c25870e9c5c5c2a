import { randomUUID } from 'node:crypto';
import { type ColumnDef, type ColumnType, MillraceError } from '../../base/index.ts';
import { newTableValue } from './change-text.ts';
import { lakeTypeOf } from './column-types.ts';
import type { Draft } from './draft.ts';
import { endRows } from './end-rows.ts';
import { tableFolder } from './table-folder.ts';
import { type TableRow, visibleColumns, visibleTables } from './visible.ts';

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

/** A new nullable column at the end. Its id is one that the table never used. */
export function addColumn(draft: Draft, table: TableRow, column: { name: string; type: ColumnType }): void {
  const columns = visibleColumns(draft.database, table, draft.snapshot);
  const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
  const { last } = draft.database.get<{ last: number }>(
    'select max(column_id) as last from ducklake_column where table_id = ?',
    [table.id],
  )!;
  insertColumn(draft, table, last + 1, { ...column, nullable: true }, taken);
  // Rows that are there already read null in the new column.
  const stats = draft.database.get('select 1 from ducklake_table_stats where table_id = ?', [table.id]);
  if (stats)
    draft.database.run('insert into ducklake_table_column_stats values (?, ?, 1, ?, null, null, null)', [
      table.id,
      last + 1,
      column.type === 'double' ? 0 : null,
    ]);
  draft.schemaChanges.add(table.id);
  // A table of this very commit is made with the column, not altered.
  if (!bornIn(draft, table)) draft.changes.push({ kind: 'altered_table', value: String(table.id) });
}

export function dropTable(draft: Draft, table: TableRow): void {
  if (bornIn(draft, table)) {
    forgetTable(draft, table);
    return;
  }
  // What this very commit had begun in the table comes to nothing.
  draft.database.run(
    `delete from ducklake_file_column_stats where data_file_id in
       (select data_file_id from ducklake_data_file where table_id = ? and begin_snapshot = ?)`,
    [table.id, draft.snapshot],
  );
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

function bornIn(draft: Draft, table: TableRow): boolean {
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
  ])
    draft.database.run(`delete from ${rows} where table_id = ?`, [table.id]);
  draft.schemaChanges.delete(table.id);
  forgetChanges(draft, [newTableValue(table.name), String(table.id)]);
}

function forgetChanges(draft: Draft, values: readonly string[]): void {
  const left = draft.changes.filter(({ value }) => !values.includes(value));
  draft.changes.splice(0, draft.changes.length, ...left);
}

function insertColumn(
  draft: Draft,
  table: TableRow,
  id: number,
  column: ColumnDef,
  taken: Set<string>,
): void {
  const folded = column.name.toLowerCase();
  if (column.name === '' || column.name.includes('\0') || column.name.length > 1000)
    throw columnInvalid(
      table.name,
      `${JSON.stringify(column.name.slice(0, 80))} cannot be the name of a column.`,
    );
  // `_row_id` is how a scan gives a row's id, `_ducklake_internal_…` how a file does.
  if (folded === '_row_id' || folded.startsWith('_ducklake_internal'))
    throw columnInvalid(table.name, `The name '${column.name}' is kept for the lake itself.`);
  if (taken.has(folded))
    throw columnInvalid(
      table.name,
      `Table '${table.name}' has a column '${column.name}' twice; capitals do not count.`,
    );
  taken.add(folded);
  draft.database.run(
    "insert into ducklake_column values (?, ?, null, ?, ?, ?, ?, null, null, ?, null, 'literal', null)",
    [id, draft.snapshot, table.id, id, column.name, lakeTypeOf(column.type), column.nullable],
  );
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

function columnInvalid(table: string, message: string): MillraceError {
  return new MillraceError({
    code: 'MILL_LAKE_COLUMN_INVALID',
    message,
    todo: 'Rename the column.',
    owner: 'project',
    asset: table,
  });
}
