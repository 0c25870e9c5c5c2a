import { type FoundFile, isGzip } from '../files/discover.ts';

/** How much is read at once: raw bytes, unpacked. */
export const BATCH_BYTES = 256 * 1024 * 1024;
export const BATCH_FILES = 500;

/** A guess of a file's size as plain text: gzip packs CSV about 1 : 6, Parquet about 1 : 3. */
export function plainBytes(file: FoundFile): number {
  if (isGzip(file.absolute)) return file.bytes * 6;
  return /\.parquet$/i.test(file.absolute) ? file.bytes * 3 : file.bytes;
}

/** Files in their order, cut into runs that stay within the bounds; a file larger than them is a batch by itself. */
export function batchesOf<T extends { readonly found: FoundFile }>(
  files: readonly T[],
  maxBytes: number = BATCH_BYTES,
  maxFiles: number = BATCH_FILES,
): T[][] {
  const batches: T[][] = [];
  let bytes = 0;
  for (const file of files) {
    const size = plainBytes(file.found);
    const last = batches.at(-1);
    if (last === undefined || last.length >= maxFiles || bytes + size > maxBytes) {
      batches.push([file]);
      bytes = size;
    } else {
      last.push(file);
      bytes += size;
    }
  }
  return batches;
}
