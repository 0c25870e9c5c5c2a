import { wholeWeight } from '../loss.ts';
import { quantiles } from '../quantiles.ts';
import type { InputColumn, RowRange } from '../trainer.port.ts';
import type { Shapes } from './options.ts';
import { type Splines, splinesOver } from './splines.ts';

/** Categories with fewer training rows, and those after the 255 most frequent, share one weight. */
const RARE_ROWS = 10;
const MOST_LEVELS = 255;

/**
 * How a column enters a linear model. A value that is not finite as a float32 is a missing value. `indicator`: whether a missing
 * number has a weight of its own, which it has when training saw some.
 */
export type Encoding =
  | {
      readonly name: string;
      readonly type: 'number';
      readonly shape: 'line';
      /** A value x enters as (x − mean) / scale; a missing one as 0, the mean. Both in float64, over float32 inputs. */
      readonly mean: number;
      /** Standard deviation with missing values at the mean; Infinity for a constant column, which then enters as 0. */
      readonly scale: number;
      readonly indicator: boolean;
    }
  | {
      readonly name: string;
      readonly type: 'number';
      readonly shape: 'splines';
      /** A value enters as the values of the splines, not standardized; a missing one as zeros. */
      readonly splines: Splines;
      readonly indicator: boolean;
    }
  | {
      readonly name: string;
      readonly type: 'number';
      readonly shape: 'bins';
      /** Ascending, above the least value: a value is in the bin whose number is how many of them are at or below it. */
      readonly edges: Float64Array;
      readonly indicator: boolean;
    }
  | {
      readonly name: string;
      readonly type: 'category';
      /** Level by name, 1, 2, …; missing values and categories not in it are at level 0, whose weight is 0. */
      readonly levels: ReadonlyMap<string, number>;
      readonly levelCount: number;
    };

export type NumberEncoding = Encoding & { type: 'number' };

/** How many weights a column has. */
export function weightsOf(encoding: Encoding): number {
  if (encoding.type === 'category') return encoding.levelCount;
  const missing = encoding.indicator ? 1 : 0;
  if (encoding.shape === 'line') return 1 + missing;
  return missing + (encoding.shape === 'bins' ? encoding.edges.length + 1 : encoding.splines.count);
}

function numberEncoding(
  name: string,
  values: Float64Array,
  { from, to }: RowRange,
  weights: Float64Array | undefined,
): NumberEncoding & { shape: 'line' } {
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
  const scale = constant ? Number.POSITIVE_INFINITY : deviation;
  return { name, type: 'number', shape: 'line', mean, scale, indicator };
}

/** A curve or steps instead of the line, where that is asked for and the column has values enough to bend between. */
function shaped(
  line: NumberEncoding & { shape: 'line' },
  values: Float64Array,
  range: RowRange,
  weights: Float64Array | undefined,
  { splines, bins }: { readonly splines: number; readonly bins: number },
): NumberEncoding {
  if (splines === 0 && bins === 0) return line;
  const { name, type, indicator } = line;
  const asked = bins > 0 ? bins + 1 : splines;
  const cuts = quantiles(values, range, asked, weights);
  if (cuts.length < 3) return line;
  if (bins > 0) return { name, type, shape: 'bins', edges: cuts.slice(1, -1), indicator };
  return { name, type, shape: 'splines', splines: splinesOver(cuts), indicator };
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
  shapes?: Shapes,
): Encoding[] {
  return columns.map((column) => {
    if (column.type === 'category') return categoryEncoding(column, train);
    const line = numberEncoding(column.name, column.values, train, weights);
    if (shapes === undefined) return line;
    return shaped(line, column.values, train, weights, shapes.of(column.name));
  });
}
