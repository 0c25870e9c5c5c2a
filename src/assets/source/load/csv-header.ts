import { isUtf8 } from 'node:buffer';
import { MillraceError } from '../../../base/index.ts';
import type { FileForm } from '../files/spec.ts';
import { type CsvRecord, cellsOf, csvDialect, csvRecords, type Dialect } from './csv-records.ts';
import { fileBytes, firstBytes } from './file-bytes.ts';
import { unreadable } from './unreadable.ts';

export interface CsvHeader {
  readonly delimiter: string;
  /** The file's columns in its order, as they are called in messages and in rows set aside. */
  readonly names: readonly string[];
}

/** Tried in this order; the first wins a tie. */
const DELIMITERS = [',', ';', '\t', '|'];

/**
 * The columns of a CSV file and what stands between them. A byte order mark is no part of the first name. `declared` are the names that the header
 * should have.
 * @throws MILL_SOURCE_FILE_UNREADABLE (empty, not UTF-8), MILL_SOURCE_COLUMN_DUPLICATE, MILL_SOURCE_DELIMITER_INVALID
 */
export async function csvHeader(
  plain: string,
  path: string,
  spec: FileForm,
  declared: readonly string[],
): Promise<CsvHeader> {
  const delimiters =
    spec.delimiter !== undefined
      ? [checkedDelimiter(spec.delimiter)]
      : /\.tsv(\.gz)?$/i.test(path)
        ? ['\t']
        : DELIMITERS;
  await assertUtf8Start(plain, path);
  const guesses: (CsvHeader & { fit: number })[] = [];
  for (const delimiter of delimiters) {
    const cells = await firstRecord(plain, path, delimiter);
    if (cells === undefined) continue;
    // Without a header the number of cells is the only hint.
    const fit =
      spec.header === false
        ? -Math.abs(cells.length - declared.length)
        : cells.filter((name) => declared.includes(name)).length;
    const names =
      spec.header === false ? cells.map((_, i) => declared[i] ?? `column ${i + 1}`) : named(cells);
    guesses.push({ delimiter, names, fit });
  }
  const best = guesses.reduce<(typeof guesses)[number] | undefined>(
    (a, b) => (a === undefined || b.fit > a.fit ? b : a),
    undefined,
  );
  if (best === undefined) throw unreadable(path, 'it has no first line that could be its header');
  const twice = best.names.find((name, i) => best.names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new MillraceError({
      code: 'MILL_SOURCE_COLUMN_DUPLICATE',
      message: `'${path}' has the column '${twice}' ${best.names.filter((name) => name === twice).length} times.`,
      todo: 'Give every column of the file a name of its own.',
      owner: 'data',
    });
  return { delimiter: best.delimiter, names: best.names };
}

/** A column without a name goes by its place. */
function named(cells: readonly string[]): string[] {
  return cells.map((name, i) => (name === '' ? `column ${i + 1}` : name));
}

/** Longer headers are read in a stream. */
const HEAD_BYTES = 16_384;

async function firstRecord(plain: string, path: string, delimiter: string): Promise<string[] | undefined> {
  const dialect = csvDialect(delimiter);
  const head = await firstBytes(plain, path, HEAD_BYTES);
  const found: CsvRecord[] = [];
  for await (const records of csvRecords(once(head), dialect)) found.push(...records.slice(0, 2));
  // The last record of a cut piece may be cut too, and a quote that stays open may close behind it.
  const [first] = found;
  if (head.length < HEAD_BYTES || (found.length > 1 && first?.sound))
    return recordCells(first, path, dialect);
  for await (const [record] of csvRecords(fileBytes(plain, path), dialect))
    return recordCells(record, path, dialect);
  return undefined;
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

function recordCells(record: CsvRecord | undefined, path: string, dialect: Dialect): string[] | undefined {
  if (record === undefined || !record.sound) return undefined;
  if (!isUtf8(record.bytes)) throw unreadable(path, `line ${record.line} is not UTF-8`);
  return cellsOf(record.bytes, dialect);
}

/**
 * The starts that give away a wrong encoding or a packed file.
 * @throws MILL_SOURCE_FILE_UNREADABLE
 */
export async function assertUtf8Start(plain: string, path: string): Promise<void> {
  const start = await firstBytes(plain, path, 4);
  const hex = start.toString('hex');
  if (hex === '') throw unreadable(path, 'it is empty');
  if (hex.startsWith('fffe') || hex.startsWith('feff')) throw unreadable(path, 'it is UTF-16, not UTF-8');
  if (hex.startsWith('1f8b')) throw unreadable(path, 'its content is gzip, but its name does not end in .gz');
  if (hex.startsWith('504b0304')) throw unreadable(path, 'its content is a zip archive');
  if (hex.startsWith('50415231')) throw unreadable(path, 'its content is Parquet');
}

function checkedDelimiter(delimiter: string): string {
  if (/^[\t\x20-\x7e]$/.test(delimiter) && delimiter !== '"') return delimiter;
  throw new MillraceError({
    code: 'MILL_SOURCE_DELIMITER_INVALID',
    message: `'${delimiter}' cannot stand between the cells of a CSV file.`,
    todo: 'Declare one ASCII character other than the quote: , ; | or a tab.',
    owner: 'project',
  });
}
