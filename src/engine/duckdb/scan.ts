import { type ColumnType, quoteName, quoteText } from '../../base/index.ts';
import type { TableState } from '../../store/lake/index.ts';
import { sqlTypeOf } from './sql-types.ts';

/** DuckLake's name and field id for row ids that a file carries itself. */
export const OWN_ROW_ID = '_ducklake_internal_row_id';
export const OWN_ROW_ID_FIELD = 2_147_483_540;

/**
 * A path for `read_parquet` that names one file. DuckDB takes `*`, `?` and `[` as patterns, even in the name of a folder and
 * even when a file of that very name exists; in brackets they mean themselves. In a pattern a backslash cannot be
 * written, so there it is given as any one character; the file's uuid keeps the match unique.
 */
export function literalPath(path: string): string {
  if (!/[*?[]/.test(path)) return path;
  return path.replace(/[*?[]/g, '[$&]').replaceAll('\\', '?');
}

/**
 * The SQL of a lake table: columns found by field id, so that a rename does not matter and a column younger than a file is
 * null there. Inside, columns go by `c<id>`: no name of a user's can clash with DuckDB's `file_index` and `file_row_number`.
 */
export function scanSql(table: TableState, withRowId: boolean): string {
  const outer = table.columns.map((column) => `c${column.id} as ${quoteName(column.name)}`);
  if (table.files.length === 0) {
    const nulls = table.columns.map((c) => `null::${sqlTypeOf(c.type)} as ${quoteName(c.name)}`);
    if (withRowId) nulls.push('null::BIGINT as _row_id');
    return `(select ${nulls.join(', ')} where false)`;
  }
  const fields = table.columns.map((column) => fieldEntry(column.id, `c${column.id}`, column.type));
  if (withRowId) {
    const starts = table.files.map((file) => file.rowIdStart).join(', ');
    const counted = `([${starts}]::BIGINT[])[file_index::BIGINT + 1] + file_row_number`;
    if (table.files.some((file) => file.hasRowIds)) {
      fields.push(fieldEntry(OWN_ROW_ID_FIELD, 'own_row_id', 'integer'));
      outer.push(`coalesce(own_row_id, ${counted}) as _row_id`);
    } else outer.push(`${counted} as _row_id`);
  }
  const paths = table.files.map((file) => quoteText(literalPath(file.path))).join(', ');
  return `(select ${outer.join(', ')} from read_parquet([${paths}], hive_partitioning = false, schema = MAP {${fields.join(', ')}}))`;
}

function fieldEntry(id: number, name: string, type: ColumnType): string {
  return `${id}: {name: ${quoteText(name)}, type: ${quoteText(sqlTypeOf(type))}, default_value: NULL}`;
}
