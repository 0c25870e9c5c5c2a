import type { InputColumn } from '../../train/trainer.port.ts';
import type { SliceTerm } from './term.ts';

/** The parts of a column's rows that may be a slice. */
export interface Cells {
  readonly column: string;
  /** By looked-at row the part it is in; −1 for none. */
  readonly code: Int32Array;
  /** By part what its rows have. */
  readonly terms: readonly SliceTerm[];
}

/** Categories looked at, the most frequent first; parts of a number column. */
const MOST_CATEGORIES = 50;
const PARTS = 5;
/** A number column of so few different values has a part for each. */
const FEW_VALUES = 8;

/** The parts of a column over some of its rows: of a category each one with enough rows, of numbers fifths; missing values apart. */
export function cellsOf(column: InputColumn, rows: Uint32Array, least: number): Cells {
  return column.type === 'category' ? ofCategories(column, rows, least) : ofNumbers(column, rows, least);
}

function ofCategories(
  { name, codes, categories }: InputColumn & { type: 'category' },
  rows: Uint32Array,
  least: number,
): Cells {
  const counts = new Map<number, number>();
  for (const row of rows) counts.set(codes[row] as number, (counts.get(codes[row] as number) ?? 0) + 1);
  const kept = [...counts.entries()]
    .filter(([, count]) => count >= least)
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, MOST_CATEGORIES)
    .map(([of]) => of);
  const places = new Map(kept.map((of, i) => [of, i]));
  return {
    column: name,
    code: Int32Array.from(rows, (row) => places.get(codes[row] as number) ?? -1),
    terms: kept.map((of) =>
      of < 0 ? { column: name, missing: true } : { column: name, is: [categories[of] as string] },
    ),
  };
}

function ofNumbers(
  { name, values }: InputColumn & { type: 'number' },
  rows: Uint32Array,
  least: number,
): Cells {
  const sorted = Float64Array.from(rows, (row) => values[row] as number)
    .filter((value) => !Number.isNaN(value))
    .sort();
  const missing = rows.length - sorted.length;
  const edges = edgesOf(sorted);
  const terms: SliceTerm[] = [];
  if (edges.length > 0)
    for (let part = 0; part <= edges.length; part++) {
      const [from, to] = [edges[part - 1], edges[part]];
      terms.push({
        column: name,
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      });
    }
  const whole = terms.length === 0;
  const ofMissing = missing >= least ? terms.push({ column: name, missing: true }) - 1 : -1;
  return {
    column: name,
    code: Int32Array.from(rows, (row) => {
      const value = values[row] as number;
      if (Number.isNaN(value)) return ofMissing;
      if (whole) return -1;
      let part = 0;
      while (part < edges.length && value >= (edges[part] as number)) part++;
      return part;
    }),
    terms,
  };
}

/** Where one part ends and the next begins, rising and finite; none where all values are one. */
function edgesOf(sorted: Float64Array): number[] {
  const different: number[] = [];
  for (const value of sorted) {
    if (value === different.at(-1)) continue;
    different.push(value);
    if (different.length > FEW_VALUES) break;
  }
  if (different.length <= FEW_VALUES) return different.slice(1).filter(Number.isFinite);
  const edges = Array.from(
    { length: PARTS - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / PARTS)] as number,
  );
  return [...new Set(edges)].filter((edge) => edge > (sorted[0] as number) && edge < Infinity);
}
