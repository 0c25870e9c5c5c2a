import { createHash } from 'node:crypto';

/** LMDB's keys are at most 1,978 bytes long; a text has this much of one. */
const LONGEST = 1024;

/**
 * The name of a space or an entity as a key: its own text, or a hash of it where it is too long or is no valid Unicode, which UTF-8 cannot
 * tell apart. A character in front says which; no key begins with any other, so that a store may put its own beside them.
 */
export function keyText(name: string): string {
  if (name.length <= LONGEST && name.isWellFormed() && Buffer.byteLength(name) <= LONGEST) return `=${name}`;
  // UTF-16, because that keeps any two texts apart.
  return `#${createHash('sha256').update(Buffer.from(name, 'utf16le')).digest('hex')}`;
}
