import { type Instant, type Json, quoteName } from '../../../base/index.ts';
import type { ColumnData, Session } from '../../../engine/index.ts';
import type { SplitSpec, TrainingSetBody } from '../spec.ts';
import type { RowRange } from '../train/index.ts';
import { drawnSql } from './drawn.ts';

/** The parts, in the order in which rows pass from one to the next. */
export const PARTS = ['train', 'validation', 'test'] as const;
export type Part = (typeof PARTS)[number];

/** A split by time. */
type TimeSplit = Exclude<SplitSpec, { by: 'entity' }>;

/** The three parts of a training set, oldest first. Rows of one instant are never divided between two parts. */
export interface Split {
  readonly train: RowRange;
  readonly validation: RowRange;
  readonly test: RowRange;
}

/** Splits rows that are sorted by time. */
export function splitByTime(at: Float64Array, spec: TimeSplit): Split {
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

/**
 * How rows of a relation with `_at`, in order of `_ask`, are parted: SQL that gives the part of a row, null for one in the gap before a border,
 * and the borders found.
 */
export async function splitSql(
  session: Session,
  { split, seed }: TrainingSetBody,
  keys: readonly string[],
  relation: string,
): Promise<{ readonly sql: string; readonly borders: Json }> {
  if ('by' in split) {
    const key = split.key ?? (keys[0] as string);
    const drawn = drawnSql(seed, 'split', [`${quoteName(key)}::VARCHAR`]);
    return { sql: partSql(drawn, split.train, split.train + split.validation), borders: { key } };
  }
  const [column] = await session.columns(`select _at from ${relation} order by _ask`);
  const at = (column as ColumnData).values as Float64Array;
  const { validation, test } = splitByTime(at, split);
  // Rows of one instant are in one part, so an instant says as much as a row.
  const begins = ({ from }: RowRange): Instant | null => at[from] ?? null;
  const borders = { validationFrom: begins(validation), testFrom: begins(test) };
  const { validationFrom, testFrom } = borders;
  const part = partSql('_at', validationFrom, testFrom);
  const { gap } = split;
  if (gap === undefined) return { sql: part, borders };
  const near = [validationFrom, testFrom].flatMap((border) =>
    border === null ? [] : [`(_at < ${border} and _at + ${gap} > ${border})`],
  );
  return {
    sql: near.length === 0 ? part : `case when ${near.join(' or ')} then null else ${part} end`,
    borders,
  };
}

/** SQL: the part by a number and the two borders above it; a border that is null is never reached. */
function partSql(value: string, first: number | null, second: number | null): string {
  const below = (border: number | null): string => (border === null ? 'true' : `${value} < ${border}`);
  return `case when ${below(first)} then 'train' when ${below(second)} then 'validation' else 'test' end`;
}
