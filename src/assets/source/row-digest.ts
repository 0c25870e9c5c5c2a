import { createHash } from 'node:crypto';

const MASK = (1n << 64n) - 1n;

/** A digest of rows that does not depend on their order: how many there are, and the sum of their hashes. */
export class RowDigest {
  rows = 0;
  #sum = 0n;

  add(row: string): void {
    this.rows++;
    this.#sum = (this.#sum + BigInt(`0x${rowHash(row)}`)) & MASK;
  }

  get sum(): string {
    return this.#sum.toString(16).padStart(16, '0');
  }
}

/** 64 bits of SHA-256: one in a million million that any two of 5 million rows agree. */
export function rowHash(row: string): string {
  return createHash('sha256').update(row).digest('hex').slice(0, 16);
}
