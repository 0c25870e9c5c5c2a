import { setImmediate as nextTurn } from 'node:timers/promises';
import { sampleInOrder } from '../random.ts';
import type { InputColumn, RowRange } from '../trainer.port.ts';
import { inOrder, sortFloats } from './sort-floats.ts';

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
  const values = new Float32Array(sorted.length);
  const counts = new Int32Array(sorted.length);
  let distinct = 0;
  for (let i = 0; i < sorted.length; i++) {
    const value = sorted[i]!;
    if (distinct === 0 || value !== values[distinct - 1]) values[distinct++] = value;
    counts[distinct - 1]!++;
  }
  const thresholds: number[] = [];
  let rowsLeft = sorted.length;
  let inBin = 0;
  for (let i = 0; i + 1 < distinct; i++) {
    inBin += counts[i]!;
    const binsLeft = bins - thresholds.length;
    if (binsLeft === 1) break;
    const share = distinct <= bins ? 0 : rowsLeft / binsLeft;
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
  for (let i = 0; i < rows.length; i++) {
    const value = Math.fround(values[rows[i]!]!);
    if (!Number.isNaN(value)) known[count++] = value;
  }
  const thresholds = thresholdsOf(sortFloats(known.subarray(0, count)), bins);
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

/** Learns from the training rows how to code each column. Between two columns everything else in this process has a turn. */
export async function learnBinnings(
  columns: readonly InputColumn[],
  train: RowRange,
  bins: number,
  random: () => number,
): Promise<Binning[]> {
  const rows = sampleInOrder(train.from, train.to, EDGE_ROWS, random);
  const binnings: Binning[] = [];
  for (const column of columns) {
    await nextTurn();
    binnings.push(
      column.type === 'number'
        ? numberBinning(column.name, column.values, rows, bins)
        : categoryBinning(column, train, bins),
    );
  }
  return binnings;
}

/** The codes of all columns, each of its binning's kind, in what `room` gives. Between two columns everything else in this process has a turn. */
export async function encodeAll<Codes extends Uint8Array>(
  binnings: readonly Binning[],
  columns: readonly InputColumn[],
  rows: RowRange,
  room: (rows: number) => Codes,
): Promise<Codes[]> {
  const codes: Codes[] = [];
  for (const [i, binning] of binnings.entries()) {
    await nextTurn();
    codes.push(encodeInto(room(rows.to - rows.from), binning, columns[i]!, rows));
  }
  return codes;
}

/** The codes of a column's rows. The column is of the binning's kind. */
export const encode = (binning: Binning, column: InputColumn, rows: RowRange): Uint8Array =>
  encodeInto(new Uint8Array(rows.to - rows.from), binning, column, rows);

function encodeInto<Codes extends Uint8Array>(
  codes: Codes,
  binning: Binning,
  column: InputColumn,
  { from, to }: RowRange,
): Codes {
  if (binning.type === 'number' && column.type === 'number')
    encodeNumbers(binning, column.values, from, codes);
  else if (binning.type === 'category' && column.type === 'category') {
    const rank = new Map(binning.categories.map((name, code) => [name, code]));
    const byCode = Uint8Array.from(column.categories, (name) => rank.get(name) ?? binning.bins);
    for (let row = from; row < to; row++)
      codes[row - from] = column.codes[row]! < 0 ? binning.bins : byCode[column.codes[row]!]!;
  }
  return codes;
}

/** So many rows are worth a table of starting points: it is 65,536 long. */
const TABLE_ROWS = 100_000;

function encodeNumbers(
  { thresholds, bins }: Binning & { type: 'number' },
  values: Float64Array,
  from: number,
  codes: Uint8Array,
): void {
  const starts = codes.length >= TABLE_ROWS ? startsOf(thresholds) : undefined;
  const float = new Float32Array(1);
  const word = new Uint32Array(float.buffer);
  for (let i = 0; i < codes.length; i++) {
    const value = Math.fround(values[from + i]!);
    let low = 0;
    let high = thresholds.length;
    if (starts !== undefined) {
      // −0 and 0 are one value.
      float[0] = value + 0;
      const bucket = inOrder(word[0]!) >>> 16;
      low = starts[bucket]!;
      high = starts[bucket + 1]!;
    }
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (value <= thresholds[middle]!) high = middle;
      else low = middle + 1;
    }
    codes[i] = Number.isNaN(value) ? bins : low;
  }
}

/**
 * By the upper 16 bits of a value in order: how many thresholds are below all values of that bucket; the next one's number is the
 * most there can be. Most buckets hold no threshold, so most searches are over before they begin: 5 ns a value against 25.
 */
function startsOf(thresholds: Float32Array): Uint8Array {
  const starts = new Uint8Array(65_537);
  const floats = Float32Array.from(thresholds, (threshold) => threshold + 0);
  const words = new Uint32Array(floats.buffer);
  let below = 0;
  for (let bucket = 0; bucket < 65_536; bucket++) {
    while (below < words.length && inOrder(words[below]!) < bucket * 65_536) below++;
    starts[bucket] = below;
  }
  starts[65_536] = thresholds.length;
  return starts;
}
