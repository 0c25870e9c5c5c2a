import { type DuckDBConnection, JSDuckDBValueConverter } from '@duckdb/node-api';
import { bug, quoteName, quoteText } from '../../base/index.ts';
import type { ColumnState, ColumnStats } from '../../store/lake/index.ts';
import { OWN_ROW_ID, OWN_ROW_ID_FIELD } from './scan.ts';

/** What DuckDB tells of a Parquet file that it has written. */
export interface Written {
  readonly rows: number;
  readonly bytes: number;
  readonly footerBytes: number;
  readonly columns: readonly ColumnStats[];
}

/** Writes a query's rows as one Parquet file. It gives the columns in their types, by name and with their field ids. */
export async function copyFile(
  connection: DuckDBConnection,
  path: string,
  columns: readonly ColumnState[],
  sql: string,
  withRowIds: boolean,
): Promise<Written> {
  const ids = columns.map((c) => `${quoteText(c.name)}: ${c.id}`);
  if (withRowIds) ids.push(`${OWN_ROW_ID}: ${OWN_ROW_ID_FIELD}`);
  // zstd: half of snappy's bytes (10.9 against 20.7 MB for a million payments) for 1.4 times its writing time; reading is even.
  const reader = await connection.runAndReadAll(
    `copy (${sql}) to ${quoteText(path)} ` +
      `(format parquet, compression zstd, field_ids {${ids.join(', ')}}, return_stats)`,
  );
  const [row] = reader.convertRowObjects(JSDuckDBValueConverter) as Record<string, unknown>[];
  if (!row) throw bug('COPY gave no statistics.');
  const given = new Map(
    (row['column_statistics'] as { key: string; value: { key: string; value: string }[] }[]).map((entry) => [
      entry.key,
      new Map(entry.value.map(({ key, value }) => [key, value])),
    ]),
  );
  const rows = Number(row['count']);
  // The row ids' own bounds go along, so that a commit can refuse ids that the table never gave.
  const own = { id: OWN_ROW_ID_FIELD, name: OWN_ROW_ID, type: 'integer', nullable: false } as const;
  const written: readonly ColumnState[] = withRowIds ? [...columns, own] : columns;
  return {
    rows,
    bytes: Number(row['file_size_bytes']),
    footerBytes: Number(row['footer_size_bytes']),
    columns: written.map((column) => columnStats(column, rows, given.get(quoteName(column.name)))),
  };
}

/** DuckLake counts the values that are there, without the nulls; bounds are DuckDB's text of them, for floats without NaN. */
function columnStats(
  column: ColumnState,
  rows: number,
  given: ReadonlyMap<string, string> | undefined,
): ColumnStats {
  const nullCount = Number(given?.get('null_count') ?? 0);
  const min = given?.get('min');
  const max = given?.get('max');
  const bytes = given?.get('column_size_bytes');
  return {
    columnId: column.id,
    valueCount: rows - nullCount,
    nullCount,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(column.type === 'double' ? { hasNan: given?.get('has_nan') === 'true' } : {}),
    ...(bytes === undefined ? {} : { bytes: Number(bytes) }),
  };
}
