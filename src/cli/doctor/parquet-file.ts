import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The last eight bytes of a Parquet file: the footer's length, and these four letters. */
const MAGIC = 'PAR1';

/** What is wrong with a file as it lies on disk, or undefined. Reads twelve bytes. */
export function damageOf(path: string, bytes: number, footerBytes: number): string | undefined {
  let handle: number;
  try {
    handle = openSync(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'it is gone' : `it cannot be opened (${code})`;
  }
  try {
    const found = fstatSync(handle).size;
    if (found !== bytes) return `it has ${found} bytes instead of ${bytes}`;
    const ends = Buffer.alloc(12);
    readSync(handle, ends, 0, 4, 0);
    readSync(handle, ends, 4, 8, found - 8);
    if (ends.toString('latin1', 0, 4) !== MAGIC || ends.toString('latin1', 8) !== MAGIC)
      return 'it is no Parquet file any more';
    const footer = ends.readUInt32LE(4);
    if (footer !== footerBytes) return `its footer has ${footer} bytes instead of ${footerBytes}`;
    return undefined;
  } finally {
    closeSync(handle);
  }
}
