import { sampleInOrder } from '../random.ts';
import type { InputColumn, RowRange } from '../trainer.port.ts';

/** Bin edges are found from at most so many rows (as in LightGBM): quantiles of more would hardly differ. */
const EDGE_ROWS = 200_000;

/**
 * How a column becomes codes of one byte: 0, …, bins − 1, and `bins` for missing. A number's code is the number of
 * thresholds below it; a category's is its rank by frequency.
 */
export type Binning =
  | {
      readonly name: string;
      readonly type: 'number';
      readonly bins: number;
      readonly thresholds: Float32Array;
    }
  | {
      readonly name: string;
      readonly type: 'category';
      readonly bins: number;
      readonly categories: readonly string[];
    };

/** A float32 t with low <= t < high, in the middle if there is one. */
function between(low: number, high: number): number {
  const middle = Math.fround(low / 2 + high / 2);
  return middle >= low && middle < high ? middle : low;
}

/**
 * Thresholds that part sorted values into at most `bins` bins: one for each distinct value if they suffice, else of
 * about equal mass, where a value with more than a bin's share has a bin of its own.
 */
function thresholdsOf(sorted: Float32Array, bins: number): Float32Array {
  const values: number[] = [];
  const counts: number[] = [];
  for (const value of sorted) {
    if (value === values.at(-1)) counts[counts.length - 1]!++;
    else {
      values.push(value);
      counts.push(1);
    }
  }
  const thresholds: number[] = [];
  let rowsLeft = sorted.length;
  let inBin = 0;
  for (let i = 0; i + 1 < values.length; i++) {
    inBin += counts[i]!;
    const binsLeft = bins - thresholds.length;
    if (binsLeft === 1) break;
    const share = values.length <= bins ? 0 : rowsLeft / binsLeft;
    if (inBin < share && counts[i + 1]! < share) continue;
    thresholds.push(between(values[i]!, values[i + 1]!));
    rowsLeft -= inBin;
    inBin = 0;
  }
  return Float32Array.from(thresholds);
}

function numberBinning(name: string, values: Float64Array, rows: Int32Array, bins: number): Binning {
  const known = new Float32Array(rows.length);
  let count = 0;
  for (const row of rows) {
    const value = Math.fround(values[row]!);
    if (!Number.isNaN(value)) known[count++] = value;
  }
  const thresholds = thresholdsOf(known.subarray(0, count).sort(), bins);
  return { name, type: 'number', bins: count === 0 ? 0 : thresholds.length + 1, thresholds };
}

/** The `most` most frequent categories in the rows, ties by name; '' is a missing value. */
function categoryBinning(column: InputColumn & { type: 'category' }, train: RowRange, most: number): Binning {
  const byCode = new Float64Array(column.categories.length);
  for (let row = train.from; row < train.to; row++)
    if (column.codes[row]! >= 0) byCode[column.codes[row]!]!++;
  const byName = new Map<string, number>();
  column.categories.forEach((name, code) => {
    if (name !== '' && byCode[code]! > 0) byName.set(name, (byName.get(name) ?? 0) + byCode[code]!);
  });
  const ranked = [...byName].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, most);
  return {
    name: column.name,
    type: 'category',
    bins: ranked.length,
    categories: ranked.map(([name]) => name),
  };
}

/** Learns from the training rows how to code each column. */
export function learnBinnings(
  columns: readonly InputColumn[],
  train: RowRange,
  bins: number,
  random: () => number,
): Binning[] {
  const rows = sampleInOrder(train.from, train.to, EDGE_ROWS, random);
  return columns.map((column) =>
    column.type === 'number'
      ? numberBinning(column.name, column.values, rows, bins)
      : categoryBinning(column, train, bins),
  );
}

/** The codes of a column's rows. The column is of the binning's kind. */
export function encode(binning: Binning, column: InputColumn, { from, to }: RowRange): Uint8Array {
  const codes = new Uint8Array(to - from);
  if (binning.type === 'number' && column.type === 'number') {
    const { thresholds, bins } = binning;
    const { values } = column;
    for (let row = from; row < to; row++) {
      const value = Math.fround(values[row]!);
      let low = 0;
      let high = thresholds.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (value <= thresholds[middle]!) high = middle;
        else low = middle + 1;
      }
      codes[row - from] = Number.isNaN(value) ? bins : low;
    }
  } else if (binning.type === 'category' && column.type === 'category') {
    const rank = new Map(binning.categories.map((name, code) => [name, code]));
    const byCode = Uint8Array.from(column.categories, (name) => rank.get(name) ?? binning.bins);
    for (let row = from; row < to; row++)
      codes[row - from] = column.codes[row]! < 0 ? binning.bins : byCode[column.codes[row]!]!;
  }
  return codes;
}
