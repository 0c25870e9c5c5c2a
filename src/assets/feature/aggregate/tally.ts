import type { Cell } from '../cell.ts';
import type { Counts } from './multiset.ts';
import { hashesOf, hashOf } from './value-hash.ts';

/**
 * How often each value was seen, so that what was added can be taken out again, and the smallest hashes of the values. Those are brought into order
 * when they are first asked for; from then on they follow, value by value.
 */
export class Tally {
  readonly counts: Counts;
  readonly #kept: number;
  /** In ascending order, of all values whose hash is below the bound. */
  #low: number[] | undefined;
  #bound = Infinity;

  constructor(kept: number, counts: Counts = new Map()) {
    this.#kept = kept;
    this.counts = counts;
  }

  /** Different values. */
  get size(): number {
    return this.counts.size;
  }

  add(value: Cell, times: number): void {
    const before = this.counts.get(value);
    this.counts.set(value, (before ?? 0) + times);
    if (before !== undefined || this.#low === undefined) return;
    const hash = hashOf(value);
    if (hash >= this.#bound) return;
    this.#low.splice(placeOf(this.#low, hash), 0, hash);
    if (this.#low.length > 4 * this.#kept) this.#cut(this.#low);
  }

  takeOut(value: Cell, times: number): void {
    const left = (this.counts.get(value) ?? 0) - times;
    if (left !== 0) {
      this.counts.set(value, left);
      return;
    }
    this.counts.delete(value);
    if (this.#low === undefined) return;
    const hash = hashOf(value);
    if (hash < this.#bound) this.#low.splice(placeOf(this.#low, hash), 1);
  }

  /** The k-th smallest hash, for k up to what is kept and to the number of values. */
  kth(k: number): number {
    if (this.#low === undefined || this.#low.length < k) {
      const hashes = hashesOf(this.counts.keys(), this.size).sort();
      this.#bound = Infinity;
      this.#low = this.#cut(Array.from(hashes.subarray(0, 2 * this.#kept + 1)));
    }
    return this.#low[k - 1] as number;
  }

  /** Twice as many as are kept, so that it is not soon done again. */
  #cut(low: number[]): number[] {
    if (low.length > 2 * this.#kept) {
      this.#bound = low[2 * this.#kept] as number;
      low.length = placeOf(low, this.#bound);
    }
    return low;
  }
}

/** The first place, in ascending order, of a number or of a larger one. */
function placeOf(numbers: readonly number[], number: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] as number) < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
