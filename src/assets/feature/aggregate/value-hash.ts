import type { Cell } from '../cell.ts';

/** The hash of a value, and of its type, as a fraction of 1 with 53 bits (cyrb53, by bryc, public domain). */
export function hashOf(value: Cell): number {
  const text = `${typeof value} ${value}`;
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)) / 2 ** 53;
}

/** The hashes of values, in their order. */
export function hashesOf(values: Iterable<Cell>, size: number): Float64Array {
  const hashes = new Float64Array(size);
  let at = 0;
  for (const value of values) hashes[at++] = hashOf(value);
  return hashes;
}
