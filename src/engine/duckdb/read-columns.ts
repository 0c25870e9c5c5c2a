import {
  type DuckDBDataChunk,
  type DuckDBDecimalType,
  type DuckDBResult,
  type DuckDBType,
  DuckDBTypeId,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { ColumnData } from '../engine.port.ts';
import { nearestColumnType } from './sql-types.ts';

// DuckDB hands a result over in chunks of 2,048 rows, each column a C array with a bit mask of what is valid. Reading
// these arrays as they are is some 20 times faster than asking for every value by itself, which for integers and
// timestamps would also make a BigInt or an object of each.

/** Reads a result to its end, column by column. */
export async function readColumns(result: DuckDBResult): Promise<ColumnData[]> {
  const names = result.deduplicatedColumnNames();
  const types = result.columnTypes();
  const numbers: Float64Array[][] = types.map(() => []);
  const texts: (string | null)[][] = types.map(() => []);
  let rows = 0;
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    rows += chunk.rowCount;
    types.forEach((type, i) => {
      if (nearestColumnType(type) === 'string') readTexts(chunk, i, type, texts[i]!);
      else numbers[i]!.push(readNumbers(chunk, i, type));
    });
  }
  return types.map((type, i): ColumnData => {
    const name = names[i]!;
    const nearest = nearestColumnType(type);
    if (nearest === 'string') return { name, type: nearest, values: texts[i]! };
    const values = joined(numbers[i]!, rows);
    // One column's pieces at a time are held twice.
    numbers[i] = [];
    return { name, type: nearest, values };
  });
}

/** Reads a result chunk by chunk. */
export async function* readChunks(result: DuckDBResult): AsyncGenerator<ColumnData[]> {
  const names = result.deduplicatedColumnNames();
  const types = result.columnTypes();
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    const own = chunk;
    yield types.map((type, i): ColumnData => {
      const name = names[i]!;
      const nearest = nearestColumnType(type);
      if (nearest !== 'string') return { name, type: nearest, values: readNumbers(own, i, type) };
      const values: (string | null)[] = [];
      readTexts(own, i, type, values);
      return { name, type: nearest, values };
    });
  }
}

function joined(pieces: readonly Float64Array[], rows: number): Float64Array {
  const values = new Float64Array(rows);
  let at = 0;
  for (const piece of pieces) {
    values.set(piece, at);
    at += piece.length;
  }
  return values;
}

/** The bits of validity, or null when every value is valid. */
function validity(vector: duckdb.Vector, rows: number): Uint8Array | null {
  return vector && (duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8) as Uint8Array | null);
}

function readNumbers(chunk: DuckDBDataChunk, column: number, type: DuckDBType): Float64Array {
  const rows = chunk.rowCount;
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, column);
  const values = decoded(vector, rows, type);
  const valid = validity(vector, rows);
  if (valid)
    for (let i = 0; i < rows; i++) if (((valid[i >> 3]! >> (i & 7)) & 1) === 0) values[i] = Number.NaN;
  return values;
}

type Numbers =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

function decoded(vector: duckdb.Vector, rows: number, type: DuckDBType): Float64Array {
  const bytes = (width: number): [ArrayBuffer, number] => {
    const data = duckdb.vector_get_data(vector, rows * width);
    return [data.buffer as ArrayBuffer, data.byteOffset];
  };
  // Float64Array.from would walk an iterator; the constructor copies.
  const plain = (items: Numbers) => new Float64Array(items);
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
    case DuckDBTypeId.UTINYINT:
      return plain(new Uint8Array(...bytes(1), rows));
    case DuckDBTypeId.TINYINT:
      return plain(new Int8Array(...bytes(1), rows));
    case DuckDBTypeId.SMALLINT:
      return plain(new Int16Array(...bytes(2), rows));
    case DuckDBTypeId.USMALLINT:
      return plain(new Uint16Array(...bytes(2), rows));
    case DuckDBTypeId.INTEGER:
      return plain(new Int32Array(...bytes(4), rows));
    case DuckDBTypeId.UINTEGER:
      return plain(new Uint32Array(...bytes(4), rows));
    case DuckDBTypeId.FLOAT:
      return plain(new Float32Array(...bytes(4), rows));
    case DuckDBTypeId.DOUBLE:
      return plain(new Float64Array(...bytes(8), rows));
    case DuckDBTypeId.DATE:
      return scaled(plain(new Int32Array(...bytes(4), rows)), 86_400_000_000);
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return wide(new Int32Array(...bytes(8), rows * 2), rows);
    case DuckDBTypeId.TIMESTAMP_MS:
      return scaled(wide(new Int32Array(...bytes(8), rows * 2), rows), 1000);
    case DuckDBTypeId.TIMESTAMP_S:
      return scaled(wide(new Int32Array(...bytes(8), rows * 2), rows), 1_000_000);
    case DuckDBTypeId.TIMESTAMP_NS: {
      // Nanoseconds pass 2^53 in 1970 + 104 days, so the division must be done before the number is a float.
      const nanos = new BigInt64Array(...bytes(8), rows);
      return Float64Array.from(nanos, (n) => Number((n - (((n % 1000n) + 1000n) % 1000n)) / 1000n));
    }
    case DuckDBTypeId.UBIGINT:
      return Float64Array.from(new BigUint64Array(...bytes(8), rows), Number);
    case DuckDBTypeId.HUGEINT:
      return huge(new BigInt64Array(...bytes(16), rows * 2), rows);
    case DuckDBTypeId.DECIMAL: {
      const { width, scale } = type as DuckDBDecimalType;
      const unit = 10 ** scale;
      if (width <= 4) return divided(plain(new Int16Array(...bytes(2), rows)), unit);
      if (width <= 9) return divided(plain(new Int32Array(...bytes(4), rows)), unit);
      if (width <= 18) return divided(wide(new Int32Array(...bytes(8), rows * 2), rows), unit);
      return divided(huge(new BigInt64Array(...bytes(16), rows * 2), rows), unit);
    }
    default:
      throw new TypeError(`a column of ${type} is not read as numbers`);
  }
}

function scaled(values: Float64Array, factor: number): Float64Array {
  for (let i = 0; i < values.length; i++) values[i]! *= factor;
  return values;
}

function divided(values: Float64Array, by: number): Float64Array {
  for (let i = 0; i < values.length; i++) values[i]! /= by;
  return values;
}

/** 64-bit integers by their halves (low first): exact within ±2^53, and no BigInt is made. */
function wide(halves: Int32Array, rows: number): Float64Array {
  const values = new Float64Array(rows);
  for (let i = 0; i < rows; i++) values[i] = halves[2 * i + 1]! * 4_294_967_296 + (halves[2 * i]! >>> 0);
  return values;
}

function huge(halves: BigInt64Array, rows: number): Float64Array {
  const values = new Float64Array(rows);
  for (let i = 0; i < rows; i++)
    values[i] = Number((halves[2 * i + 1]! << 64n) | BigInt.asUintN(64, halves[2 * i]!));
  return values;
}

function readTexts(chunk: DuckDBDataChunk, column: number, type: DuckDBType, into: (string | null)[]): void {
  const rows = chunk.rowCount;
  if (type.typeId !== DuckDBTypeId.VARCHAR) {
    const items = chunk.getColumnVector(column);
    for (let i = 0; i < rows; i++) {
      const value = items.getItem(i);
      into.push(value === null ? null : String(value));
    }
    return;
  }
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, column);
  const valid = validity(vector, rows);
  // A text takes 16 bytes: its length in bytes, then either its bytes (up to 12) or four bytes of prefix and a pointer.
  const data = duckdb.vector_get_data(vector, rows * 16);
  const cells = Buffer.from(data.buffer as ArrayBuffer, data.byteOffset, rows * 16);
  for (let i = 0; i < rows; i++) {
    if (valid && ((valid[i >> 3]! >> (i & 7)) & 1) === 0) {
      into.push(null);
      continue;
    }
    const at = i * 16;
    const length = cells.readUInt32LE(at);
    if (length <= 12) into.push(shortText(cells, at + 4, at + 4 + length));
    else {
      const long = duckdb.get_data_from_pointer(data.buffer as ArrayBuffer, data.byteOffset + at + 8, length);
      into.push(Buffer.from(long.buffer as ArrayBuffer, long.byteOffset, length).toString('utf8'));
    }
  }
}

/** Short ASCII is spelt out here; crossing into the decoder costs more than twelve characters do. */
function shortText(cells: Buffer, from: number, to: number): string {
  let text = '';
  for (let i = from; i < to; i++) {
    const byte = cells[i]!;
    if (byte > 127) return cells.toString('utf8', from, to);
    text += String.fromCharCode(byte);
  }
  return text;
}
