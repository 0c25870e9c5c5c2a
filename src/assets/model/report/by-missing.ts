import type { ColumnData } from '../../../engine/index.ts';
import type { Figures } from '../judge/index.ts';
import { leadingOf } from './by-period.ts';
import { figuresOf, type JudgedRows } from './some-rows.ts';

/** How a model did on rows with something missing, beside the others. */
export interface MissingFigures {
  /** Null: any input at all. */
  readonly input: string | null;
  /** Rows without a value, and their share. */
  readonly rows: number;
  readonly share: number;
  readonly missing: Figures;
  readonly present: Figures;
}

/** Inputs told of, those missing most often. */
const MOST = 10;
/** Rows below which figures are noise. */
const LEAST = 30;
/** Of more, every k-th is judged: figures of so many say it. */
const ENOUGH = 50_000;

/** Of rows with any input missing, and of each input that is missing now and then. Of ranked rows nothing is told: a list is answered as a whole. */
export function byMissing(judged: JudgedRows): MissingFigures[] {
  const { inputs, parts, groups } = judged.labelled;
  if (groups !== undefined) return [];
  const { from, to } = parts.test;
  const size = to - from;
  const any = new Uint8Array(size);
  const masks = inputs.map((column) => {
    const gone = new Uint8Array(size);
    let rows = 0;
    for (let row = 0; row < size; row++) {
      if (!isMissing(column, from + row)) continue;
      gone[row] = any[row] = 1;
      rows++;
    }
    return { input: column.name, gone, rows };
  });
  const counted = masks
    .filter(({ rows }) => rows > 0)
    .sort((a, b) => b.rows - a.rows)
    .slice(0, MOST);
  const anyRows = any.reduce((sum, one) => sum + one, 0);
  const figures = (gone: Uint8Array, which: 0 | 1): Figures => {
    const rows = Array.from(gone.keys()).filter((row) => gone[row] === which);
    const step = Math.max(1, Math.ceil(rows.length / ENOUGH));
    const some = rows.filter((_, i) => i % step === 0);
    return leadingOf(figuresOf(judged, some), judged);
  };
  return [{ input: null, gone: any, rows: anyRows }, ...counted]
    .filter(({ rows }) => rows >= LEAST && size - rows >= LEAST)
    .map(({ input, gone, rows }) => ({
      ...{ input, rows, share: rows / size },
      missing: figures(gone, 1),
      present: figures(gone, 0),
    }));
}

/** As models see it: an empty text is no value. */
function isMissing({ values }: ColumnData, row: number): boolean {
  const value = values[row];
  return value === null || value === '' || Number.isNaN(value);
}
