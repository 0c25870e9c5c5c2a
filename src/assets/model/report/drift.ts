import { deepFreeze } from '../../../base/index.ts';
import { normalCdf } from '../judge/interval/normal.ts';
import { falseAlarmShares } from '../judge/slice/benjamini-hochberg.ts';
import type { InputColumn, RowRange } from '../train/index.ts';

/** How an input of the rows judged by differs from that of the rows learnt from. */
export interface InputDrift {
  readonly input: string;
  /** Population stability index over the bins, less what chance makes of two parts of this size; not below 0. */
  readonly psi: number;
  /** As counted, and the mean of the chance part that was taken off. */
  readonly rawPsi: number;
  readonly chance: number;
  readonly bins: number;
  /** Of a number: Wasserstein distance / standard deviation of the rows learnt from; null where that is 0, or for categories. */
  readonly shift: number | null;
  /** Share of rows without a value. */
  readonly missing: { readonly train: number; readonly test: number };
  /** Of categories: the share of rows judged by whose category no row learnt from has. */
  readonly unseen: number;
  /** The share of false alarms if all inputs as clear as this are called (Benjamini and Hochberg). */
  readonly falseAlarmShare: number;
  /** Clear of chance, and large enough to matter. */
  readonly drifted: boolean;
}

/** Above what an input is said to have drifted, if it is clear of chance: the common reading of the index. */
export const DRIFTED_PSI = 0.1;
const LEVEL = 0.05;
const BINS = 10;
/** Categories with a bin of their own; the rest share one. */
const MOST_CATEGORIES = 30;

/**
 * Each input of two parts, the most drifted first. Bins are frozen on the rows learnt from: deciles of numbers, the most frequent categories, missing values
 * and new categories apart. Counts are smoothed by ½. By chance alone the index of two parts of n and m rows over k bins has the mean (k − 1)(1/n + 1/m)
 * and is so many times a χ² of k − 1 degrees: what is told is the rest. Rows that resemble each other make chance larger than that, so that a small
 * drift needs an index of 0.1 besides.
 */
export function driftOf(columns: readonly InputColumn[], train: RowRange, test: RowRange): InputDrift[] {
  const found = columns.map((column) => driftOfColumn(column, train, test));
  const shares = falseAlarmShares(found.map(({ pValue }) => pValue));
  return found
    .map(({ pValue, ...one }, i): InputDrift => {
      const falseAlarmShare = shares[i] as number;
      const drifted = falseAlarmShare <= LEVEL && one.psi >= DRIFTED_PSI;
      return deepFreeze({ ...one, falseAlarmShare, drifted });
    })
    .sort((a, b) => b.psi - a.psi || (b.shift ?? 0) - (a.shift ?? 0) || (a.input < b.input ? -1 : 1));
}

function driftOfColumn(column: InputColumn, train: RowRange, test: RowRange) {
  const { binOf, bins, missing, unseen } =
    column.type === 'number' ? ofNumbers(column, train) : ofCategories(column, train);
  const counted = [train, test].map((range) => {
    const counts = new Float64Array(bins);
    for (let row = range.from; row < range.to; row++) (counts[binOf(row)] as number) += 1;
    return counts;
  }) as [Float64Array, Float64Array];
  const [p, q] = counted;
  const [n, m] = [train.to - train.from, test.to - test.from];
  // A bin that neither part has anything in is none.
  const used = p.filter((count, bin) => count + (q[bin] as number) > 0).length;
  const rawPsi = psiOf(p, q);
  const chance = Math.max(0, used - 1) * (1 / n + 1 / m);
  const share = (counts: Float64Array, bin: number | null, rows: number) =>
    bin === null || rows === 0 ? 0 : (counts[bin] as number) / rows;
  return {
    input: column.name,
    psi: Math.max(0, rawPsi - chance),
    rawPsi,
    chance,
    bins: used,
    shift: column.type === 'number' ? shiftOf(column.values, train, test) : null,
    missing: { train: share(p, missing, n), test: share(q, missing, m) },
    unseen: share(q, unseen, m),
    pValue: used < 2 ? 1 : chiSquaredAbove(rawPsi / (1 / n + 1 / m), used - 1),
  };
}

/** Σ (q − p) ln(q / p) over the shares of bins, each count smoothed by ½; bins that are empty on both sides are left out. */
export function psiOf(train: ArrayLike<number>, test: ArrayLike<number>): number {
  const bins = Array.from(train, (count, bin): [number, number] => [count, test[bin] as number]).filter(
    ([a, b]) => a + b > 0,
  );
  const whole = (side: 0 | 1): number => bins.reduce((sum, bin) => sum + bin[side] + 0.5, 0);
  const [n, m] = [whole(0), whole(1)];
  return bins.reduce((sum, [a, b]) => {
    const [p, q] = [(a + 0.5) / n, (b + 0.5) / m];
    return sum + (q - p) * Math.log(q / p);
  }, 0);
}

interface Binned {
  readonly binOf: (row: number) => number;
  readonly bins: number;
  readonly missing: number;
  readonly unseen: number | null;
}

function ofNumbers({ values }: InputColumn & { type: 'number' }, train: RowRange): Binned {
  const sorted = sortedOf(values, train);
  const edges = [
    ...new Set(
      Array.from(
        { length: BINS - 1 },
        (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / BINS)] as number,
      ),
    ),
  ].filter((edge) => edge > (sorted[0] as number));
  const missing = edges.length + 1;
  return {
    bins: missing + 1,
    missing,
    unseen: null,
    binOf: (row) => {
      const value = values[row] as number;
      if (Number.isNaN(value)) return missing;
      let bin = 0;
      while (bin < edges.length && value >= (edges[bin] as number)) bin++;
      return bin;
    },
  };
}

function ofCategories({ codes, categories }: InputColumn & { type: 'category' }, train: RowRange): Binned {
  const counts = new Float64Array(categories.length);
  for (let row = train.from; row < train.to; row++) {
    const code = codes[row] as number;
    if (code >= 0) (counts[code] as number) += 1;
  }
  const known = [...counts.keys()].filter((code) => (counts[code] as number) > 0);
  const kept = known
    .sort((a, b) => (counts[b] as number) - (counts[a] as number) || a - b)
    .slice(0, MOST_CATEGORIES);
  const places = new Map(kept.map((code, place) => [code, place]));
  const [others, unseen, missing] = [kept.length, kept.length + 1, kept.length + 2];
  return {
    bins: kept.length + 3,
    ...{ missing, unseen },
    binOf: (row) => {
      const code = codes[row] as number;
      if (code < 0) return missing;
      return (counts[code] as number) === 0 ? unseen : (places.get(code) ?? others);
    },
  };
}

function sortedOf(values: Float64Array, { from, to }: RowRange): Float64Array {
  return values.slice(from, to).filter(Number.isFinite).sort();
}

/** ∫ |F − G| between the two parts' values / standard deviation (over n) of those learnt from. */
function shiftOf(values: Float64Array, train: RowRange, test: RowRange): number | null {
  const [a, b] = [sortedOf(values, train), sortedOf(values, test)];
  if (a.length === 0 || b.length === 0) return null;
  // Rounding would give a constant a deviation.
  if (a[0] === a.at(-1)) return null;
  const mean = a.reduce((sum, value) => sum + value / a.length, 0);
  const deviation = Math.sqrt(a.reduce((sum, value) => sum + (value - mean) ** 2 / a.length, 0));
  return wasserstein(a, b) / deviation;
}

/** Between two sorted samples. */
export function wasserstein(a: Float64Array, b: Float64Array): number {
  let [i, j, distance] = [0, 0, 0];
  let at = Math.min(a[0] as number, b[0] as number);
  while (i < a.length || j < b.length) {
    const next = Math.min(a[i] ?? Infinity, b[j] ?? Infinity);
    distance += Math.abs(i / a.length - j / b.length) * (next - at);
    at = next;
    while (i < a.length && a[i] === at) i++;
    while (j < b.length && b[j] === at) j++;
  }
  return distance;
}

/** How often a χ² is above a value, by the cube root that is nearly normal (Wilson and Hilferty 1931): within 0.003 from 3 degrees on, 0.01 below. */
export function chiSquaredAbove(value: number, degrees: number): number {
  if (!(value > 0)) return 1;
  const spread = 2 / (9 * degrees);
  return 1 - normalCdf((Math.cbrt(value / degrees) - (1 - spread)) / Math.sqrt(spread));
}
