import { join, sep } from 'node:path';
import { MillraceError } from '../../base/index.ts';

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
