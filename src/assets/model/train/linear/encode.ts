import { binOf } from '../quantiles.ts';
import type { InputColumn, RowRange } from '../trainer.port.ts';
import { type Encoding, type NumberEncoding, weightsOf } from './encoding.ts';
import { splinesAt } from './splines.ts';

/** How many splines are not zero at a value. */
export const SPLINES_AT = 4;

/** Rows of a column, encoded, beside its weights in the vector of all of a model's. */
export type Entry =
  /** One number by row, with the weight at `at`. */
  | { readonly at: number; readonly kind: 'values'; readonly values: Float64Array }
  /** A level by row: that of level 1 is at `at`, the next level's at `at` + 1; level 0 has none. */
  | { readonly at: number; readonly kind: 'levels'; readonly count: number; readonly levels: Int32Array }
  /** Four splines by row, their first one counted from 1; 0 for a missing value. `basis` has four numbers a row. */
  | {
      readonly at: number;
      readonly kind: 'splines';
      readonly count: number;
      readonly first: Int32Array;
      readonly basis: Float64Array;
    };

/** A column's weights stand together, from `at` on: for a number its own and then the missing value's, for a category one by level. */
export interface EncodedColumn {
  readonly at: number;
  readonly weights: number;
  readonly entries: readonly Entry[];
}

function encodeNumber(
  encoding: NumberEncoding,
  given: Float64Array,
  at: number,
  { from, to }: RowRange,
): Entry[] {
  const rows = to - from;
  const { indicator } = encoding;
  const missing = new Int32Array(indicator ? rows : 0);
  const each = (known: (x: number, row: number) => void): void => {
    for (let row = 0; row < rows; row++) {
      const x = Math.fround(given[from + row]!);
      if (Number.isFinite(x)) known(x, row);
      else if (indicator) missing[row] = 1;
    }
  };
  const beside = (after: number): Entry[] =>
    indicator ? [{ at: at + after, kind: 'levels', count: 1, levels: missing }] : [];
  switch (encoding.shape) {
    case 'line': {
      const { mean, scale } = encoding;
      const values = new Float64Array(rows);
      each((x, row) => {
        values[row] = (x - mean) / scale;
      });
      return [{ at, kind: 'values', values }, ...beside(1)];
    }
    case 'bins': {
      const { edges } = encoding;
      const levels = new Int32Array(rows);
      each((x, row) => {
        levels[row] = binOf(edges, x) + 1;
      });
      return [{ at, kind: 'levels', count: edges.length + 1, levels }, ...beside(edges.length + 1)];
    }
    case 'splines': {
      const { splines } = encoding;
      const first = new Int32Array(rows);
      const basis = new Float64Array(rows * SPLINES_AT);
      each((x, row) => {
        first[row] = splinesAt(splines, x, basis, row * SPLINES_AT) + 1;
      });
      return [{ at, kind: 'splines', count: splines.count, first, basis }, ...beside(splines.count)];
    }
  }
}

function encodeCategory(
  encoding: Encoding & { type: 'category' },
  column: InputColumn & { type: 'category' },
  at: number,
  { from, to }: RowRange,
): Entry[] {
  const byCode = column.categories.map((name) => encoding.levels.get(name) ?? 0);
  const levels = new Int32Array(to - from);
  for (let row = from; row < to; row++) levels[row - from] = byCode[column.codes[row]!] ?? 0;
  return [{ at, kind: 'levels', count: encoding.levelCount, levels }];
}

/** Rows of columns in the order and of the kinds of `encodings`, ready for sums of products. */
export function encodeColumns(
  encodings: readonly Encoding[],
  columns: readonly InputColumn[],
  range: RowRange,
): { readonly columns: readonly EncodedColumn[]; readonly weights: number } {
  let weights = 0;
  const encoded = encodings.map((encoding, i): EncodedColumn => {
    const column = columns[i]!;
    const at = weights;
    weights += weightsOf(encoding);
    const entries =
      encoding.type === 'number' && column.type === 'number'
        ? encodeNumber(encoding, column.values, at, range)
        : encoding.type === 'category' && column.type === 'category'
          ? encodeCategory(encoding, column, at, range)
          : [];
    return { at, weights: weights - at, entries };
  });
  return { columns: encoded, weights };
}
