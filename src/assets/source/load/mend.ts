import { isUtf8 } from 'node:buffer';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cellsOf, csvDialect, csvRecords, LINES } from './csv-records.ts';
import { fileBytes } from './file-bytes.ts';
import type { PreparedFile } from './prepared-file.ts';
import { unreadable } from './unreadable.ts';

/** A line that is no row. */
export interface BrokenLine {
  readonly file: number;
  readonly line: number;
  /** The line as text, cut after 64 KiB. */
  readonly text: string;
}

/** More of a broken line helps nobody. */
const LONGEST_KEPT = 65_536;

/** How records of a text file are told apart. */
export function dialectOf(file: PreparedFile) {
  return file.format === 'csv' ? csvDialect(file.delimiter) : LINES;
}

/** The number of cells of a sound record. */
export function widthOf(file: PreparedFile): number {
  return file.format === 'csv' ? file.names.length : 1;
}

/**
 * Copies the sound records of a text file that DuckDB refuses, every cell quoted and every line ended alike, and hands over the
 * broken ones. The copy has no header.
 * @throws MILL_SOURCE_FILE_UNREADABLE when it is not UTF-8.
 */
export async function mend(
  file: PreparedFile,
  tempFolder: string,
  onBroken: (line: BrokenLine) => Promise<void>,
): Promise<PreparedFile> {
  const plain = join(tempFolder, `mended-${file.index}.${file.format}`);
  const dialect = dialectOf(file);
  async function* sound(): AsyncGenerator<string> {
    let header = file.format === 'csv' && file.hasHeader;
    for await (const records of csvRecords(fileBytes(file.plain, file.found.path), dialect, widthOf(file))) {
      const lines: string[] = [];
      for (const record of records) {
        if (!isUtf8(record.bytes)) throw unreadable(file.found.path, `it is not UTF-8 (line ${record.line})`);
        if (header) {
          header = false;
          continue;
        }
        if (!record.sound || (file.format === 'jsonl' && record.bytes.includes(0x1f))) {
          const text = record.bytes.toString('utf8', 0, LONGEST_KEPT);
          await onBroken({ file: file.index, line: record.line, text });
        } else if (file.format === 'jsonl') lines.push(`${record.bytes.toString('utf8')}\n`);
        else
          lines.push(
            `${cellsOf(record.bytes, dialect)
              .map((cell) => `"${cell.replaceAll('"', '""')}"`)
              .join(file.delimiter)}\n`,
          );
      }
      yield lines.join('');
    }
  }
  await pipeline(Readable.from(sound()), createWriteStream(plain));
  return { ...file, plain, hasHeader: false };
}
