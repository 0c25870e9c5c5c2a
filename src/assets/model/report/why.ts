import type { Attribution, InputColumn } from '../train/index.ts';

/** How much an input moves answers, over a sample of the rows to judge by. */
export interface InputWhy {
  readonly input: string;
  /** Mean of |what it adds to the raw score|: log-odds, log of the rate, or the value itself; over classes too. */
  readonly mean: number;
  /** Rank correlation of its value and what it adds: above 0, more of it raises the answer. Null for categories, constants and several classes. */
  readonly direction: number | null;
  /** Some rows: what it adds, and how high its value is among the rows, 0 to 1 (null: missing, or a category). Empty where there are several classes. */
  readonly points: readonly (readonly [adds: number, height: number | null])[];
}

export interface Why {
  readonly rows: number;
  /** Those that move most first. */
  readonly inputs: readonly InputWhy[];
}

/** Rows asked about, and those of them drawn. */
export const WHY_ROWS = 2_000;
const POINTS = 200;
/** Inputs whose rows are drawn. */
const DRAWN = 12;

/** Every k-th row of a part, at most so many, as columns. */
export function sampleOf(
  columns: readonly InputColumn[],
  { from, to }: { from: number; to: number },
  most = WHY_ROWS,
): InputColumn[] {
  const step = Math.max(1, Math.ceil((to - from) / most));
  const rows = Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => from + i * step);
  return columns.map((column) =>
    column.type === 'number'
      ? { ...column, values: Float64Array.from(rows, (row) => column.values[row] as number) }
      : { ...column, codes: Int32Array.from(rows, (row) => column.codes[row] as number) },
  );
}

export function whyOf(columns: readonly InputColumn[], { shares, outputs }: Attribution): Why {
  const width = columns.length;
  const rows = width === 0 ? 0 : shares.length / width / outputs;
  const inputs = columns.map((column, at): InputWhy => {
    let sum = 0;
    for (let i = at; i < shares.length; i += width) sum += Math.abs(shares[i] as number);
    const mean = rows === 0 ? 0 : sum / rows / outputs;
    if (outputs > 1) return { input: column.name, mean, direction: null, points: [] };
    const adds = Float64Array.from({ length: rows }, (_, row) => shares[row * width + at] as number);
    const heights = column.type === 'number' ? ranksOf(column.values) : undefined;
    const step = Math.max(1, Math.ceil(rows / POINTS));
    return {
      ...{ input: column.name, mean },
      direction: heights === undefined ? null : correlation(heights, ranksOf(adds)),
      points: Array.from({ length: Math.ceil(rows / step) }, (_, i) => {
        const height = heights?.[i * step] ?? Number.NaN;
        return [rounded(adds[i * step] as number), Number.isNaN(height) ? null : rounded(height)] as const;
      }),
    };
  });
  const sorted = inputs.sort((a, b) => b.mean - a.mean || (a.input < b.input ? -1 : 1));
  return { rows, inputs: sorted.map((one, i) => (i < DRAWN ? one : { ...one, points: [] })) };
}

const rounded = (value: number): number => Number(value.toPrecision(4));

/** By row the share of values below it, ties in their middle; NaN where there is none. */
export function ranksOf(values: Float64Array): Float64Array {
  const there = [...values.keys()].filter((row) => !Number.isNaN(values[row]));
  there.sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(values.length).fill(Number.NaN);
  for (let i = 0; i < there.length; ) {
    let j = i;
    while (j < there.length && values[there[j] as number] === values[there[i] as number]) j++;
    for (let k = i; k < j; k++) ranks[there[k] as number] = (i + j) / 2 / there.length;
    i = j;
  }
  return ranks;
}

function correlation(a: Float64Array, b: Float64Array): number | null {
  let [n, sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] as number, b[i] as number];
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    n++;
    sa += x;
    sb += y;
    saa += x * x;
    sbb += y * y;
    sab += x * y;
  }
  const spread = Math.sqrt((n * saa - sa * sa) * (n * sbb - sb * sb));
  return spread > 1e-12 ? (n * sab - sa * sb) / spread : null;
}
