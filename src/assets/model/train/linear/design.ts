import { type EncodedColumn, type Entry, SPLINES_AT } from './encode.ts';

/**
 * The matrix of encoded rows, never written out: only its products are needed. A vector of weights has one number for
 * each weight of each column and the intercept last.
 */
export interface Design {
  readonly columns: readonly EncodedColumn[];
  readonly rows: number;
}

/** out = X·weights, by row. */
export function times({ columns }: Design, weights: Float64Array, out: Float64Array): void {
  out.fill(weights.at(-1)!);
  for (const column of columns) addColumn(column, weights, out);
}

/** out += what one column adds to X·weights. */
export function addColumn({ entries }: EncodedColumn, weights: Float64Array, out: Float64Array): void {
  for (const entry of entries) addEntry(entry, weights, out);
}

function addEntry(entry: Entry, weights: Float64Array, out: Float64Array): void {
  const { at } = entry;
  if (entry.kind === 'values') addScaled(out, entry.values, weights[at]!);
  else if (entry.kind === 'levels') addLevels(out, entry.levels, weights, at);
  else addSplines(out, entry.first, entry.basis, weights, at);
}

function addScaled(out: Float64Array, values: Float64Array, weight: number): void {
  for (let row = 0; row < out.length; row++) out[row]! += weight * values[row]!;
}

function addLevels(out: Float64Array, levels: Int32Array, weights: Float64Array, at: number): void {
  for (let row = 0; row < out.length; row++) {
    const level = levels[row]!;
    if (level > 0) out[row]! += weights[at + level - 1]!;
  }
}

function addSplines(
  out: Float64Array,
  first: Int32Array,
  basis: Float64Array,
  weights: Float64Array,
  at: number,
): void {
  for (let row = 0; row < out.length; row++) {
    if (first[row] === 0) continue;
    const start = at + first[row]! - 1;
    for (let i = 0; i < SPLINES_AT; i++) out[row]! += weights[start + i]! * basis[row * SPLINES_AT + i]!;
  }
}

/** out = Xᵀ·byRow, by weight. */
export function transposeTimes({ columns, rows }: Design, byRow: Float64Array, out: Float64Array): void {
  out.fill(0);
  for (const { entries } of columns)
    for (const entry of entries) {
      if (entry.kind === 'values') out[entry.at] = dot(entry.values, byRow);
      else if (entry.kind === 'levels') sumLevels(entry.levels, byRow, out, entry.at);
      else sumSplines(entry.first, entry.basis, byRow, out, entry.at);
    }
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += byRow[row]!;
  out[out.length - 1] = sum;
}

/** The diagonal of Xᵀ·diag(byRow)·X. */
export function squaresTimes({ columns, rows }: Design, byRow: Float64Array, out: Float64Array): void {
  out.fill(0);
  for (const { entries } of columns)
    for (const entry of entries) {
      if (entry.kind === 'levels') sumLevels(entry.levels, byRow, out, entry.at);
      else if (entry.kind === 'splines') {
        const squares = entry.basis.map((value) => value * value);
        sumSplines(entry.first, squares, byRow, out, entry.at);
      } else {
        let sum = 0;
        for (let row = 0; row < rows; row++) sum += entry.values[row]! * entry.values[row]! * byRow[row]!;
        out[entry.at] = sum;
      }
    }
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += byRow[row]!;
  out[out.length - 1] = sum;
}

function sumLevels(levels: Int32Array, byRow: Float64Array, out: Float64Array, at: number): void {
  for (let row = 0; row < byRow.length; row++) {
    const level = levels[row]!;
    if (level > 0) out[at + level - 1]! += byRow[row]!;
  }
}

function sumSplines(
  first: Int32Array,
  basis: Float64Array,
  byRow: Float64Array,
  out: Float64Array,
  at: number,
): void {
  for (let row = 0; row < byRow.length; row++) {
    if (first[row] === 0) continue;
    const start = at + first[row]! - 1;
    for (let i = 0; i < SPLINES_AT; i++) out[start + i]! += basis[row * SPLINES_AT + i]! * byRow[row]!;
  }
}

/** One column of the matrix: which rows are not 0 (all, where absent) and their values (1, where absent). */
export interface Sparse {
  readonly rows?: Int32Array;
  readonly values?: Float64Array;
}

/** The matrix column by column, in the order of the weights; the intercept's, all ones, last. */
export function byWeight({ columns, rows }: Design, weights: number): Sparse[] {
  const found: Sparse[] = new Array(weights);
  for (const { entries } of columns)
    for (const entry of entries) {
      if (entry.kind === 'values') {
        found[entry.at] = { values: entry.values };
        continue;
      }
      const at: number[][] = Array.from({ length: entry.count }, () => []);
      const values: number[][] = Array.from({ length: entry.count }, () => []);
      for (let row = 0; row < rows; row++) {
        if (entry.kind === 'levels') {
          if (entry.levels[row]! > 0) at[entry.levels[row]! - 1]!.push(row);
        } else if (entry.first[row]! > 0)
          for (let i = 0; i < SPLINES_AT; i++) {
            at[entry.first[row]! - 1 + i]!.push(row);
            values[entry.first[row]! - 1 + i]!.push(entry.basis[row * SPLINES_AT + i]!);
          }
      }
      at.forEach((list, i) => {
        found[entry.at + i] = {
          rows: Int32Array.from(list),
          ...(entry.kind === 'splines' ? { values: Float64Array.from(values[i]!) } : {}),
        };
      });
    }
  found[weights - 1] = {};
  return found;
}

/** Sum of products of two vectors of one length. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
