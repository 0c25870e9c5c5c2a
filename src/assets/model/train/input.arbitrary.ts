import fc from 'fast-check';
import { randomStream } from './random.ts';
import type { FitInput, InputColumn, Task } from './trainer.port.ts';

/** A recipe for a random input; shrinks to small ones. */
export interface Recipe {
  readonly seed: number;
  readonly rows: number;
  readonly task: Task;
  readonly numbers: number;
  readonly categories: readonly number[];
  readonly missing: number;
}

/** Recipes for inputs of these tasks. */
export const recipesOf = (tasks: readonly Task[]): fc.Arbitrary<Recipe> =>
  fc.record({
    seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    rows: fc.integer({ min: 8, max: 400 }),
    task: fc.constantFrom(...tasks),
    numbers: fc.integer({ min: 0, max: 3 }),
    categories: fc.array(fc.constantFrom(1, 2, 4, 6, 31, 33, 70), { minLength: 1, maxLength: 2 }),
    missing: fc.constantFrom(0, 0.02, 0.3, 1),
  });

export const recipes: fc.Arbitrary<Recipe> = recipesOf(['binary', 'regression']);

/** The classes of several; no row is of the last. */
const CLASSES = ['low', 'middle', 'high', 'never'];

/** Rows of a group, one of one row among them. */
const GROUP = [5, 1, 9, 3];

function groupsOf(rows: number): Int32Array {
  const groups = new Int32Array(rows);
  for (let row = 0, group = 0; row < rows; group++)
    for (let i = GROUP[group % GROUP.length]!; i > 0 && row < rows; i--) groups[row++] = group;
  return groups;
}

/** Neighbours in float32, doubles that round to them, infinities and values past the range of float32. */
const awkward = [
  0,
  -0,
  1,
  1 + 2 ** -23,
  1 + 2 ** -24,
  1 + 2 ** -25,
  1 - 2 ** -24,
  16777216,
  16777217,
  1e-42,
  5e-324,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  1e39,
  3.4e38,
  -3.4e38,
  0.1,
  0.30000000000000004,
];

/** Columns of a recipe. `extra` unseen categories are among the values; `seed` may differ from the recipe's. */
export function columnsOf(recipe: Recipe, rows: number, extra: number, seed: number): InputColumn[] {
  const random = randomStream(seed);
  const absent = (): boolean => random() < recipe.missing;
  const numbers = Array.from({ length: recipe.numbers }, (_, i): InputColumn => {
    const draw = [
      () => Math.floor(random() * 6),
      () => random() * 1e3 - 500,
      () => awkward[Math.floor(random() * awkward.length)]!,
    ][i]!;
    const values = Float64Array.from({ length: rows }, () => (absent() ? Number.NaN : draw()));
    return { name: `number ${i}`, type: 'number', values };
  });
  const categories = recipe.categories.map((count, i): InputColumn => {
    const names = Array.from({ length: count + extra }, (_, k) => (k === 1 ? 'naïve "ü" 🙂' : `c${k}`));
    // Reversed, so that codes differ between training and prediction.
    if (extra > 0) names.reverse();
    const codes = Int32Array.from({ length: rows }, () =>
      absent() ? -1 : Math.floor(random() * names.length),
    );
    return { name: `category ${i}`, type: 'category', codes, categories: names };
  });
  return [...numbers, ...categories];
}

/** The recipe as an input to train on: three quarters to learn from, the rest to stop by. */
export function inputOf(recipe: Recipe): FitInput {
  const { rows, seed, task } = recipe;
  const columns = columnsOf(recipe, rows, 0, seed);
  const random = randomStream(seed + 1);
  const target = Float64Array.from({ length: rows }, (_, row) => {
    let score = random() * 2 - 1;
    for (const column of columns) {
      if (column.type === 'category') score += Math.sin(7 * (column.codes[row]! + 1));
      else if (Number.isNaN(column.values[row]!)) score += 0.5;
      else score += Math.tanh(column.values[row]! / 3 - 1);
    }
    if (task === 'regression') return 100 * score;
    if (task === 'binary') return score > 0 ? 1 : 0;
    return Math.min(2, Math.max(0, Math.round(score + 1)));
  });
  // Two classes, or grades, are there, whatever was drawn.
  if (task !== 'regression') target.set([0, 1]);
  const from = Math.floor(rows * 0.75);
  return {
    ...(task === 'multiclass' ? { classes: CLASSES } : {}),
    ...(task === 'ranking' ? { groups: groupsOf(rows) } : {}),
    columns,
    target,
    task,
    train: { from: 0, to: from },
    validation: { from, to: rows },
    seed,
  };
}
