import { join, sep } from 'node:path';
import { quoteName } from '../../base/index.ts';
import type { Database } from '../database.ts';
import type { DataFile } from './lake.port.ts';
import { type TableRow, unsupported, VISIBLE } from './table-row.ts';

// Other DuckLake writers delete single rows: many at a time into a Parquet file of positions, a few as rows of the catalog.

interface DeleteRow {
  readonly file: number;
  readonly path: string;
  readonly relative: number;
  readonly count: number;
  readonly odd: number;
}

/** The files with what has been deleted from each, as a snapshot sees it. */
export function withoutDeleted(
  database: Database,
  folder: string,
  table: TableRow,
  snapshot: number,
  files: readonly DataFile[],
): DataFile[] {
  const inFiles = new Map<number, DeleteRow>();
  for (const row of database.all<DeleteRow>(
    `select data_file_id as file, path, path_is_relative as relative, delete_count as count,
            (encryption_key is not null or lower(format) <> 'parquet') as odd
       from ducklake_delete_file where table_id = ? and ${VISIBLE}`,
    [table.id, snapshot, snapshot],
  )) {
    if (row.odd) throw unsupported(table, 'deleted rows in a form that is experimental or encrypted');
    inFiles.set(row.file, row);
  }
  const inCatalog = Map.groupBy(deletedInCatalog(database, table, snapshot), (row) => row.file);
  if (inFiles.size === 0 && inCatalog.size === 0) return [...files];
  return files.map((file) => {
    const listed = inFiles.get(file.id);
    const noted = inCatalog.get(file.id)?.map((row) => row.position) ?? [];
    if (!listed && noted.length === 0) return file;
    const path = listed && (listed.relative ? join(folder, listed.path.split('/').join(sep)) : listed.path);
    return {
      ...file,
      rows: Math.max(0, file.rows - (listed?.count ?? 0) - noted.length),
      ...(path === undefined ? {} : { deleteFile: path }),
      ...(noted.length === 0 ? {} : { deletedRows: noted }),
    };
  });
}

function deletedInCatalog(
  database: Database,
  table: TableRow,
  snapshot: number,
): { file: number; position: number }[] {
  const name = inlinedDeleteTable(database, table);
  if (name === undefined) return [];
  return database.all(
    `select file_id as file, row_id as position from ${quoteName(name)} where begin_snapshot <= ? order by 1, 2`,
    [snapshot],
  );
}

/** The table of deletes that the catalog keeps for a table, when there is one. */
export function inlinedDeleteTable(database: Database, table: Pick<TableRow, 'id'>): string | undefined {
  const name = `ducklake_inlined_delete_${table.id}`;
  return database.get("select 1 from sqlite_schema where type = 'table' and name = ?", [name])
    ? name
    : undefined;
}
