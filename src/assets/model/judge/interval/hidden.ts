import type { Named } from './bootstrap.ts';
import { FEWEST_APART } from './groups.ts';
import type { Interval } from './interval.ts';

/** The recall of a class, where it lies, and over how many entities its misses are spread (`worthOf`). */
export interface RecallOfClass {
  readonly recall: number | null;
  readonly interval: Interval | null;
  readonly spread: number;
}

/**
 * Intervals of a bootstrap, moved outwards by what it cannot draw: errors that the rows do not have, or fewer than ten have. Recalls are
 * then put where their own intervals end, the further the fewer err, and the figures are made of such answers. So an interval of answers
 * that are all right has one end at that, the other where all recalls are at their lowest.
 * @param figuresAt - The figures if recalls were such; of those that do not follow from answers, what they are.
 */
export function withHidden<Name extends string>(
  drawn: Readonly<Record<Name, Interval | null>>,
  classes: readonly RecallOfClass[],
  figuresAt: (recalls: readonly number[]) => Named<Name>,
  level: number,
): Record<Name, Interval | null> {
  const hidden = ({ spread }: RecallOfClass): number => 1 - Math.min(1, spread / FEWEST_APART);
  const towards = (end: 'low' | 'high'): number[] =>
    classes.map((of) => {
      const { recall, interval } = of;
      if (recall === null || interval === null) return recall ?? 0;
      return recall + hidden(of) * (interval[end] - recall);
    });
  const at = (recalls: readonly number[]): Named<Name> => figuresAt(recalls);
  const [here, worse, better] = [
    at(classes.map(({ recall }) => recall ?? 0)),
    at(towards('low')),
    at(towards('high')),
  ];
  const [none, all] = [at(classes.map(() => 0)), at(classes.map(() => 1))];
  const errs = classes.some(({ spread }) => spread > 0);
  const moved = (name: Name): Interval | null => {
    const value = here[name];
    if (value === null) return drawn[name];
    const [least, most] = hull([value, none[name], all[name]]);
    const [down, up] = hull([
      0,
      ...[worse[name], better[name]].map((end) => (end === null ? 0 : end - value)),
    ]);
    const from = drawn[name];
    // It draws no interval of what is hardly ever defined either, which is another matter than that there are no errors.
    if (from === null && (errs || up - down < 1e-12)) return null;
    const { low, high } = from ?? { low: value, high: value };
    // No further than answers can be right or wrong.
    return {
      low: Math.max(Math.min(low, least), low + down),
      high: Math.min(Math.max(high, most), high + up),
      level,
    };
  };
  const names = Object.keys(drawn) as Name[];
  return Object.fromEntries(names.map((name) => [name, moved(name)])) as Record<Name, Interval | null>;
}

function hull(values: readonly (number | null)[]): [least: number, most: number] {
  const known = values.filter((value) => value !== null);
  return [Math.min(...known), Math.max(...known)];
}

/** A matrix of answers, by true class and class answered, with such recalls: what a class loses goes where its errors went, or to all others alike. */
export function matrixAt(matrix: Float64Array, recalls: readonly number[]): Float64Array {
  const k = recalls.length;
  const found = new Float64Array(k * k);
  for (let t = 0; t < k; t++) {
    const row = matrix.subarray(t * k, (t + 1) * k);
    const there = row.reduce((sum, rows) => sum + rows, 0);
    const right = (recalls[t] as number) * there;
    const wrong = there - (row[t] as number);
    for (let a = 0; a < k; a++) {
      const share = wrong > 0 ? (row[a] as number) / wrong : 1 / (k - 1);
      found[t * k + a] = a === t ? right : (there - right) * share;
    }
  }
  return found;
}
