import { type ColumnType, MillraceError, nearest } from '../../base/index.ts';
import { checkColumnName, columnInvalid, insertColumn } from './column-rows.ts';
import { lakeTypeOf } from './column-types.ts';
import type { Draft } from './draft.ts';
import { partitioningAt } from './partitions.ts';
import { type TableRow, unsupported } from './table-row.ts';
import { bornIn } from './table-rows.ts';
import { visibleColumns } from './visible.ts';

// Every change of a column ends its row in the catalog and begins another with the same id. Files carry the id, so they
// stay as they are: an older one is read by the newest columns, and every snapshot by its own.

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
  altered(draft, table);
}

/** @throws MILL_LAKE_COLUMN_INVALID when there is no such column, or the new name is taken or cannot be one. */
export function renameColumn(draft: Draft, table: TableRow, column: string, to: string): void {
  const { id } = columnNow(draft, table, column);
  const others = visibleColumns(draft.database, table, draft.snapshot).filter((other) => other.id !== id);
  checkColumnName(table, to, new Set(others.map(({ name }) => name.toLowerCase())));
  if (to === column) return;
  rewrite(draft, table, id, { column_name: to });
}

/** @throws MILL_LAKE_COLUMN_INVALID when there is no such column, or no other one. */
export function dropColumn(draft: Draft, table: TableRow, column: string): void {
  const { id } = columnNow(draft, table, column);
  if (visibleColumns(draft.database, table, draft.snapshot).length === 1)
    throw columnInvalid(
      table.name,
      `'${column}' is the only column of table '${table.name}'.`,
      'Drop the table instead, or add a column first.',
    );
  const { database, snapshot } = draft;
  if (partitioningAt(database, table, snapshot)?.keys.some((part) => part.columnId === id))
    throw columnInvalid(
      table.name,
      `Table '${table.name}' is partitioned by column '${column}'.`,
      'Partition the table otherwise first.',
    );
  const key = [table.id, id];
  if (wasBegun(draft, table, id))
    database.run('delete from ducklake_column where table_id = ? and column_id = ? and begin_snapshot = ?', [
      ...key,
      snapshot,
    ]);
  database.run(
    'update ducklake_column set end_snapshot = ? where table_id = ? and column_id = ? and end_snapshot is null',
    [snapshot, ...key],
  );
  // Of a column that this very commit had made nothing remains.
  if (!database.get('select 1 from ducklake_column where table_id = ? and column_id = ?', key))
    for (const stats of ['ducklake_table_column_stats', 'ducklake_file_column_stats'])
      database.run(`delete from ${stats} where table_id = ? and column_id = ?`, key);
  altered(draft, table);
}

/** The largest whole number up to which every one is a double. */
const EXACT = 2n ** 53n;

/** @throws MILL_LAKE_COLUMN_INVALID when the type does not hold every value that the column has. */
export function widenColumn(draft: Draft, table: TableRow, column: string, type: ColumnType): void {
  const { id, type: from } = columnNow(draft, table, column);
  const lakeType = lakeTypeNow(draft, table, id);
  if (lakeType === lakeTypeOf(type)) return;
  if (from !== type) {
    if (from !== 'integer' || type !== 'double')
      throw columnInvalid(
        table.name,
        `Column '${column}' is ${from}; only integer can be widened, to double.`,
        'Add a column of that type, and fill it from the old one.',
      );
    refuseInexact(draft, table, id, column);
  }
  rewrite(draft, table, id, { column_type: lakeTypeOf(type) });
  if (type === 'double')
    draft.database.run(
      'update ducklake_table_column_stats set contains_nan = coalesce(contains_nan, 0) where table_id = ? and column_id = ?',
      [table.id, id],
    );
}

/** Bounds tell whether a number is beyond what a double counts exactly: the table's, and those of its files, where another writer's narrowed the first. */
function refuseInexact(draft: Draft, table: TableRow, id: number, column: string): void {
  const bounds = draft.database
    .all<{ min: string | null; max: string | null }>(
      `select min_value as min, max_value as max from ducklake_table_column_stats where table_id = ? and column_id = ?
       union select min_value, max_value from ducklake_file_column_stats where table_id = ? and column_id = ?`,
      [table.id, id, table.id, id],
    )
    .flatMap(({ min, max }) => [min, max]);
  const wide = bounds.find(
    (bound) => bound !== null && /^-?\d+$/.test(bound) && (BigInt(bound) > EXACT || BigInt(bound) < -EXACT),
  );
  if (wide !== undefined)
    throw columnInvalid(
      table.name,
      `Column '${column}' of table '${table.name}' has had the value ${wide}; a double counts exactly up to ${EXACT} only.`,
      'Leave it an integer.',
    );
}

/**
 * New files are written in our own types; into a column of another writer's narrower one they would not fit.
 * @throws MILL_LAKE_UNSUPPORTED
 */
export function refuseForeignTypes(draft: Draft, table: TableRow): void {
  for (const { id, name, type } of visibleColumns(draft.database, table, draft.snapshot)) {
    const lakeType = lakeTypeNow(draft, table, id);
    if (lakeType !== lakeTypeOf(type))
      throw unsupported(table, `a column '${name}' of type ${lakeType}`, 'write');
  }
}

function columnNow(draft: Draft, table: TableRow, name: string): { id: number; type: ColumnType } {
  const columns = visibleColumns(draft.database, table, draft.snapshot);
  const found = columns.find((column) => column.name === name);
  if (found) return found;
  const near = nearest(
    name,
    columns.map((column) => column.name),
  );
  throw new MillraceError({
    code: 'MILL_LAKE_COLUMN_INVALID',
    message: `Table '${table.name}' has no column '${name}'${near ? `; the nearest name is '${near}'` : ''}.`,
    todo: 'Correct the name.',
    owner: 'project',
    asset: table.name,
  });
}

function lakeTypeNow(draft: Draft, table: TableRow, id: number): string {
  return draft.database.get<{ type: string }>(
    'select column_type as type from ducklake_column where table_id = ? and column_id = ? and end_snapshot is null',
    [table.id, id],
  )!.type;
}

function wasBegun(draft: Draft, table: TableRow, id: number): boolean {
  const row = draft.database.get(
    'select 1 from ducklake_column where table_id = ? and column_id = ? and begin_snapshot = ?',
    [table.id, id, draft.snapshot],
  );
  return row !== undefined;
}

function rewrite(
  draft: Draft,
  table: TableRow,
  id: number,
  to: { column_name?: string; column_type?: string },
): void {
  const { database, snapshot } = draft;
  const key = [table.id, id];
  if (!wasBegun(draft, table, id)) {
    database.run(
      `insert into ducklake_column
       select column_id, ?, null, table_id, column_order, column_name, column_type, initial_default, default_value, nulls_allowed,
              parent_column, default_value_type, default_value_dialect
         from ducklake_column where table_id = ? and column_id = ? and end_snapshot is null`,
      [snapshot, ...key],
    );
    database.run(
      `update ducklake_column set end_snapshot = ?
        where table_id = ? and column_id = ? and end_snapshot is null and begin_snapshot < ?`,
      [snapshot, ...key, snapshot],
    );
  }
  for (const [name, value] of Object.entries(to))
    database.run(
      `update ducklake_column set ${name} = ? where table_id = ? and column_id = ? and end_snapshot is null`,
      [value, ...key],
    );
  altered(draft, table);
}

/** A table of this very commit is made with its columns, not altered. */
function altered(draft: Draft, table: TableRow): void {
  draft.schemaChanges.add(table.id);
  if (!bornIn(draft, table)) draft.changes.push({ kind: 'altered_table', value: String(table.id) });
}
