import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { unreadableBecause } from './unreadable.ts';

/** A file's bytes as they are on disk, chunk by chunk. @throws MILL_SOURCE_FILE_UNREADABLE */
export async function* fileBytes(absolute: string, path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(absolute, { highWaterMark: 1 << 20 })) yield chunk as Buffer;
  } catch (error) {
    throw unreadableBecause(path, error);
  }
}

/**
 * Unpacks a gzip file. DuckDB could read it packed, but it takes a file whose end or checksum is missing for a whole one
 * (1.5.6), and reads it with one thread. @throws MILL_SOURCE_FILE_UNREADABLE
 */
export async function unpack(absolute: string, path: string, to: string): Promise<void> {
  try {
    await pipeline(
      createReadStream(absolute, { highWaterMark: 1 << 18 }),
      createGunzip({ chunkSize: 1 << 18 }),
      createWriteStream(to),
    );
  } catch (error) {
    throw unreadableBecause(path, error);
  }
}

/** The first bytes of a file, at most `count`. @throws MILL_SOURCE_FILE_UNREADABLE */
export async function firstBytes(absolute: string, path: string, count: number): Promise<Buffer> {
  try {
    const handle = await open(absolute);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(count), 0, count, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw unreadableBecause(path, error);
  }
}
