import type { Instant } from '../../base/index.ts';
import type { SplitSpec } from './spec.ts';
import type { RowRange } from './train/index.ts';

/** The three parts of a training set, oldest first. Rows of one instant are never divided between two parts. */
export interface Split {
  readonly train: RowRange;
  readonly validation: RowRange;
  readonly test: RowRange;
}

/** Splits rows that are sorted by time. */
export function splitByTime(at: Float64Array, spec: SplitSpec): Split {
  const rows = at.length;
  const [first, second] =
    'train' in spec
      ? [
          atInstant(at, Math.round(rows * spec.train)),
          atInstant(at, Math.round(rows * (spec.train + spec.validation))),
        ]
      : [firstFrom(at, spec.validationFrom), firstFrom(at, spec.testFrom)];
  return {
    train: { from: 0, to: first },
    validation: { from: first, to: Math.max(first, second) },
    test: { from: Math.max(first, second), to: rows },
  };
}

/** The first row at or after an instant. */
function firstFrom(at: Float64Array, instant: Instant): number {
  const row = at.findIndex((value) => value >= instant);
  return row < 0 ? at.length : row;
}

/** The first row at or after `row` that begins a new instant. */
function atInstant(at: Float64Array, row: number): number {
  let from = Math.min(row, at.length);
  while (from > 0 && from < at.length && at[from] === at[from - 1]) from++;
  return from;
}

/** From when to when a part reaches, both inclusive; undefined when it is empty. */
export function periodOf(at: Float64Array, range: RowRange): { from: Instant; to: Instant } | undefined {
  if (range.from >= range.to) return undefined;
  return { from: at[range.from] as number, to: at[range.to - 1] as number };
}
