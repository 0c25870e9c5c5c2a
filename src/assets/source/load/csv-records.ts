// Reading CSV (and plain lines) record by record, by the same rules as DuckDB in strict mode, with the line each record
// begins on, which DuckDB does not tell. Used where a file has rows to set aside or lines that are no rows; sound files
// never come here.

/** How records are told apart. Bytes are ASCII codes; −1 for none (plain lines have neither). */
export interface Dialect {
  readonly delimiter: number;
  readonly quote: number;
}

export const LINES: Dialect = { delimiter: -1, quote: -1 };

export function csvDialect(delimiter: string): Dialect {
  return { delimiter: delimiter.charCodeAt(0), quote: 0x22 };
}

/** Longer records are broken: one lost quote must not swallow a file. Below DuckDB's own limit of 2 MiB. */
export const LONGEST_RECORD = 2_000_000;

export interface CsvRecord {
  /** Counting from 1. */
  readonly line: number;
  /** Without the end of the line. */
  readonly bytes: Buffer;
  /** Whether quotes are in place and the number of cells is right. */
  readonly sound: boolean;
}

const LF = 10;
const CR = 13;
const SPACE = 32;

/**
 * The records of a file, some at a time. Empty lines are skipped. A record whose quotes are out of place costs its first line
 * alone: reading goes on at the next line. `width` is the number of cells of a sound record; without it any number is right.
 */
export async function* csvRecords(
  chunks: AsyncIterable<Buffer>,
  dialect: Dialect,
  width?: number,
): AsyncGenerator<CsvRecord[]> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  let first = true;
  /** A line too long to hold, of which only the beginning is kept until its end comes. */
  let endless: { line: number; head: Buffer } | undefined;

  const take = (window: Buffer, final: boolean): CsvRecord[] => {
    const records: CsvRecord[] = [];
    let at = 0;
    while (at < window.length) {
      if (endless !== undefined) {
        const end = lineEnd(window, at);
        if (end === window.length && !final) {
          rest = Buffer.alloc(0);
          return records;
        }
        records.push({ line: endless.line, bytes: endless.head, sound: false });
        endless = undefined;
        at = afterLine(window, end);
        line++;
        continue;
      }
      const byte = window[at];
      if (byte === LF || byte === CR) {
        if (byte === CR && at + 1 === window.length && !final) break;
        at = afterLine(window, at);
        line++;
        continue;
      }
      const record = scanRecord(window, at, final, dialect);
      if (record === undefined && window.length - at <= LONGEST_RECORD) break;
      if (record !== undefined && record.cells > 0) {
        const fits = (width === undefined || record.cells === width) && record.end - at <= LONGEST_RECORD;
        records.push({ line, bytes: window.subarray(at, record.end), sound: fits });
        line += record.lines;
        at = afterLine(window, record.end);
        continue;
      }
      // Broken, or longer than may be: its first line goes.
      const end = lineEnd(window, at);
      if (end === window.length && !final) {
        if (window.length - at <= LONGEST_RECORD) break;
        endless = { line, head: Buffer.from(window.subarray(at, at + LONGEST_RECORD)) };
        rest = Buffer.alloc(0);
        return records;
      }
      if (window[end] === CR && end + 1 === window.length && !final) break;
      records.push({ line, bytes: window.subarray(at, end), sound: false });
      at = afterLine(window, end);
      line++;
    }
    rest = window.subarray(at);
    return records;
  };

  for await (const chunk of chunks) {
    let window = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (first) {
      if (window.length < 3) {
        rest = window;
        continue;
      }
      first = false;
      if (window[0] === 0xef && window[1] === 0xbb && window[2] === 0xbf) window = window.subarray(3);
    }
    const records = take(window, false);
    if (records.length > 0) yield records;
  }
  const records = take(rest, true);
  if (endless !== undefined) records.push({ line: endless.line, bytes: endless.head, sound: false });
  if (records.length > 0) yield records;
}

/**
 * One record from `start`: where it ends, how many cells it has (0: quotes out of place) and how many lines it takes. Undefined
 * when the end is not in the window yet.
 */
function scanRecord(
  window: Buffer,
  start: number,
  final: boolean,
  { delimiter, quote }: Dialect,
): { end: number; cells: number; lines: number } | undefined {
  const length = window.length;
  let lines = 1;
  let cells = 1;
  let at = start;
  for (;;) {
    if (window[at] === quote) {
      at++;
      for (;;) {
        const close = window.indexOf(quote, at);
        if (close < 0) return final ? { end: length, cells: 0, lines } : undefined;
        lines += linesWithin(window, at, close);
        at = close + 1;
        if (window[at] !== quote) break;
        at++;
      }
      // DuckDB lets spaces follow a closing quote.
      while (window[at] === SPACE && SPACE !== delimiter) at++;
      if (at < length && window[at] !== delimiter && window[at] !== LF && window[at] !== CR)
        return { end: at, cells: 0, lines };
    } else {
      for (; at < length; at++) {
        const byte = window[at];
        if (byte === delimiter || byte === LF || byte === CR) break;
      }
    }
    if (at >= length) return final ? { end: length, cells, lines } : undefined;
    if (window[at] === delimiter) {
      cells++;
      at++;
      continue;
    }
    if (window[at] === CR && at + 1 === length && !final) return undefined;
    return { end: at, cells, lines };
  }
}

function linesWithin(window: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = from; at < to; at++) {
    const byte = window[at];
    if (byte === LF || (byte === CR && window[at + 1] !== LF)) lines++;
  }
  return lines;
}

function lineEnd(window: Buffer, from: number): number {
  let at = from;
  while (at < window.length && window[at] !== LF && window[at] !== CR) at++;
  return at;
}

/** Past the end of a line that stands at `at`: LF, CR LF, CR, or the end of the window. */
function afterLine(window: Buffer, at: number): number {
  return window[at] === CR && window[at + 1] === LF ? at + 2 : Math.min(at + 1, window.length);
}

/** The cells of a sound record. */
export function cellsOf(record: Buffer, { delimiter, quote }: Dialect): string[] {
  const text = record.toString('utf8');
  if (delimiter < 0) return [text];
  const separator = String.fromCharCode(delimiter);
  if (!record.includes(quote)) return text.split(separator);
  const cells: string[] = [];
  let at = 0;
  for (;;) {
    let cell = '';
    if (text.charCodeAt(at) === quote) {
      let close = text.indexOf('"', at + 1);
      while (text.charCodeAt(close + 1) === quote) close = text.indexOf('"', close + 2);
      cell = text.slice(at + 1, close).replaceAll('""', '"');
      at = text.indexOf(separator, close);
    } else {
      const end = text.indexOf(separator, at);
      cell = end < 0 ? text.slice(at) : text.slice(at, end);
      at = end;
    }
    cells.push(cell);
    if (at < 0) return cells;
    at++;
  }
}
