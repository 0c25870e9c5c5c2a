/** Most points kept of any curve: about one every three pixels of a chart, and a few kilobytes of JSON. */
export const CURVE_POINTS = 200;

/**
 * Which points of a curve to keep, rising: the first, the last, those in `keep`, and others evenly spaced along the
 * curve's length |dx| + |dy| (each axis scaled to its range), so that steep and flat parts keep their shape alike.
 * At most `most` in all, if `keep` holds no more than a few.
 */
export function thin(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  keep: readonly number[] = [],
  most: number = CURVE_POINTS,
): number[] {
  const n = x.length;
  if (n <= most) return Array.from({ length: n }, (_, i) => i);
  const scaleX = 1 / (range(x) || 1);
  const scaleY = 1 / (range(y) || 1);
  const length = (i: number) =>
    Math.abs((x[i] as number) - (x[i - 1] as number)) * scaleX +
    Math.abs((y[i] as number) - (y[i - 1] as number)) * scaleY;
  let whole = 0;
  for (let i = 1; i < n; i++) whole += length(i);
  // The first point, the last and the kept ones have places of their own.
  const places = most - 2 - keep.length;
  const chosen = new Set([0, n - 1, ...keep]);
  let walked = 0;
  let next = 1;
  for (let i = 1; i < n - 1 && next <= places; i++) {
    walked += length(i);
    if (walked * (places + 1) < whole * next) continue;
    chosen.add(i);
    next = Math.floor((walked * (places + 1)) / whole) + 1;
  }
  return [...chosen].sort((a, b) => a - b);
}

function range(values: ArrayLike<number>): number {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    low = Math.min(low, values[i] as number);
    high = Math.max(high, values[i] as number);
  }
  return high - low;
}

/** Of longer curves only so many points are looked at before they are thinned. */
const LOOKED_AT = 20_000;
const FIRST = 1_000;

/** Which of n points of a curve to look at: all of few; of many the first thousand, where a curve may be steep, those to keep, and every so-and-so-many-th. */
export function lookedAt(n: number, keep: readonly number[] = []): Uint32Array {
  if (n <= LOOKED_AT) return Uint32Array.from({ length: n }, (_, i) => i);
  const chosen = new Set<number>([...keep, n - 1]);
  for (let i = 0; i < FIRST; i++) chosen.add(i);
  const step = (n - FIRST) / (LOOKED_AT - FIRST);
  for (let at = FIRST; at < n; at += step) chosen.add(Math.floor(at));
  return Uint32Array.from(chosen).sort();
}
