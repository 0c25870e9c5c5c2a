import { join, sep } from 'node:path';
import { MillraceError } from '../../base/index.ts';
import type { Database } from '../database.ts';

/** DuckLake's rule of what a snapshot sees. Bind the snapshot twice. */
export const VISIBLE = '(begin_snapshot <= ? and (end_snapshot is null or ? < end_snapshot))';

/** A table as the catalog names it. */
export interface TableRow {
  readonly id: number;
  readonly name: string;
  readonly path: string;
  readonly relative: number;
}

/** Where a table's files lie: absolute, or below `main/`. */
export function folderOfRow(dataPath: string, table: Pick<TableRow, 'path' | 'relative'>): string {
  return table.relative ? join(dataPath, 'main', table.path.split('/').join(sep)) : table.path;
}

/**
 * The folders of all tables that the catalog knows, of whatever schema and time: `main` is the only schema of ours, but another writer's
 * files are not ours to take for orphans.
 */
export function tableFolders(database: Database, dataPath: string): Map<number, string> {
  const rows = database.all<{
    id: number;
    path: string;
    relative: number;
    schema: string;
    schemaRelative: number;
  }>(
    `select t.table_id as id, t.path as path, t.path_is_relative as relative, s.path as schema, s.path_is_relative as schemaRelative
       from ducklake_table t join ducklake_schema s on s.schema_id = t.schema_id`,
  );
  const local = (path: string): string => path.split('/').join(sep);
  return new Map(
    rows.map((row) => {
      const schema = row.schemaRelative ? join(dataPath, local(row.schema)) : row.schema;
      return [row.id, row.relative ? join(schema, local(row.path)) : row.path];
    }),
  );
}

/** What another writer left in a table and we cannot read. */
export function unsupported(
  table: Pick<TableRow, 'name'>,
  what: string,
  deed: 'read' | 'write' = 'read',
): MillraceError {
  return new MillraceError({
    code: 'MILL_LAKE_UNSUPPORTED',
    message: `Table '${table.name}' has ${what}, which Millrace cannot ${deed}.`,
    todo: 'Write the table again with the writer that did it, as a new table with plain columns.',
    owner: 'data',
  });
}
