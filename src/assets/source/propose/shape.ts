import { MillraceError, quoteText } from '../../../base/index.ts';
import type { Session } from '../../../engine/index.ts';
import { type FileFormat, type FoundFile, formatOf } from '../index.ts';
import { type FileStart, firstRecords, startOf } from './file-start.ts';
import { jsonColumns } from './json-shape.ts';

/** What the beginning of a file tells: how it is read and which columns it has. */
export interface Shape {
  readonly format: FileFormat;
  /** Whether the file's ending tells the format; if not, it has to be declared. */
  readonly told: boolean;
  /** Of CSV, where the loader would not find it out: a space. */
  readonly delimiter?: string;
  readonly header: boolean;
  readonly names: readonly string[];
  /** Parquet: DuckDB's names of the types. */
  readonly types: readonly string[];
  /** JSON lines: where columns within objects lie. */
  readonly at?: ReadonlyMap<string, string>;
  /** JSON lines: keys whose values are texts, so that their digits are no numbers. */
  readonly texts: ReadonlySet<string>;
}

/** @throws MILL_INIT_NO_COLUMNS, MILL_SQL_FAILED (a Parquet file that is none) */
export async function shapeOf(session: Session, { absolute, path }: FoundFile): Promise<Shape> {
  const start = await startOf(absolute);
  const ending = formatByEnding(path);
  const format = ending ?? formatByStart(start);
  const told = ending !== undefined;
  if (format === 'parquet') return { ...(await parquetShape(session, absolute)), told };
  const shape = format === 'csv' ? csvShape(start, path) : jsonShape(start);
  if (shape.names.length > 0) return { ...shape, told };
  throw new MillraceError({
    code: 'MILL_INIT_NO_COLUMNS',
    message: `'${path}' shows no column: ${start.text.trim() === '' ? 'it is empty' : `its first line is no ${format === 'csv' ? 'header' : 'JSON object'}`}.`,
    todo: 'Leave it out of --from, or deliver it again.',
    owner: 'data',
  });
}

function formatByEnding(path: string): FileFormat | undefined {
  try {
    return formatOf({ nulls: [] }, path);
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'MILL_SOURCE_FORMAT_UNKNOWN') return undefined;
    throw error;
  }
}

function formatByStart({ text }: FileStart): FileFormat {
  if (text.startsWith('PAR1')) return 'parquet';
  return /^\s*\{/.test(text) ? 'jsonl' : 'csv';
}

type Seen = Omit<Shape, 'told'>;

/** Which delimiter it is, the loader finds out itself; here it serves to see the columns. */
function csvShape(start: FileStart, path: string): Seen {
  const delimiters = /\.tsv(\.gz)?$/i.test(path) ? ['\t'] : [',', ';', '\t', '|'];
  let { records, fit } = widest(start, delimiters);
  let delimiter: string | undefined;
  if (fit <= 1) {
    const spaced = widest(start, [' ']);
    // Prose has spaces too, but hardly ever as many on each line.
    if (spaced.fit >= 3) {
      delimiter = ' ';
      ({ records, fit } = spaced);
    }
  }
  const [first, ...rest] = records;
  const none = { format: 'csv', types: [], texts: new Set<string>() } as const;
  if (first === undefined) return { ...none, header: true, names: [] };
  const header = isHeader(first, rest);
  const names = first.map((name, i) =>
    !header ? `column_${i + 1}` : name === '' ? `column ${i + 1}` : name,
  );
  return { ...none, header, names, ...(delimiter === undefined ? {} : { delimiter }) };
}

/** Records as the delimiter that makes the most columns has them, provided that most records have as many. */
function widest(start: FileStart, delimiters: readonly string[]): { records: string[][]; fit: number } {
  let best: { records: string[][]; fit: number } = { records: [], fit: -1 };
  for (const delimiter of delimiters) {
    const records = firstRecords(start, delimiter);
    const width = records[0]?.length ?? 0;
    const even = records.filter((cells) => cells.length === width).length / Math.max(1, records.length);
    const fit = even >= 0.5 ? width : width * 0.01;
    if (fit > best.fit) best = { records, fit };
  }
  return best;
}

const VALUE = /^\s*([+-]?\d+([.,]\d+)*([eE][+-]?\d+)?|\d{4}-\d\d-\d\d([T ].*)?)\s*$/;

/** The first record is a row when it has values where the rows below have values: over numbers and dates stand names, not values. */
export function isHeader(first: readonly string[], rows: readonly (readonly string[])[]): boolean {
  let named = 0;
  let valued = 0;
  first.forEach((cell, i) => {
    const below = rows.map((row) => row[i] ?? '').filter((text) => text.trim() !== '');
    if (below.length === 0 || below.filter((text) => VALUE.test(text)).length < below.length * 0.9) return;
    if (VALUE.test(cell)) valued++;
    else named++;
  });
  return named >= valued;
}

function jsonShape({ text, cut }: FileStart): Seen {
  const lines = text.split('\n').slice(0, cut ? -1 : undefined);
  const rows = lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as unknown];
    } catch {
      return [];
    }
  });
  return { format: 'jsonl', header: true, types: [], ...jsonColumns(rows) };
}

async function parquetShape(session: Session, absolute: string): Promise<Seen> {
  const columns = await session.rows<{ column_name: string; column_type: string }>(
    `describe select * from read_parquet(${quoteText(literal(absolute))}, hive_partitioning = false)`,
  );
  return {
    format: 'parquet',
    header: true,
    names: columns.map((column) => column.column_name),
    types: columns.map((column) => column.column_type),
    texts: new Set(),
  };
}

/** A path that DuckDB takes for one file: its patterns mean themselves in brackets. */
export function literal(path: string): string {
  return path.replace(/[*?[]/g, '[$&]');
}
