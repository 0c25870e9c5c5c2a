import { wholeWeight } from '../loss.ts';
import type { InputColumn, RowRange } from '../trainer.port.ts';

/** Categories with fewer training rows, and those after the 255 most frequent, share one weight. */
const RARE_ROWS = 10;
const MOST_LEVELS = 255;

/** How a column enters a linear model. A value that is not finite as a float32 is a missing value. */
export type Encoding =
  | {
      readonly name: string;
      readonly type: 'number';
      /** A value x enters as (x − mean) / scale; a missing one as 0, the mean. Both in float64, over float32 inputs. */
      readonly mean: number;
      /** Standard deviation with missing values at the mean; Infinity for a constant column, which then enters as 0. */
      readonly scale: number;
      /** Whether a missing value has a weight of its own: when training saw some. */
      readonly indicator: boolean;
    }
  | {
      readonly name: string;
      readonly type: 'category';
      /** Level by name, 1, 2, …; missing values and categories not in it are at level 0, whose weight is 0. */
      readonly levels: ReadonlyMap<string, number>;
      readonly levelCount: number;
    };

function numberEncoding(
  name: string,
  values: Float64Array,
  { from, to }: RowRange,
  weights: Float64Array | undefined,
): Encoding {
  let count = 0;
  let weighed = 0;
  let mean = 0;
  let squares = 0;
  for (let row = from; row < to; row++) {
    const x = Math.fround(values[row]!);
    if (!Number.isFinite(x)) continue;
    const weight = weights === undefined ? 1 : weights[row]!;
    count++;
    weighed += weight;
    const off = x - mean;
    mean += (off * weight) / weighed;
    squares += weight * off * (x - mean);
  }
  const deviation = Math.sqrt(squares / wholeWeight(from, to, weights));
  // Below the rounding of the mean itself there is no spread, only noise.
  const constant = !(deviation > 1e-12 * Math.abs(mean));
  const indicator = count > 0 && count < to - from;
  return { name, type: 'number', mean, scale: constant ? Number.POSITIVE_INFINITY : deviation, indicator };
}

function categoryEncoding(column: InputColumn & { type: 'category' }, { from, to }: RowRange): Encoding {
  const byName = new Map<string, number>();
  for (let row = from; row < to; row++) {
    const name = column.categories[column.codes[row]!] ?? '';
    if (name !== '') byName.set(name, (byName.get(name) ?? 0) + 1);
  }
  const ranked = [...byName].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const frequent = ranked.slice(0, MOST_LEVELS).filter(([, rows]) => rows >= RARE_ROWS).length;
  const levels = new Map(ranked.map(([name], i) => [name, Math.min(i, frequent) + 1]));
  return { name: column.name, type: 'category', levels, levelCount: Math.min(ranked.length, frequent + 1) };
}

/** Learns from the training rows how each column enters the model. Numbers are scaled by weight; which categories are rare is a matter of rows. */
export function learnEncodings(
  columns: readonly InputColumn[],
  train: RowRange,
  weights?: Float64Array,
): Encoding[] {
  return columns.map((column) =>
    column.type === 'number'
      ? numberEncoding(column.name, column.values, train, weights)
      : categoryEncoding(column, train),
  );
}

/**
 * One column of rows, encoded. Its weights stand together in the vector of all weights, from `at` on: for a number its
 * own and then the missing value's, for a category one by level from 1.
 */
export interface EncodedColumn {
  readonly at: number;
  readonly weights: number;
  /** Standardized numbers; absent for a category. */
  readonly values?: Float64Array;
  /** Level by row: a category's, or 1 where a number is missing. 0 has no weight. */
  readonly levels: Int32Array;
  /** The weight of level 1. */
  readonly firstLevel: number;
}

function encodeNumber(
  encoding: Encoding & { type: 'number' },
  given: Float64Array,
  at: number,
  { from, to }: RowRange,
): EncodedColumn {
  const { mean, scale, indicator } = encoding;
  const values = new Float64Array(to - from);
  const levels = new Int32Array(to - from);
  for (let row = from; row < to; row++) {
    const x = Math.fround(given[row]!);
    if (Number.isFinite(x)) values[row - from] = (x - mean) / scale;
    else if (indicator) levels[row - from] = 1;
  }
  return { at, weights: indicator ? 2 : 1, values, levels, firstLevel: at + 1 };
}

function encodeCategory(
  encoding: Encoding & { type: 'category' },
  column: InputColumn & { type: 'category' },
  at: number,
  { from, to }: RowRange,
): EncodedColumn {
  const byCode = column.categories.map((name) => encoding.levels.get(name) ?? 0);
  const levels = new Int32Array(to - from);
  for (let row = from; row < to; row++) levels[row - from] = byCode[column.codes[row]!] ?? 0;
  return { at, weights: encoding.levelCount, levels, firstLevel: at };
}

/** Rows of columns in the order and of the kinds of `encodings`, ready for sums of products. */
export function encodeColumns(
  encodings: readonly Encoding[],
  columns: readonly InputColumn[],
  range: RowRange,
): { readonly columns: readonly EncodedColumn[]; readonly weights: number } {
  let weights = 0;
  const encoded = encodings.flatMap((encoding, i) => {
    const column = columns[i]!;
    const at = weights;
    let one: EncodedColumn | undefined;
    if (encoding.type === 'number' && column.type === 'number')
      one = encodeNumber(encoding, column.values, at, range);
    else if (encoding.type === 'category' && column.type === 'category')
      one = encodeCategory(encoding, column, at, range);
    weights += one?.weights ?? 0;
    return one ? [one] : [];
  });
  return { columns: encoded, weights };
}
