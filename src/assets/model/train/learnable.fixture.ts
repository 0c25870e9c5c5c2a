import { randomStream } from './random.ts';
import type { FitInput, InputColumn, Task } from './trainer.port.ts';

const ROWS = 480;
const TRAIN = 360;

/** Rows of a group, where there are groups. */
export const GROUP = 8;

/** The columns at some rows, in the order given and as often as given. */
export function columnsAt(columns: readonly InputColumn[], rows: ArrayLike<number>): InputColumn[] {
  return columns.map((column) =>
    column.type === 'number'
      ? { ...column, values: Float64Array.from(rows, (row) => column.values[row]!) }
      : { ...column, codes: Int32Array.from(rows, (row) => column.codes[row]!) },
  );
}

/**
 * A problem that can be learnt: two numbers, one of them now and then missing, and a category, with values that come often; a target that follows from them
 * and some noise.
 */
export function learnable(task: Task, seed = 11): FitInput {
  const random = randomStream(seed);
  const x = Float64Array.from({ length: ROWS }, () => Math.floor(random() * 60) / 7);
  const y = Float64Array.from({ length: ROWS }, () =>
    random() < 0.1 ? Number.NaN : Math.floor(random() * 40) / 3,
  );
  const codes = Int32Array.from({ length: ROWS }, () => Math.floor(random() * 3));
  const target = x.map((value, row) => {
    const score = value - 4 + (codes[row] === 1 ? 2 : 0) + (y[row]! > 9 ? 1.5 : 0) + 2 * (random() - 0.5);
    if (task === 'binary') return score > 0 ? 1 : 0;
    if (task === 'regression') return score;
    return Math.min(2, Math.max(0, Math.round(score / 2 + 1)));
  });
  return {
    columns: [
      { name: 'x', type: 'number', values: x },
      { name: 'y', type: 'number', values: y },
      { name: 'c', type: 'category', codes, categories: ['a', 'b', 'c'] },
    ],
    ...{ target, task, seed: 1 },
    ...(task === 'multiclass' ? { classes: ['low', 'middle', 'high'] } : {}),
    ...(task === 'ranking' ? { groups: x.map((_, row) => Math.floor(row / GROUP)) as never } : {}),
    train: { from: 0, to: TRAIN },
    validation: { from: TRAIN, to: ROWS },
  };
}

/** The same, each row so often as it weighs (a whole number), in place of its weight. Groups are repeated whole. */
export function writtenOut(input: FitInput, weights: Float64Array): FitInput {
  const rows: number[] = [];
  const groups: number[] = [];
  const step = input.groups === undefined ? 1 : GROUP;
  for (let start = 0; start < weights.length; start += step)
    for (let time = 0; time < weights[start]!; time++)
      for (let row = start; row < start + step; row++) {
        rows.push(row);
        groups.push(100 * (input.groups?.[row] ?? 0) + time);
      }
  const to = rows.findIndex((row) => row >= input.train.to);
  const { weights: _, ...rest } = input;
  return {
    ...rest,
    columns: columnsAt(input.columns, rows),
    target: Float64Array.from(rows, (row) => input.target[row]!),
    ...(input.groups === undefined ? {} : { groups: Int32Array.from(groups) }),
    train: { from: 0, to },
    validation: { from: to, to: rows.length },
  };
}

/** Whole weights from 1 to 3, the same within a group. */
export function wholeWeights(input: FitInput): Float64Array {
  const random = randomStream(5);
  const weights = input.target.map(() => 1 + Math.floor(random() * 3));
  return input.groups === undefined ? weights : weights.map((_, row) => weights[row - (row % GROUP)]!);
}
