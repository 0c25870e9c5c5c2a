import type { InputColumn } from '../trainer.port.ts';

/** By row: a number, a category's name, or null for missing. */
type Cell = number | string | null;

export interface ExactInput {
  readonly columns: readonly InputColumn[];
  readonly first: readonly number[];
  readonly second: readonly number[];
  readonly depth: number;
  readonly l2: number;
  readonly minLeafRows: number;
  readonly minGain: number;
}

const sum = (values: readonly number[], rows: readonly number[]): number =>
  rows.reduce((s, row) => s + values[row]!, 0);

function cellOf(column: InputColumn, row: number): Cell {
  if (column.type === 'category') return column.categories[column.codes[row]!] ?? null;
  return Number.isNaN(column.values[row]!) ? null : Math.fround(column.values[row]!);
}

/** Every way to send rows left that a split may try, with the extra l2 that it pays. */
function* candidates(
  input: ExactInput,
  column: InputColumn,
  rows: readonly number[],
): Generator<[number[], number]> {
  const cell = (row: number): Cell => cellOf(column, row);
  const distinct = [...new Set(rows.map(cell))];
  if (column.type === 'number') {
    for (const threshold of distinct as (number | null)[]) {
      if (threshold === null) continue;
      for (const missingLeft of [false, true])
        yield [
          rows.filter((row) => (cell(row) === null ? missingLeft : (cell(row) as number) <= threshold)),
          0,
        ];
    }
    return;
  }
  if (distinct.length <= 4) {
    for (const one of distinct) yield [rows.filter((row) => cell(row) === one), 0];
    return;
  }
  const key = (one: Cell): number => {
    const of = rows.filter((row) => cell(row) === one);
    return sum(input.first, of) / (sum(input.second, of) + 10);
  };
  const order = distinct.sort((a, b) => key(a) - key(b));
  for (const from of [order, order.toReversed()])
    for (let size = 1; size <= Math.min(32, Math.ceil(order.length / 2)); size++)
      yield [rows.filter((row) => from.slice(0, size).includes(cell(row))), 10];
}

/** The leaf value of each row in the greedy tree: every split tried, every sum taken anew. Quadratic and worse. */
export function exactTree(input: ExactInput): Float64Array {
  const { first, second, l2, minLeafRows } = input;
  // Of equal gains the column's that comes first by name.
  const columns = input.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const values = new Float64Array(first.length);
  const score = (rows: readonly number[], extra: number): number =>
    sum(first, rows) ** 2 / (sum(second, rows) + l2 + extra);
  const fits = (rows: readonly number[]): boolean => rows.length >= minLeafRows && sum(second, rows) >= 1e-3;
  const grow = (rows: readonly number[], depth: number): void => {
    let best = input.minGain;
    let bestLeft: readonly number[] | undefined;
    for (const column of depth > 0 ? columns : [])
      for (const [left, extra] of candidates(input, column, rows)) {
        const right = rows.filter((row) => !left.includes(row));
        if (!fits(left) || !fits(right)) continue;
        const gain = score(left, extra) + score(right, extra) - score(rows, 0);
        if (gain <= best) continue;
        best = gain;
        bestLeft = left;
      }
    if (bestLeft === undefined) {
      for (const row of rows) values[row] = -sum(first, rows) / (sum(second, rows) + l2);
      return;
    }
    const left = bestLeft;
    grow(left, depth - 1);
    grow(
      rows.filter((row) => !left.includes(row)),
      depth - 1,
    );
  };
  grow([...first.keys()], input.depth);
  return values;
}
