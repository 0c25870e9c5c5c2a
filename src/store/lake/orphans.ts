import { readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import type { Database } from '../database.ts';
import type { Lake } from './lake.port.ts';
import { tableFolders } from './table-row.ts';

/**
 * Parquet files under the data path that no snapshot has ever named, sorted: left by a process that died between writing and
 * committing, by a lost conflict, or written this moment by a process that is about to commit. Look at their age before removing any.
 */
export function orphans(lake: Lake, database: Database): string[] {
  const named = new Set<string>();
  const folders = tableFolders(database, lake.dataPath);
  for (const row of database.all<{ id: number; path: string; relative: number }>(
    `select table_id as id, path, path_is_relative as relative from ducklake_data_file
     union all select table_id, path, path_is_relative from ducklake_delete_file`,
  ))
    named.add(
      row.relative ? join(folders.get(row.id) ?? lake.dataPath, row.path.split('/').join(sep)) : row.path,
    );
  // A file of an expired snapshot is not forgotten: its deletion is noted.
  for (const row of database.all<{ path: string; relative: number }>(
    'select path, path_is_relative as relative from ducklake_files_scheduled_for_deletion',
  ))
    named.add(row.relative ? join(lake.dataPath, row.path.split('/').join(sep)) : row.path);
  return readdirSync(lake.dataPath, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.parquet'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !named.has(path))
    .sort();
}
