import { type ColumnType, quoteName, quoteText } from '../../base/index.ts';
import type { DataFile, TableState } from '../../store/lake/index.ts';
import { sqlTypeOf } from './sql-types.ts';

/** DuckLake's name and field id for row ids that a file carries itself. */
export const OWN_ROW_ID = '_ducklake_internal_row_id';
export const OWN_ROW_ID_FIELD = 2_147_483_540;
/** The snapshot that brought a row, in a file merged from several. */
const SNAPSHOT_FIELD = 2_147_483_539;
/** The positions in a file of deleted rows. */
const POSITION_FIELD = 2_147_483_645;

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
 * Plain files that stand together are read together; one with deleted rows, or rows of several snapshots, by itself.
 */
export function scanSql(table: TableState, withRowId: boolean): string {
  if (table.files.length === 0) {
    const nulls = table.columns.map((c) => `null::${sqlTypeOf(c.type)} as ${quoteName(c.name)}`);
    if (withRowId) nulls.push('null::BIGINT as _row_id');
    return `(select ${nulls.join(', ')} where false)`;
  }
  const parts: string[] = [];
  let plain: DataFile[] = [];
  const readPlain = (): void => {
    if (plain.length > 0) parts.push(filesSql(table, plain, withRowId));
    plain = [];
  };
  for (const file of table.files) {
    if (isPlain(file)) plain.push(file);
    else {
      readPlain();
      parts.push(oddSql(table, file, withRowId));
    }
  }
  readPlain();
  return `(${parts.join(' union all ')})`;
}

function isPlain(file: DataFile): boolean {
  return !file.deleteFile && !file.deletedRows && !file.partial && !file.inlined && !file.names;
}

function oddSql(table: TableState, file: DataFile, withRowId: boolean): string {
  if (file.inlined) return inlinedSql(table, file, withRowId);
  return file.names ? namedSql(table, file, withRowId) : filesSql(table, [file], withRowId);
}

function filesSql(table: TableState, files: readonly DataFile[], withRowId: boolean): string {
  const outer = table.columns.map((column) => `c${column.id} as ${quoteName(column.name)}`);
  const fields = table.columns.map((column) => fieldEntry(column.id, `c${column.id}`, column.type));
  if (withRowId) {
    const starts = files.map((file) => file.rowIdStart).join(', ');
    const counted = `([${starts}]::BIGINT[])[file_index::BIGINT + 1] + file_row_number`;
    // A file says by itself whether it carries its rows' ids: after an update another writer gives it a start all the same.
    fields.push(fieldEntry(OWN_ROW_ID_FIELD, 'own_row_id', 'integer'));
    outer.push(`coalesce(own_row_id, ${counted}) as _row_id`);
  }
  const [first] = files;
  const conditions: string[] = [];
  if (first?.partial) {
    fields.push(fieldEntry(SNAPSHOT_FIELD, 'row_snapshot', 'integer'));
    conditions.push(`coalesce(row_snapshot, 0) <= ${table.snapshot}`);
  }
  if (first) conditions.push(...notDeleted(first, table.snapshot));
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
  const paths = files.map((file) => quoteText(literalPath(file.path))).join(', ');
  return `select ${outer.join(', ')} from read_parquet([${paths}], hive_partitioning = false, schema = MAP {${fields.join(', ')}})${where}`;
}

function notDeleted({ deletedRows, deleteFile }: DataFile, snapshot: number): string[] {
  const conditions: string[] = [];
  if (deletedRows) conditions.push(`file_row_number not in (${deletedRows.join(', ')})`);
  if (deleteFile) conditions.push(`file_row_number not in ${deletedSql(deleteFile, snapshot)}`);
  return conditions;
}

/** A file without field ids: its columns are found by the names that the catalog has noted. */
function namedSql(table: TableState, file: DataFile, withRowId: boolean): string {
  const outer = table.columns.map(({ id, name, type }) => {
    const source = file.names?.[id];
    return `${source === undefined ? 'null' : quoteName(source)}::${sqlTypeOf(type)} as ${quoteName(name)}`;
  });
  if (withRowId) outer.push(`${file.rowIdStart} + file_row_number as _row_id`);
  const conditions = notDeleted(file, table.snapshot);
  const where = conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
  return `select ${outer.join(', ')} from read_parquet([${quoteText(literalPath(file.path))}], hive_partitioning = false, file_row_number = true)${where}`;
}

/** Positions that a snapshot sees deleted. A file without DuckLake's field ids is an error: taken as empty, deleted rows would come back. */
function deletedSql(path: string, snapshot: number): string {
  const fields = [
    fieldEntry(POSITION_FIELD, 'pos', 'integer'),
    fieldEntry(SNAPSHOT_FIELD, 'row_snapshot', 'integer'),
  ];
  return `(select coalesce(pos, error('A file of deleted rows has no positions under the field id of DuckLake.'))
    from read_parquet([${quoteText(literalPath(path))}], hive_partitioning = false, schema = MAP {${fields.join(', ')}})
    where coalesce(row_snapshot, 0) <= ${snapshot})`;
}

function inlinedSql(table: TableState, { inlined = [] }: DataFile, withRowId: boolean): string {
  const outer = table.columns.map((c, i) => `v${i}::${sqlTypeOf(c.type)} as ${quoteName(c.name)}`);
  if (withRowId) outer.push('rid::BIGINT as _row_id');
  const rows = inlined.map(({ rowId, values }) => {
    const literals = values.map((value) => (value === null ? 'null' : quoteText(value)));
    return `(${[rowId, ...literals].join(', ')})`;
  });
  const names = ['rid', ...table.columns.map((_, i) => `v${i}`)];
  return `select ${outer.join(', ')} from (values ${rows.join(', ')}) t(${names.join(', ')})`;
}

function fieldEntry(id: number, name: string, type: ColumnType): string {
  return `${id}: {name: ${quoteText(name)}, type: ${quoteText(sqlTypeOf(type))}, default_value: NULL}`;
}
