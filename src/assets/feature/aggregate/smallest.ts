import type { Cell } from '../cell.ts';
import { hashesOf, hashOf } from './value-hash.ts';

/** Of a value whose hash nobody has asked for. */
const UNKNOWN = -1;

/** The hashes of lists that were put away: one that is read again and again is hashed once. */
const known = new WeakMap<readonly Cell[], Float64Array>();

/**
 * Different values, and of many those with the smallest hashes, at least `kept` of them: which these are depends on the values alone. What was let
 * go cannot come back, so nothing can be taken out.
 */
export class Smallest {
  readonly #kept: number;
  /** With their hashes. */
  readonly #values = new Map<Cell, number>();
  /** Values with larger hashes are let go. */
  #bound = Infinity;

  constructor(kept: number) {
    this.#kept = kept;
  }

  /** How many are held: all there are, or at least as many as are kept. */
  get size(): number {
    return this.#values.size;
  }

  add(value: Cell): void {
    if (!this.#values.has(value)) this.#enter(value, this.#bound === Infinity ? UNKNOWN : hashOf(value));
  }

  merge(other: Smallest): this {
    for (const [value, hash] of other.#values)
      if (hash === UNKNOWN) this.add(value);
      else this.#enter(value, hash);
    return this;
  }

  /** Adds what `list` gave. */
  take(list: readonly Cell[]): this {
    let hashes = known.get(list);
    for (const [i, value] of list.entries()) {
      if (hashes === undefined && this.#bound < Infinity) {
        hashes = hashesOf(list, list.length);
        known.set(list, hashes);
      }
      this.#enter(value, hashes?.[i] ?? UNKNOWN);
    }
    return this;
  }

  /** All values; of more than are kept, those by hash. */
  list(): Cell[] {
    if (this.size <= this.#kept) return [...this.#values.keys()];
    this.#hashAll();
    const hashed = [...this.#values].sort(([, a], [, b]) => a - b);
    return hashed.slice(0, this.#kept).map(([value]) => value);
  }

  /** The k-th smallest hash, for k up to what is kept. */
  kth(k: number): number {
    this.#hashAll();
    return Float64Array.from(this.#values.values()).sort()[k - 1] as number;
  }

  #enter(value: Cell, hash: number): void {
    if (hash > this.#bound) return;
    this.#values.set(value, hash);
    if (this.size <= 2 * this.#kept) return;
    this.#bound = this.kth(this.#kept);
    for (const [one, own] of this.#values) if (own > this.#bound) this.#values.delete(one);
  }

  #hashAll(): void {
    for (const [value, hash] of this.#values) if (hash === UNKNOWN) this.#values.set(value, hashOf(value));
  }
}
