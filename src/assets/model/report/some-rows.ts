import type { Figures } from '../judge/index.ts';
import { type Judging, judge } from '../judged.ts';
import type { Labelled } from '../labelled.ts';

/** The rows to judge by with what was answered to them. */
export interface JudgedRows {
  readonly judging: Judging;
  readonly labelled: Labelled;
  /** Answers to the rows to judge by only. */
  readonly predicted: Float64Array;
  readonly threshold: number | null;
}

/** Figures of some of the rows to judge by. `rows` counts from the first of these, rising; rows of one group must be there together. */
export function figuresOf(
  { judging, labelled, predicted, threshold }: JudgedRows,
  rows: ArrayLike<number>,
): Figures {
  const { parts, classes, target, weights, entities, groups, items } = labelled;
  const from = parts.test.from;
  const width = classes?.length ?? 1;
  const some = Float64Array.from({ length: rows.length * width }, (_, i) => {
    const row = rows[Math.floor(i / width)] as number;
    return predicted[row * width + (i % width)] as number;
  });
  const numbers = (values: Float64Array): Float64Array =>
    Float64Array.from(rows, (row) => values[from + row] as number);
  const whole = (values: Int32Array): Int32Array =>
    Int32Array.from(rows, (row) => values[from + row] as number);
  const all = { from: 0, to: rows.length };
  const part: Labelled = {
    ...labelled,
    at: numbers(labelled.at),
    target: numbers(target),
    weights: weights && numbers(weights),
    entities: whole(entities),
    groups: groups && whole(groups),
    items: items && { ...items, of: whole(items.of) },
    inputs: [],
    // What would be known without a model is not asked of them.
    parts: { train: all, validation: all, test: all },
  };
  return judge(judging, part, some, threshold, 'figures').figures;
}

/** Mean of the target and of the answers, each row by its weight; null of classes. */
export function meansOf(
  { labelled, predicted }: JudgedRows,
  rows: ArrayLike<number>,
): { target: number | null; answer: number | null } {
  const { parts, classes, target, weights } = labelled;
  if (classes !== undefined || rows.length === 0) return { target: null, answer: null };
  let [truth, answered, whole] = [0, 0, 0];
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const weight = weights?.[parts.test.from + row] ?? 1;
    truth += weight * (target[parts.test.from + row] as number);
    answered += weight * (predicted[row] as number);
    whole += weight;
  }
  return whole === 0 ? { target: null, answer: null } : { target: truth / whole, answer: answered / whole };
}
