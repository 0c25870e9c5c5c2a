import * as api from '@duckdb/node-api';
import { type DuckDBConnection, DuckDBDataChunk, DuckDBVector } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { bug, type ColumnType, quoteName } from '../../base/index.ts';
import type { ColumnData } from '../engine.port.ts';
import { sqlTypeOf } from './sql-types.ts';

const duckTypes: Readonly<Record<ColumnType, api.DuckDBType>> = {
  string: api.VARCHAR,
  double: api.DOUBLE,
  integer: api.BIGINT,
  boolean: api.BOOLEAN,
  timestamp: api.TIMESTAMP,
};

/** Fills a new temporary table (an older one of that name goes) chunk by chunk, whole arrays at a time. */
export async function loadColumns(
  connection: DuckDBConnection,
  table: string,
  columns: readonly ColumnData[],
): Promise<void> {
  const rows = columns[0]?.values.length ?? 0;
  for (const column of columns)
    if (column.values.length !== rows)
      throw bug(
        `Column '${column.name}' has ${column.values.length} values where '${columns[0]!.name}' has ${rows}.`,
      );
  const list = columns.map((column) => `${quoteName(column.name)} ${sqlTypeOf(column.type)}`).join(', ');
  await connection.run(`create or replace temp table ${quoteName(table)} (${list})`);
  if (rows === 0) return;
  const appender = await connection.createAppender(table, 'main', 'temp');
  try {
    const size = DuckDBVector.standardSize();
    const types = columns.map((column) => duckTypes[column.type]);
    for (let from = 0; from < rows; from += size) {
      const count = Math.min(size, rows - from);
      const chunk = DuckDBDataChunk.create(types, count);
      columns.forEach((column, i) => {
        fill(duckdb.data_chunk_get_vector(chunk.chunk, i), column, from, count);
      });
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
}

function fill(vector: duckdb.Vector, column: ColumnData, from: number, count: number): void {
  const bits = new Uint8Array(Math.ceil(count / 64) * 8).fill(255);
  let nulls = 0;
  const isNull = (i: number) => {
    bits[i >> 3]! &= ~(1 << (i & 7));
    nulls++;
  };
  if (column.type === 'string') {
    for (let i = 0; i < count; i++) {
      const text = column.values[from + i];
      if (text === null || text === undefined) isNull(i);
      else duckdb.vector_assign_string_element_len(vector, i, Buffer.from(text, 'utf8'));
    }
  } else {
    const values = column.values.subarray(from, from + count);
    for (let i = 0; i < count; i++) if (Number.isNaN(values[i]!)) isNull(i);
    const items = encoded(column.name, column.type, values);
    duckdb.copy_data_to_vector(vector, 0, items.buffer, items.byteOffset, items.byteLength);
  }
  if (nulls > 0) {
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, bits.byteLength);
  }
}

/** NaN becomes 0 in whole numbers; its bit says that it is null. */
function encoded(
  name: string,
  type: Exclude<ColumnType, 'string'>,
  values: Float64Array,
): { buffer: ArrayBuffer; byteOffset: number; byteLength: number } {
  if (type === 'double') return Float64Array.from(values);
  if (type === 'boolean') {
    const items = new Uint8Array(values.length);
    for (let i = 0; i < values.length; i++) items[i] = values[i] === 0 || Number.isNaN(values[i]!) ? 0 : 1;
    return items;
  }
  const halves = new Int32Array(values.length * 2);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) continue;
    // Instants far away, a due date of the year 9999 say, are held to within some microseconds.
    const fits =
      type === 'timestamp'
        ? Math.abs(value) < 2 ** 63 && Number.isInteger(value)
        : Number.isSafeInteger(value);
    if (!fits) throw bug(`Column '${name}' of ${type}s holds ${value}.`);
    halves[2 * i] = value;
    halves[2 * i + 1] = Math.floor(value / 4_294_967_296);
  }
  return halves;
}
