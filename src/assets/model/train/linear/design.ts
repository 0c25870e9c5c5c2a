import type { EncodedColumn } from './encoding.ts';

/**
 * The matrix of encoded rows, never written out: only its products are needed. A vector of weights has one number for
 * each weight of each column and the intercept last.
 */
export interface Design {
  readonly columns: readonly EncodedColumn[];
  readonly rows: number;
}

/** out = X·weights, by row. */
export function times({ columns, rows }: Design, weights: Float64Array, out: Float64Array): void {
  out.fill(weights.at(-1)!);
  for (const column of columns) {
    if (column.values !== undefined) addScaled(out, column.values, weights[column.at]!, rows);
    if (column.firstLevel < column.at + column.weights)
      addLevels(out, column.levels, weights, column.firstLevel, rows);
  }
}

function addScaled(out: Float64Array, values: Float64Array, weight: number, rows: number): void {
  for (let row = 0; row < rows; row++) out[row]! += weight * values[row]!;
}

function addLevels(
  out: Float64Array,
  levels: Int32Array,
  weights: Float64Array,
  at: number,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    const level = levels[row]!;
    if (level > 0) out[row]! += weights[at + level - 1]!;
  }
}

/** out = Xᵀ·byRow, by weight. */
export function transposeTimes({ columns, rows }: Design, byRow: Float64Array, out: Float64Array): void {
  out.fill(0);
  for (const { values, levels, at, weights, firstLevel } of columns) {
    if (values !== undefined) out[at] = dot(values, byRow);
    if (firstLevel < at + weights) sumLevels(levels, byRow, out, firstLevel, rows);
  }
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += byRow[row]!;
  out[out.length - 1] = sum;
}

/** The diagonal of Xᵀ·diag(byRow)·X. */
export function squaresTimes({ columns, rows }: Design, byRow: Float64Array, out: Float64Array): void {
  transposeTimes({ columns, rows }, byRow, out);
  for (const { values, at } of columns) {
    if (values === undefined) continue;
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += values[row]! * values[row]! * byRow[row]!;
    out[at] = sum;
  }
}

function sumLevels(
  levels: Int32Array,
  byRow: Float64Array,
  out: Float64Array,
  at: number,
  rows: number,
): void {
  for (let row = 0; row < rows; row++) {
    const level = levels[row]!;
    if (level > 0) out[at + level - 1]! += byRow[row]!;
  }
}

/** Sum of products of two vectors of one length. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
