import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Factors } from './factors.ts';
import { sumAt } from './factors.ts';
import type { Distinct } from './side.ts';

/** What was seen of users and items: pairs with a weight and what they are to be told as, by user and by item. */
export interface Seen {
  /** Of one side's `one`: pairs from `start[one]` to `start[one + 1]`. */
  readonly start: Int32Array;
  /** The other side's. */
  readonly other: Int32Array;
  readonly weight: Float64Array;
  readonly wanted: Float64Array;
}

/** Steps of conjugate gradients for one side; the next pass goes on from there (Takács, Pilászy, Tikk 2011). */
const STEPS = 4;

/** Pairs side by side, in the order of one side. */
export function seenBy(
  one: Int32Array,
  other: Int32Array,
  count: number,
  weight: Float64Array,
  wanted: Float64Array,
): Seen {
  const start = new Int32Array(count + 1);
  for (const at of one) start[at + 1]!++;
  for (let i = 0; i < count; i++) start[i + 1]! += start[i]!;
  const next = start.slice();
  const order = new Int32Array(one.length);
  one.forEach((at, row) => {
    order[next[at]!++] = row;
  });
  return {
    start,
    other: Int32Array.from(order, (row) => other[row]!),
    weight: Float64Array.from(order, (row) => weight[row]!),
    wanted: Float64Array.from(order, (row) => wanted[row]!),
  };
}

/**
 * One side's factors by the other's, in place: the least Σ weight·(wanted − score)² + unseen·Σ over all pairs score² + Σ l2·weight of its pairs·|factors|².
 * It is a system of equations over all places at once, since users share features; biases stay 0.
 */
export async function alternate(
  own: Factors,
  ones: Distinct,
  seen: Seen,
  other: { readonly factors: Factors; readonly all: Distinct },
  { unseen, l2 }: { readonly unseen: number; readonly l2: number },
): Promise<void> {
  const { width } = own;
  const k = width - 1;
  const others = new Float64Array(other.all.count * width);
  for (let i = 0; i < other.all.count; i++)
    sumAt(other.factors, other.all.places, i * other.all.width, (i + 1) * other.all.width, others, i * width);
  const gram = new Float64Array(k * k);
  for (let i = 0; i < other.all.count; i++)
    for (let a = 0; a < k; a++) {
      const x = unseen * others[i * width + a]!;
      for (let b = 0; b < k; b++) gram[a * k + b]! += x * others[i * width + b]!;
    }
  // Place 0 stands for everyone in here.
  const size = own.table.length;
  const state = own.table.slice();
  state.set(own.everyone, 0);
  const wanted = new Float64Array(size);
  const diagonal = new Float64Array(size);
  const penalty = new Float64Array(size);
  const [a, b, c] = [new Float64Array(width), new Float64Array(width), new Float64Array(width)];
  const spread = (one: number, values: Float64Array, into: Float64Array): void => {
    for (let d = 0; d < k; d++) into[d]! += values[d]!;
    for (let at = one * ones.width; at < (one + 1) * ones.width; at++) {
      if (ones.places[at] === 0) continue;
      const start = ones.places[at]! * width;
      for (let d = 0; d < k; d++) into[start + d]! += values[d]!;
    }
  };
  for (let one = 0; one < ones.count; one++) {
    let mass = unseen * other.all.count;
    a.fill(0);
    for (let d = 0; d < k; d++) b[d] = gram[d * k + d]!;
    for (let at = seen.start[one]!; at < seen.start[one + 1]!; at++) {
      const q = seen.other[at]! * width;
      mass += seen.weight[at]!;
      for (let d = 0; d < k; d++) {
        const x = others[q + d]!;
        a[d]! += seen.weight[at]! * seen.wanted[at]! * x;
        b[d]! += seen.weight[at]! * x * x;
      }
    }
    c.fill(l2 * mass);
    spread(one, a, wanted);
    spread(one, b, diagonal);
    spread(one, c, penalty);
  }
  for (let i = 0; i < size; i++) diagonal[i] = diagonal[i]! + penalty[i]! || 1;
  const image = (x: Float64Array): Float64Array => {
    const out = new Float64Array(size);
    for (let one = 0; one < ones.count; one++) {
      for (let d = 0; d < k; d++) a[d] = x[d]!;
      for (let at = one * ones.width; at < (one + 1) * ones.width; at++) {
        if (ones.places[at] === 0) continue;
        const start = ones.places[at]! * width;
        for (let d = 0; d < k; d++) a[d]! += x[start + d]!;
      }
      for (let d = 0; d < k; d++) {
        let sum = 0;
        for (let e = 0; e < k; e++) sum += gram[d * k + e]! * a[e]!;
        b[d] = sum;
      }
      for (let at = seen.start[one]!; at < seen.start[one + 1]!; at++) {
        const q = seen.other[at]! * width;
        let score = 0;
        for (let d = 0; d < k; d++) score += a[d]! * others[q + d]!;
        score *= seen.weight[at]!;
        for (let d = 0; d < k; d++) b[d]! += score * others[q + d]!;
      }
      spread(one, b, out);
    }
    for (let i = 0; i < size; i++) out[i]! += penalty[i]! * x[i]!;
    return out;
  };
  await conjugate(image, state, wanted, diagonal);
  own.everyone.set(state.subarray(0, width));
  own.table.set(state);
  own.table.fill(0, 0, width);
}

/** A few steps towards image(x) = wanted, from x on, in place. */
async function conjugate(
  image: (x: Float64Array) => Float64Array,
  x: Float64Array,
  wanted: Float64Array,
  diagonal: Float64Array,
): Promise<void> {
  const start = image(x);
  const rest = wanted.map((value, i) => value - start[i]!);
  let scaled = rest.map((value, i) => value / diagonal[i]!);
  const direction = scaled.slice();
  let energy = rest.reduce((sum, value, i) => sum + value * scaled[i]!, 0);
  for (let step = 0; step < STEPS && energy > 0; step++) {
    await nextTurn();
    const turned = image(direction);
    let curve = 0;
    for (let i = 0; i < x.length; i++) curve += direction[i]! * turned[i]!;
    const length = energy / curve;
    if (!Number.isFinite(length)) return;
    for (let i = 0; i < x.length; i++) {
      x[i]! += length * direction[i]!;
      rest[i]! -= length * turned[i]!;
    }
    scaled = rest.map((value, i) => value / diagonal[i]!);
    const before = energy;
    energy = rest.reduce((sum, value, i) => sum + value * scaled[i]!, 0);
    for (let i = 0; i < x.length; i++) direction[i] = scaled[i]! + (energy / before) * direction[i]!;
  }
}
