import { join, sep } from 'node:path';
import { MillraceError, quoteName } from '../../base/index.ts';
import type { Database } from '../database.ts';
import { columnTypeOfLake } from './column-types.ts';
import type { ColumnState, DataFile, TableState } from './lake.port.ts';

/** DuckLake's rule of what a snapshot sees. Bind the snapshot twice. */
export const VISIBLE = '(begin_snapshot <= ? and (end_snapshot is null or ? < end_snapshot))';

/** The newest snapshot. */
export function headOf(database: Database): number {
  return database.get<{ head: number }>('select max(snapshot_id) as head from ducklake_snapshot')!.head;
}

/** @throws MILL_LAKE_SNAPSHOT_UNKNOWN */
export function requireSnapshot(database: Database, snapshot: number): void {
  if (database.get('select 1 from ducklake_snapshot where snapshot_id = ?', [snapshot])) return;
  throw new MillraceError({
    code: 'MILL_LAKE_SNAPSHOT_UNKNOWN',
    message: `There is no snapshot ${snapshot}; the newest is ${headOf(database)}.`,
    todo: 'Name a snapshot that exists.',
    owner: 'project',
  });
}

export interface TableRow {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly relative: number;
}

/** The tables of a snapshot, in the order of their names. */
export function visibleTables(database: Database, snapshot: number): TableRow[] {
  return database.all<TableRow>(
    `select table_id as id, table_name as name, path, path_is_relative as relative
       from ducklake_table where schema_id = 0 and ${VISIBLE} order by table_name`,
    [snapshot, snapshot],
  );
}

export function visibleTable(database: Database, name: string, snapshot: number): TableRow | undefined {
  return database.get<TableRow>(
    `select table_id as id, table_name as name, path, path_is_relative as relative
       from ducklake_table where schema_id = 0 and table_name = ? and ${VISIBLE}`,
    [name, snapshot, snapshot],
  );
}

export function visibleColumns(database: Database, table: TableRow, snapshot: number): ColumnState[] {
  const rows = database.all<{ id: number; name: string; type: string; nullable: number }>(
    `select column_id as id, column_name as name, column_type as type, nulls_allowed as nullable
       from ducklake_column where table_id = ? and ${VISIBLE} order by column_order`,
    [table.id, snapshot, snapshot],
  );
  return rows.map(({ id, name, type, nullable }) => {
    const known = columnTypeOfLake(type);
    if (!known) throw unsupported(table, `column '${name}' of type ${type}`);
    return { id, name, type: known, nullable: nullable !== 0 };
  });
}

interface FileRow {
  readonly id: number;
  readonly path: string;
  readonly relative: number;
  readonly rows: number;
  readonly bytes: number;
  readonly rowIdStart: number | null;
  readonly since: number;
  readonly odd: number;
}

export function visibleFiles(
  database: Database,
  dataPath: string,
  table: TableRow,
  snapshot: number,
): DataFile[] {
  const rows = database.all<FileRow>(
    `select data_file_id as id, path, path_is_relative as relative, record_count as rows, file_size_bytes as bytes,
            row_id_start as rowIdStart, begin_snapshot as since,
            (mapping_id is not null or partial_max is not null or encryption_key is not null
             or lower(file_format) <> 'parquet') as odd
       from ducklake_data_file where table_id = ? and ${VISIBLE} order by data_file_id`,
    [table.id, snapshot, snapshot],
  );
  const folder = folderOfRow(dataPath, table);
  return rows.map((row) => {
    if (row.odd)
      throw unsupported(table, `data file ${row.id}, mapped, merged or encrypted by another writer`);
    return {
      id: row.id,
      path: row.relative ? join(folder, row.path) : row.path,
      rows: row.rows,
      bytes: row.bytes,
      // A file without a start carries its rows' ids itself; DuckLake's own writer keeps it so after compaction.
      rowIdStart: row.rowIdStart ?? 0,
      hasRowIds: row.rowIdStart === null,
      since: row.since,
    };
  });
}

/** Where a table's files lie: absolute, or below `main/`. */
export function folderOfRow(dataPath: string, table: Pick<TableRow, 'path' | 'relative'>): string {
  return table.relative ? join(dataPath, 'main', table.path.split('/').join(sep)) : table.path;
}

/** A table as one snapshot sees it. */
export function tableState(
  database: Database,
  dataPath: string,
  name: string,
  snapshot: number,
): TableState | undefined {
  const table = visibleTable(database, name, snapshot);
  if (!table) return undefined;
  refuseRowDeletes(database, table, snapshot);
  const files = visibleFiles(database, dataPath, table, snapshot);
  return {
    id: table.id,
    name: table.name,
    snapshot,
    columns: visibleColumns(database, table, snapshot),
    files,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}

/** Another DuckLake writer may delete single rows or keep rows in the catalog. We do neither, and must not overlook it. */
function refuseRowDeletes(database: Database, table: TableRow, snapshot: number): void {
  const deletes = database.get(
    `select 1 from ducklake_delete_file where table_id = ? and ${VISIBLE} limit 1`,
    [table.id, snapshot, snapshot],
  );
  if (deletes) throw unsupported(table, 'delete files of another writer');
  const inlined = database.all<{ name: string }>(
    'select table_name as name from ducklake_inlined_data_tables where table_id = ?',
    [table.id],
  );
  for (const { name } of inlined)
    if (database.get(`select 1 from ${quoteName(name)} limit 1`))
      throw unsupported(table, 'rows kept in the catalog');
}

function unsupported(table: TableRow, what: string): MillraceError {
  return new MillraceError({
    code: 'MILL_LAKE_UNSUPPORTED',
    message: `Table '${table.name}' has ${what}, which Millrace cannot read.`,
    todo: 'Rewrite the table with the writer that did it (in DuckDB: flush inlined data, then rewrite and compact it).',
    owner: 'data',
  });
}
