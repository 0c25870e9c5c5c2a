import type { RowRange } from './trainer.port.ts';

/** The finite values of some rows in order, each with the weight of all up to it. A value is what it is as a float32. */
interface Ordered {
  readonly values: Float64Array;
  readonly upTo: Float64Array;
}

function ordered(values: Float64Array, { from, to }: RowRange, weights?: Float64Array): Ordered {
  const rows: number[] = [];
  for (let row = from; row < to; row++) if (Number.isFinite(Math.fround(values[row]!))) rows.push(row);
  rows.sort((a, b) => Math.fround(values[a]!) - Math.fround(values[b]!));
  let whole = 0;
  return {
    values: Float64Array.from(rows, (row) => Math.fround(values[row]!)),
    upTo: Float64Array.from(rows, (row) => {
      whole += weights === undefined ? 1 : weights[row]!;
      return whole;
    }),
  };
}

/** The value of row `place` (from 0 on) if each row stood there as often as it weighs. */
function at({ values, upTo }: Ordered, place: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (upTo[middle]! > place) high = middle;
    else low = middle + 1;
  }
  return values[low]!;
}

/**
 * `count` quantiles from the least to the greatest at even shares of the rows, as numpy's `quantile` has them, each value once:
 * fewer where many rows have one value; none without a finite value. A weight of 3 is three rows.
 */
export function quantiles(
  values: Float64Array,
  range: RowRange,
  count: number,
  weights?: Float64Array,
): Float64Array {
  const sorted = ordered(values, range, weights);
  if (sorted.values.length === 0) return new Float64Array(0);
  const last = Math.max(0, sorted.upTo.at(-1)! - 1);
  const found = new Set<number>();
  for (let i = 0; i < count; i++) {
    const place = (last * i) / (count - 1);
    const low = Math.floor(place);
    const [a, b] = [at(sorted, low), at(sorted, Math.min(low + 1, last))];
    found.add(Math.fround(a + (b - a) * (place - low)));
  }
  return Float64Array.from(found).sort();
}

/** How many of the ascending `edges` are at or below a value: 0 to their number. */
export function binOf(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
