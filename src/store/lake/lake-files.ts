import { join, sep } from 'node:path';
import type { Database } from '../database.ts';
import type { Lake } from './lake.port.ts';
import { tableFolders } from './table-row.ts';

/** A file that the catalog names, as it should lie on disk. */
export interface LakeFile {
  /** The newest name of the table it belongs to. */
  readonly table: string;
  /** Absolute. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly footerBytes: number;
  /** The first snapshot that sees it. */
  readonly since: number;
  /** The first that does not any more, or null. */
  readonly until: number | null;
}

interface Row extends Omit<LakeFile, 'table'> {
  readonly relative: number;
  readonly id: number;
  readonly name: string;
}

/** Every Parquet file that any snapshot names, data and deletes, once, in the order of their paths. */
export function lakeFiles(lake: Lake, database: Database): LakeFile[] {
  const folders = tableFolders(database, lake.dataPath);
  return database
    .all<Row>(
      `select t.table_name as name, f.table_id as id, f.path as path,
              f.path_is_relative as relative, max(f.rows) as rows, max(f.bytes) as bytes, max(f.footer) as footerBytes,
              min(f.since) as since,
              case when count(*) = count(f.until) then max(f.until) end as until
         from (select table_id, path, path_is_relative, record_count as rows, file_size_bytes as bytes, footer_size as footer,
                      begin_snapshot as since, end_snapshot as until from ducklake_data_file where lower(file_format) = 'parquet' and encryption_key is null
               union all
               select table_id, path, path_is_relative, delete_count, file_size_bytes, footer_size, begin_snapshot, end_snapshot
                 from ducklake_delete_file where lower(format) = 'parquet' and encryption_key is null) f
         join (select table_id, table_name, max(begin_snapshot) from ducklake_table group by table_id) t
           on t.table_id = f.table_id
        group by f.table_id, f.path, f.path_is_relative order by t.table_name, f.path`,
    )
    .map(({ id, name, relative, path, ...file }) => ({
      ...file,
      table: name,
      path: relative ? join(folders.get(id) ?? lake.dataPath, path.split('/').join(sep)) : path,
    }));
}
