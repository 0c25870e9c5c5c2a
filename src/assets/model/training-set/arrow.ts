import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { type ColumnDef, MillraceError, quoteName } from '../../../base/index.ts';
import type { ColumnData, Session } from '../../../engine/index.ts';

// Arrow's own file format (IPC). The package `apache-arrow` is an optional peer: imported on use.

interface DataType {
  readonly typeId: unknown;
}

/** The slice of the package that is needed here. */
interface Arrow {
  readonly Field: new (name: string, type: DataType, nullable: boolean) => object;
  readonly Schema: new (fields: readonly object[]) => { readonly fields: readonly object[] };
  readonly Struct: new (fields: readonly object[]) => DataType;
  readonly Utf8: new () => DataType;
  readonly Float64: new () => DataType;
  readonly Int64: new () => DataType;
  readonly Bool: new () => DataType;
  readonly TimestampMicrosecond: new (timezone: string) => DataType;
  makeData(parts: Record<string, unknown>): object;
  readonly RecordBatch: new (schema: object, data: object) => object;
  readonly RecordBatchFileWriter: new () => {
    write(batch: object): unknown;
    finish(): unknown;
    toNodeStream(): NodeJS.ReadableStream;
  };
}

/** A variable, so that neither the compiler nor a bundler wants the package where it is not. */
const PACKAGE: string = 'apache-arrow';

/** @throws MILL_EXPORT_PACKAGE_MISSING */
export async function arrowPackage(
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<Arrow> {
  try {
    return (await load(PACKAGE)) as Arrow;
  } catch (error) {
    if (!['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
    throw new MillraceError({
      code: 'MILL_EXPORT_PACKAGE_MISSING',
      message: `Writing Arrow files needs the npm package ${PACKAGE}, which is not installed.`,
      todo: `Run \`npm install ${PACKAGE}\` in the project, or export with --format parquet.`,
      owner: 'project',
    });
  }
}

/** Rows in a record batch: bounds memory. */
const BATCH = 50_000;

/** Writes the rows of a relation with `_row_id` as an Arrow file, in the order of their ids. */
export async function writeArrow(
  session: Session,
  path: string,
  columns: readonly ColumnDef[],
  relation: string,
): Promise<void> {
  const arrow = await arrowPackage();
  const types = columns.map(({ type }) => typeOf(arrow, type));
  const fields = columns.map(
    ({ name, nullable }, i) => new arrow.Field(name, types[i] as DataType, nullable),
  );
  const schema = new arrow.Schema(fields);
  const writer = new arrow.RecordBatchFileWriter();
  const written = pipeline(writer.toNodeStream(), createWriteStream(path));
  const batchOf = (cells: readonly ColumnData[]): object => {
    const length = cells[0]?.values.length ?? 0;
    const children = cells.map((column, i) =>
      arrow.makeData({ type: types[i], length, ...buffersOf(columns[i] as ColumnDef, column) }),
    );
    const data = arrow.makeData({ type: new arrow.Struct(fields), length, nullCount: 0, children });
    return new arrow.RecordBatch(schema, data);
  };
  // What a double does not hold is read as text.
  const select = columns.map(({ name, type }) =>
    type === 'integer' ? `${quoteName(name)}::VARCHAR as ${quoteName(name)}` : quoteName(name),
  );
  const read = (from: number, to: number): Promise<ColumnData[]> =>
    session.columns(
      `select ${select.join(', ')} from ${relation} where _row_id >= ${from} and _row_id < ${to} order by _row_id`,
    );
  const [span] = await session.rows<{ first: number | null; last: number | null }>(
    `select min(_row_id) as first, max(_row_id) as last from ${relation}`,
  );
  const first = span?.first ?? 0;
  const last = span?.last ?? -1;
  // A file of no rows has a batch of none: readers want the schema.
  for (let from = first; from <= Math.max(last, first); from += BATCH)
    writer.write(batchOf(await read(from, from + BATCH)));
  writer.finish();
  await written;
}

function typeOf(arrow: Arrow, type: ColumnDef['type']): DataType {
  switch (type) {
    case 'string':
      return new arrow.Utf8();
    case 'double':
      return new arrow.Float64();
    case 'integer':
      return new arrow.Int64();
    case 'boolean':
      return new arrow.Bool();
    case 'timestamp':
      return new arrow.TimestampMicrosecond('UTC');
  }
}

/** The buffers of a column, as the Arrow format lays them out: a bit by row for what is there, and the values. */
function buffersOf({ type }: ColumnDef, { values }: ColumnData): Record<string, unknown> {
  const rows = values.length;
  const nullBitmap = new Uint8Array(Math.ceil(rows / 8));
  let nullCount = 0;
  for (let row = 0; row < rows; row++) {
    const value = values[row];
    // A missing number is NaN: of doubles, what is not a number is written as missing too.
    if (value === null || value === undefined || Number.isNaN(value)) nullCount++;
    else setBit(nullBitmap, row);
  }
  const known = { nullCount, nullBitmap };
  switch (type) {
    case 'string': {
      const texts = (values as readonly (string | null)[]).map((text) => Buffer.from(text ?? ''));
      const valueOffsets = new Int32Array(rows + 1);
      texts.forEach((text, row) => {
        valueOffsets[row + 1] = (valueOffsets[row] as number) + text.length;
      });
      return { ...known, valueOffsets, data: new Uint8Array(Buffer.concat(texts)) };
    }
    case 'double':
      return { ...known, data: values };
    case 'integer':
      return {
        ...known,
        data: BigInt64Array.from(values as readonly (string | null)[], (text) => BigInt(text ?? 0)),
      };
    case 'boolean': {
      const data = new Uint8Array(Math.ceil(rows / 8));
      for (let row = 0; row < rows; row++) if (values[row] === 1) setBit(data, row);
      return { ...known, data };
    }
    case 'timestamp':
      return {
        ...known,
        data: BigInt64Array.from(values as Float64Array as unknown as number[], (micros) =>
          Number.isNaN(micros) ? 0n : BigInt(micros),
        ),
      };
  }
}

function setBit(bits: Uint8Array, row: number): void {
  bits[row >> 3] = (bits[row >> 3] as number) | (1 << (row & 7));
}
