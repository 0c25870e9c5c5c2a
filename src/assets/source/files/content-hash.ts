import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Clock } from '../../../base/index.ts';
import { fileBytes } from '../load/file-bytes.ts';
import { unreadable } from '../load/unreadable.ts';
import type { FoundFile } from './discover.ts';

/** What a file's content was when it was last read whole. */
export interface KnownHash {
  readonly bytes: number;
  readonly mtimeNs: bigint;
  readonly inode: bigint;
  /** SHA-256, 64 hex digits. */
  readonly hash: string;
  /** When reading began, nanoseconds since the epoch. */
  readonly hashedAtNs: bigint;
}

/** Remembers hashes by absolute path, so that unchanged files are not read again. Losing it costs time only. */
export interface HashCache {
  get(absolute: string): KnownHash | undefined;
  set(absolute: string, known: KnownHash): void;
}

/**
 * A file that was written less than this before it was read may be written again within the same tick of the file system's clock and
 * then look the same. Git calls such an entry racy. Two seconds is the coarsest tick in use (FAT).
 */
const RACY_NS = 2_000_000_000n;

/**
 * SHA-256 of a file's bytes as they are on disk (packed files are not unpacked).
 * @throws MILL_SOURCE_FILE_UNREADABLE also when the file keeps changing while it is read.
 */
export async function contentHash(file: FoundFile, cache: HashCache, clock: Clock): Promise<string> {
  const known = cache.get(file.absolute);
  if (
    known !== undefined &&
    known.bytes === file.bytes &&
    known.mtimeNs === file.mtimeNs &&
    known.inode === file.inode &&
    known.mtimeNs + RACY_NS < known.hashedAtNs
  )
    return known.hash;
  const hashedAtNs = BigInt(clock.now()) * 1000n;
  const digest = createHash('sha256');
  for await (const chunk of fileBytes(file.absolute, file.path)) digest.update(chunk);
  const hash = digest.digest('hex');
  assertUnchanged(file);
  const { bytes, mtimeNs, inode } = file;
  cache.set(file.absolute, { bytes, mtimeNs, inode, hash, hashedAtNs });
  return hash;
}

/** @throws MILL_SOURCE_FILE_UNREADABLE (retry: true) when the file is no more what it was when it was found. */
export function assertUnchanged(file: FoundFile): void {
  const stat = statSync(file.absolute, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) throw unreadable(file.path, 'it went away while it was read');
  if (stat.mtimeNs !== file.mtimeNs || stat.ino !== file.inode || Number(stat.size) !== file.bytes)
    throw unreadable(file.path, 'it was written to while it was read', { retry: true });
}
