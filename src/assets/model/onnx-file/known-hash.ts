import { readFileSync, statSync } from 'node:fs';
import { sha256 } from '../../../base/index.ts';

/** Files whose hash is remembered; a project has a few. */
const MOST = 100;

const known = new Map<string, { readonly stamp: string; readonly hash: string }>();

/**
 * The SHA-256 of a file's bytes. Who watches asks every few seconds, and a model may have a gigabyte: one that has neither been written to nor replaced is not
 * read again by this process.
 */
export function knownHash(path: string): string {
  const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  const stamp = [ino, size, mtimeNs, ctimeNs].join(' ');
  const before = known.get(path);
  if (before?.stamp === stamp) return before.hash;
  const hash = sha256(readFileSync(path));
  if (known.size >= MOST) known.clear();
  known.set(path, { stamp, hash });
  return hash;
}
