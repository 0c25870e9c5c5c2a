import type { InputColumn } from '../../train/trainer.port.ts';
import { twoSided } from '../interval/normal.ts';
import { type Cells, cellsOf } from './cells.ts';
import { type Measure, varianceOfParts } from './measure.ts';
import type { SliceTerm } from './term.ts';

/** A slice that was tried: on all rows, or on some of very many. */
export interface Tried {
  readonly terms: readonly SliceTerm[];
  readonly rows: number;
  /** Value − that of all other rows, and its standard error. */
  readonly difference: number;
  readonly error: number;
  readonly pValue: number;
  /** Of a pair, the two slices it is the overlap of. */
  readonly within: readonly Tried[];
}

/** Rows looked at: of more every so-and-so-many-th. What is found is judged on all of them afterwards. */
const SEARCHED = 200_000;
/** Columns whose pairs are tried: 66 pairs. */
const PAIRED = 12;

/**
 * Tries every part of every column, and every overlap of two parts of the columns that stand out most; for ROC AUC the parts alone. The
 * effort is bounded: 200,000 rows, 12 columns in pairs, 50 categories a column.
 */
export function tryAll(measure: Measure, columns: readonly InputColumn[], minimumRows: number): Tried[] {
  const step = Math.max(1, Math.ceil(measure.rows / SEARCHED));
  const rows = Uint32Array.from({ length: Math.ceil(measure.rows / step) }, (_, i) => i * step);
  const least = Math.max(2, Math.ceil(minimumRows / step));
  const cells = columns.map((column) => cellsOf(column, rows, least));
  const { loss } = measure;
  if (loss === undefined) return cells.flatMap((of) => triedByMeasure(measure, rows, of, least));
  const losses = Float64Array.from(rows, (row) => loss[row] as number);
  const weights = measure.weights && Float64Array.from(rows, (row) => measure.weights?.[row] as number);
  const singles = cells.map((of) => {
    const sums = sumsBy(of.code, of.terms.length, losses, weights);
    return of.terms.map((term, c) => tried([term], sums, c, least, []));
  });
  const clear = (of: readonly (Tried | null)[]): number =>
    Math.max(0, ...of.map((one) => (one === null ? 0 : Math.abs(one.difference) / one.error)));
  const most = [...cells.keys()]
    .sort((a, b) => clear(singles[b] ?? []) - clear(singles[a] ?? []) || a - b)
    .slice(0, PAIRED);
  const found = singles.flat().filter((one) => one !== null);
  for (const [i, a] of most.entries())
    for (const b of most.slice(i + 1)) {
      const [one, other] = [cells[a] as Cells, cells[b] as Cells];
      const width = other.terms.length;
      const code = one.code.map((c, row) => {
        const d = other.code[row] as number;
        return c < 0 || d < 0 ? -1 : c * width + d;
      });
      const sums = sumsBy(code, one.terms.length * width, losses, weights);
      for (const [c, first] of one.terms.entries())
        for (const [d, second] of other.terms.entries()) {
          const within = [singles[a]?.[c], singles[b]?.[d]];
          if (!within.every((parent) => parent !== null && parent !== undefined)) continue;
          const pair = tried([first, second], sums, c * width + d, least, within);
          if (pair !== null) found.push(pair);
        }
    }
  return found;
}

/** Over the rows of each part: how many, Σw, Σwl, Σw², Σw²l and Σw²l². The last part is all rows. */
type Sums = Float64Array;
const WIDTH = 6;

function sumsBy(
  code: Int32Array,
  parts: number,
  loss: Float64Array,
  weights: Float64Array | undefined,
): Sums {
  const sums = new Float64Array((parts + 1) * WIDTH);
  const add = (part: number, weight: number, value: number): void => {
    const at = part * WIDTH;
    sums[at] = (sums[at] as number) + 1;
    sums[at + 1] = (sums[at + 1] as number) + weight;
    sums[at + 2] = (sums[at + 2] as number) + weight * value;
    sums[at + 3] = (sums[at + 3] as number) + weight * weight;
    sums[at + 4] = (sums[at + 4] as number) + weight * weight * value;
    sums[at + 5] = (sums[at + 5] as number) + weight * weight * value * value;
  };
  for (let row = 0; row < code.length; row++) {
    const weight = weights === undefined ? 1 : (weights[row] as number);
    const part = code[row] as number;
    if (part >= 0) add(part, weight, loss[row] as number);
    add(parts, weight, loss[row] as number);
  }
  return sums;
}

function tried(
  terms: readonly SliceTerm[],
  sums: Sums,
  part: number,
  least: number,
  within: readonly Tried[],
): Tried | null {
  const own = sums.subarray(part * WIDTH, (part + 1) * WIDTH);
  const all = sums.subarray(sums.length - WIDTH);
  const rest = all.map((sum, i) => sum - (own[i] as number));
  const rows = own[0] as number;
  if (rows < least || (rest[0] as number) < least) return null;
  const [a, b] = [meanOf(own), meanOf(rest)];
  return judged(terms, rows, a.mean - b.mean, a.variance + b.variance, within);
}

function meanOf(sums: Float64Array): { mean: number; variance: number } {
  const [n, whole, sum, squares, ofLoss, ofLossSquares] = [...sums] as [
    ...[n: number, whole: number, sum: number],
    ...[squares: number, ofLoss: number, ofLossSquares: number],
  ];
  const mean = sum / whole;
  const spread = Math.max(0, ofLossSquares - 2 * mean * ofLoss + mean * mean * squares);
  return { mean, variance: ((spread / whole / whole) * n) / Math.max(1, n - 1) };
}

function judged(
  terms: readonly SliceTerm[],
  rows: number,
  difference: number,
  variance: number,
  within: readonly Tried[],
): Tried | null {
  const error = Math.sqrt(variance);
  if (!(error > 0) || !Number.isFinite(difference)) return null;
  return { terms, rows, difference, error, pValue: twoSided(difference / error), within };
}

function triedByMeasure(measure: Measure, rows: Uint32Array, cells: Cells, least: number): Tried[] {
  return cells.terms.flatMap((term, part) => {
    const own = rows.filter((_, i) => cells.code[i] === part);
    const rest = rows.filter((_, i) => cells.code[i] !== part);
    if (own.length < least || rest.length < least) return [];
    const [a, b] = [measure.of(own), measure.of(rest)];
    if (a === null || b === null) return [];
    const variance = varianceOfParts(a.byRow, own) + varianceOfParts(b.byRow, rest);
    const found = judged([term], own.length, a.value - b.value, variance, []);
    return found === null ? [] : [found];
  });
}
