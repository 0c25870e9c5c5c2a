import type { Database } from '../database.ts';
import type { FileStats, TableState } from './lake.port.ts';

/** What the catalog knows of one column, file by file. */
export function fileStatsOf(database: Database, table: TableState, column: string): Map<number, FileStats> {
  const known = table.columns.find(({ name }) => name === column);
  if (known === undefined) return new Map();
  const wanted = new Set(table.files.map(({ id }) => id));
  const rows = database.all<{ id: number; min: string | null; max: string | null; nulls: number | null }>(
    `select data_file_id as id, min_value as min, max_value as max, null_count as nulls
       from ducklake_file_column_stats where table_id = ? and column_id = ?`,
    [table.id, known.id],
  );
  return new Map(
    rows
      .filter(({ id }) => wanted.has(id))
      .map(({ id, min, max, nulls }) => [
        id,
        {
          ...(min === null ? {} : { min }),
          ...(max === null ? {} : { max }),
          ...(nulls === null ? {} : { nullCount: nulls }),
        },
      ]),
  );
}
