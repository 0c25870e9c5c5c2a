import { sumRange } from './sum-range.ts';

// Sums must be the same bits in any order, so a double is summed as the whole number round-half-even(x × 2^64): exact for
// every |x| ≥ 2^-11, and off by at most 2^-65 (2.7e-20) below. A total is held in limbs of 32 bits, each a double of its own: a row is
// added by four additions (a bigint would take ten times as long), and limbs carry only when they could pass 2^53.

/** Numbers from here up, either sign, cannot be summed. */
export const SUM_LIMIT = 2 ** 62;

const LIMB = 2 ** 32;
/** Limbs may pile up this many rows of at most 2^32 each: with the carries of the next row they stay below 2^53. */
const MOST_PILED = 2 ** 20;

/** l0 × 2^-64 + l1 × 2^-32 + l2 + l3 × 2^32 + l4 × 2^64. */
export class ExactSum {
  l0 = 0;
  l1 = 0;
  l2 = 0;
  l3 = 0;
  l4 = 0;
  /** Rows whose limbs lie one upon another since the last carry. */
  piled = 0;

  /** @throws MILL_FEATURE_SUM_RANGE from ±2^62 on. `where` names the feature and the column. */
  add(x: number, where: string): void {
    if (!(Math.abs(x) < SUM_LIMIT)) throw sumRange(where, String(x));
    const whole = Math.trunc(x);
    const high = Math.trunc(whole / LIMB);
    this.l3 += high;
    this.l2 += whole - high * LIMB;
    if (whole !== x) {
      const part = (x - whole) * LIMB;
      const upper = Math.trunc(part);
      this.l1 += upper;
      this.l0 += roundHalfEven((part - upper) * LIMB);
    }
    if (++this.piled >= MOST_PILED) this.carry();
  }

  merge(other: ExactSum): void {
    this.l0 += other.l0;
    this.l1 += other.l1;
    this.l2 += other.l2;
    this.l3 += other.l3;
    this.l4 += other.l4;
    this.piled += other.piled;
    if (this.piled >= MOST_PILED) this.carry();
  }

  remove(other: ExactSum): void {
    this.l0 -= other.l0;
    this.l1 -= other.l1;
    this.l2 -= other.l2;
    this.l3 -= other.l3;
    this.l4 -= other.l4;
    this.piled += other.piled;
    if (this.piled >= MOST_PILED) this.carry();
  }

  /** Brings every limb but the last into [0, 2^32). */
  carry(): void {
    let carried = Math.floor(this.l0 / LIMB);
    this.l0 -= carried * LIMB;
    this.l1 += carried;
    carried = Math.floor(this.l1 / LIMB);
    this.l1 -= carried * LIMB;
    this.l2 += carried;
    carried = Math.floor(this.l2 / LIMB);
    this.l2 -= carried * LIMB;
    this.l3 += carried;
    carried = Math.floor(this.l3 / LIMB);
    this.l3 -= carried * LIMB;
    this.l4 += carried;
    // As much as one row: what is within a limb.
    this.piled = 1;
  }

  /** The double for the total. The part below 1 is brought into [−1/2, 1/2), so that a small negative total keeps its digits. */
  value(): number {
    this.carry();
    let low = this.l2;
    let upper = this.l1;
    if (upper >= LIMB / 2) {
      upper -= LIMB;
      low += 1;
    }
    let high = this.l4 * LIMB + this.l3;
    if (low === LIMB) {
      low = 0;
      high += 1;
    }
    return high * LIMB + low + (upper * LIMB + this.l0) / (LIMB * LIMB);
  }

  /** The limbs, without the highest ones where they are 0. */
  save(): number[] {
    this.carry();
    const limbs = [this.l0, this.l1, this.l2, this.l3, this.l4];
    while (limbs.at(-1) === 0) limbs.pop();
    return limbs;
  }

  /** Adds what was saved, from a place in a list on. */
  take(saved: readonly number[], from: number): void {
    this.l0 += saved[from] ?? 0;
    this.l1 += saved[from + 1] ?? 0;
    this.l2 += saved[from + 2] ?? 0;
    this.l3 += saved[from + 3] ?? 0;
    this.l4 += saved[from + 4] ?? 0;
    if (++this.piled >= MOST_PILED) this.carry();
  }

  static of(saved: readonly number[]): ExactSum {
    const sum = new ExactSum();
    sum.take(saved, 0);
    return sum;
  }
}

export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest < 0.5) return below;
  return rest > 0.5 || below % 2 !== 0 ? below + 1 : below;
}
