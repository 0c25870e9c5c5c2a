import { quoteName } from '../../base/index.ts';
import type { Database } from '../database.ts';
import type { ColumnState, DataFile, InlinedRow } from './lake.port.ts';
import type { TableRow } from './table-row.ts';

// Other DuckLake writers keep small inserts as rows of the catalog, in one table for each schema version, until they flush them.

/** The table's rows that are kept in the catalog, each group as a file without a path; a column younger than a group is null there. */
export function inlinedFiles(
  database: Database,
  table: TableRow,
  snapshot: number,
  columns: readonly ColumnState[],
  columnsAt: (snapshot: number) => readonly ColumnState[],
): DataFile[] {
  return inlinedTables(database, table).flatMap(({ name, version }): DataFile[] => {
    const present = new Set(
      database.all<{ name: string }>('select name from pragma_table_info(?)', [name]).map((c) => c.name),
    );
    const began = database.get<{ at: number }>(
      'select max(begin_snapshot) as at from ducklake_schema_versions where table_id = ? and schema_version <= ?',
      [table.id, version],
    );
    // The group's columns have the names of their time; ids tell which they are now.
    const then = new Map(
      (began?.at == null ? columns : columnsAt(began.at)).map((column) => [column.id, column.name]),
    );
    const chosen = columns.map(({ id }) => {
      const old = then.get(id);
      return old !== undefined && present.has(old) ? `cast(${quoteName(old)} as text)` : 'null';
    });
    const rows = database.all<Record<string, string | number | null>>(
      `select row_id as rowId, begin_snapshot as since, ${chosen.map((sql, i) => `${sql} as v${i}`).join(', ')}
         from ${quoteName(name)} where begin_snapshot <= ? and (end_snapshot is null or ? < end_snapshot) order by row_id`,
      [snapshot, snapshot],
    );
    if (rows.length === 0) return [];
    const inlined = rows.map(
      (row): InlinedRow => ({
        rowId: Number(row['rowId']),
        values: columns.map((_, i) => row[`v${i}`] as string | null),
      }),
    );
    return [
      {
        id: -version,
        path: `catalog:${name}`,
        rows: rows.length,
        bytes: 0,
        rowIdStart: 0,
        hasRowIds: true,
        since: Math.min(...rows.map((row) => Number(row['since']))),
        inlined,
      },
    ];
  });
}

/** The tables in which the catalog keeps rows of a table, by the schema version they were made for. */
export function inlinedTables(
  database: Database,
  table: Pick<TableRow, 'id'>,
): { name: string; version: number }[] {
  return database.all(
    `select table_name as name, schema_version as version from ducklake_inlined_data_tables
      where table_id = ? and table_name in (select name from sqlite_schema where type = 'table') order by schema_version`,
    [table.id],
  );
}

/** Ends the rows kept in the catalog except those of the groups to keep; tells whether there were any. */
export function endInlined(
  database: Database,
  table: TableRow,
  snapshot: number,
  keep: ReadonlySet<number>,
): boolean {
  let ended = 0;
  for (const { name, version } of inlinedTables(database, table))
    if (!keep.has(-version))
      ended += database.run(`update ${quoteName(name)} set end_snapshot = ? where end_snapshot is null`, [
        snapshot,
      ]);
  return ended > 0;
}
