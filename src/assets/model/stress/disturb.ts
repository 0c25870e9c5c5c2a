import type { ColumnData } from '../../../engine/index.ts';
import { seededUint32 } from '../judge/random.ts';
import type { RowRange } from '../train/index.ts';

/** A share of the cells of some rows made missing, by a seed: each cell by itself. */
export function blanked(
  columns: readonly ColumnData[],
  { from, to }: RowRange,
  share: number,
  seed: number,
): ColumnData[] {
  const next = seededUint32(seed);
  const gone = (): boolean => next() / 2 ** 32 < share;
  return columns.map((column) =>
    column.type === 'string'
      ? { ...column, values: column.values.slice(from, to).map((value) => (gone() ? null : value)) }
      : { ...column, values: column.values.slice(from, to).map((value) => (gone() ? Number.NaN : value)) },
  );
}

/** Normal noise on the numbers of some rows, in standard deviations (over n) that each has in the rows learnt from. Truths, texts and instants stay. */
export function noisy(
  columns: readonly ColumnData[],
  { from, to }: RowRange,
  train: RowRange,
  sigma: number,
  seed: number,
): ColumnData[] {
  const next = seededUint32(seed);
  const normal = (): number =>
    // Box and Muller; never the logarithm of 0.
    Math.sqrt(-2 * Math.log((next() + 1) / (2 ** 32 + 1))) * Math.cos((2 * Math.PI * next()) / 2 ** 32);
  return columns.map((column): ColumnData => {
    if (column.type === 'string') return { ...column, values: column.values.slice(from, to) };
    const values = column.values.slice(from, to);
    if (column.type === 'boolean' || column.type === 'timestamp') return { ...column, values };
    const deviation = deviationOf(column.values, train);
    return { ...column, values: values.map((value) => value + sigma * deviation * normal()) };
  });
}

function deviationOf(values: Float64Array, { from, to }: RowRange): number {
  const there = values.subarray(from, to).filter(Number.isFinite);
  if (there.length === 0) return 0;
  const mean = there.reduce((sum, value) => sum + value, 0) / there.length;
  return Math.sqrt(there.reduce((sum, value) => sum + (value - mean) ** 2, 0) / there.length);
}
