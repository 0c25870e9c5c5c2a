import { join } from 'node:path';
import { MillraceError } from '../../base/index.ts';
import type { Database } from '../database.ts';
import { columnTypeOfLake } from './column-types.ts';
import { inlinedFiles } from './inlined-rows.ts';
import type { ColumnState, DataFile, TableState } from './lake.port.ts';
import { filePartitions, partitioningAt } from './partitions.ts';
import { withoutDeleted } from './row-deletes.ts';
import { folderOfRow, type TableRow, unsupported, VISIBLE } from './table-row.ts';

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
  readonly partialMax: number | null;
  readonly mapping: number | null;
  readonly partition: number | null;
  readonly odd: number;
}

/** The files of a table at a snapshot, and last the rows that another writer keeps in the catalog. */
export function visibleFiles(
  database: Database,
  dataPath: string,
  table: TableRow,
  snapshot: number,
): DataFile[] {
  const rows = database.all<FileRow>(
    `select data_file_id as id, path, path_is_relative as relative, record_count as rows, file_size_bytes as bytes,
            row_id_start as rowIdStart, begin_snapshot as since, partial_max as partialMax,
            mapping_id as mapping, partition_id as partition,
            (encryption_key is not null or lower(file_format) <> 'parquet') as odd
       from ducklake_data_file where table_id = ? and ${VISIBLE} order by data_file_id`,
    [table.id, snapshot, snapshot],
  );
  const folder = folderOfRow(dataPath, table);
  const partitions = rows.some((row) => row.partition !== null)
    ? filePartitions(database, table, snapshot)
    : undefined;
  const files = rows.map((row): DataFile => {
    const partition = partitions?.get(row.id);
    if (row.odd) throw unsupported(table, `data file ${row.id}, encrypted or of another format`);
    return {
      id: row.id,
      path: row.relative ? join(folder, row.path) : row.path,
      rows: row.rows,
      bytes: row.bytes,
      // A file without a start carries its rows' ids itself, and so may a merged one.
      rowIdStart: row.rowIdStart ?? 0,
      hasRowIds: row.rowIdStart === null || row.partialMax !== null,
      since: row.since,
      ...(row.partialMax === null ? {} : { partial: true }),
      ...(row.mapping === null ? {} : { names: mappedNames(database, table, row.mapping) }),
      ...(partition === undefined ? {} : { partition }),
    };
  });
  return [
    ...withoutDeleted(database, folder, table, snapshot, files),
    ...inlinedFiles(database, table, snapshot, visibleColumns(database, table, snapshot), (at) =>
      visibleColumns(database, table, at),
    ),
  ];
}

/** Under which names a file that was taken in as it was has the table's columns. */
function mappedNames(database: Database, table: TableRow, mapping: number): Record<number, string> {
  const rows = database.all<{ column: number; name: string; odd: number }>(
    `select target_field_id as column, source_name as name, (is_partition or parent_column is not null) as odd
       from ducklake_name_mapping where mapping_id = ?`,
    [mapping],
  );
  if (rows.some((row) => row.odd))
    throw unsupported(table, 'files with nested columns, or columns told by the names of their folders');
  return Object.fromEntries(rows.map(({ column, name }) => [column, name]));
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
  const files = visibleFiles(database, dataPath, table, snapshot);
  const partitioning = partitioningAt(database, table, snapshot);
  return {
    id: table.id,
    name: table.name,
    snapshot,
    columns: visibleColumns(database, table, snapshot),
    ...(partitioning === undefined ? {} : { partitionedBy: partitioning.keys }),
    files,
    rows: files.reduce((sum, file) => sum + file.rows, 0),
    bytes: files.reduce((sum, file) => sum + file.bytes, 0),
  };
}
