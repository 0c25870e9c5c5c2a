import { type ColumnDef, MillraceError } from '../../base/index.ts';
import { lakeTypeOf } from './column-types.ts';
import type { Draft } from './draft.ts';
import type { TableRow } from './table-row.ts';

/** A column's first row in the catalog. `taken` has the names of the others in small letters, and gets its own. @throws MILL_LAKE_COLUMN_INVALID */
export function insertColumn(
  draft: Draft,
  table: TableRow,
  id: number,
  column: ColumnDef,
  taken: Set<string>,
): void {
  checkColumnName(table, column.name, taken);
  draft.database.run(
    "insert into ducklake_column values (?, ?, null, ?, ?, ?, ?, null, null, ?, null, 'literal', null)",
    [id, draft.snapshot, table.id, id, column.name, lakeTypeOf(column.type), column.nullable],
  );
}

/** A column that cannot be as it was asked for. */
export function columnInvalid(table: string, message: string, todo = 'Rename the column.'): MillraceError {
  return new MillraceError({
    code: 'MILL_LAKE_COLUMN_INVALID',
    message,
    todo,
    owner: 'project',
    asset: table,
  });
}

/** @throws MILL_LAKE_COLUMN_INVALID */
export function checkColumnName(table: TableRow, name: string, taken: Set<string>): void {
  const folded = name.toLowerCase();
  if (name === '' || name.includes('\0') || name.length > 1000)
    throw columnInvalid(table.name, `${JSON.stringify(name.slice(0, 80))} cannot be the name of a column.`);
  // `_row_id` is how a scan gives a row's id, `_ducklake_internal_…` how a file does.
  if (folded === '_row_id' || folded.startsWith('_ducklake_internal'))
    throw columnInvalid(table.name, `The name '${name}' is kept for the lake itself.`);
  if (taken.has(folded))
    throw columnInvalid(
      table.name,
      `Table '${table.name}' has a column '${name}' twice; capitals do not count.`,
    );
  taken.add(folded);
}
