import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

/** As much of a file as its shape is told from. */
const START_BYTES = 1_048_576;

export interface FileStart {
  readonly text: string;
  /** Whether the file goes on behind it. */
  readonly cut: boolean;
}

/**
 * The beginning of a file, unpacked, without a byte order mark. Damage is not told here: loading the file tells it in the words that
 * users know.
 */
export async function startOf(absolute: string, limit = START_BYTES): Promise<FileStart> {
  const file = createReadStream(absolute);
  const gunzip = /\.gz$/i.test(absolute) ? createGunzip() : undefined;
  if (gunzip !== undefined) file.on('error', (error) => gunzip.destroy(error));
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of gunzip === undefined ? file : file.pipe(gunzip)) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes >= limit) break;
    }
  } catch {
    // Told by the load.
  } finally {
    file.destroy();
    gunzip?.destroy();
  }
  return {
    text: new TextDecoder().decode(Buffer.concat(chunks).subarray(0, limit)),
    cut: bytes >= limit,
  };
}

/** The first records of CSV text: quotes as RFC 4180 has them, empty lines skipped. A record that is cut is left out. */
export function firstRecords({ text, cut }: FileStart, delimiter: string, most = 200): string[][] {
  const records: string[][] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  const endCell = (): void => {
    cells.push(cell);
    cell = '';
  };
  const endRecord = (): void => {
    endCell();
    if (cells.length > 1 || cells[0] !== '') records.push(cells);
    cells = [];
  };
  for (let i = 0; i < text.length && records.length < most; i++) {
    const c = text[i] as string;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === delimiter) endCell();
    else if (c === '\n' || c === '\r') endRecord();
    else cell += c;
  }
  if (!cut && records.length < most && (cell !== '' || cells.length > 0)) endRecord();
  return records;
}
