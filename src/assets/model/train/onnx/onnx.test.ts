import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createGbdt } from '../gbdt/boost.ts';
import { columnsOf, inputOf, recipesOf } from '../input.arbitrary.ts';
import { createLinear } from '../linear/linear.ts';
import { createLogistic } from '../linear/logistic.ts';
import type { FittedHere, InputColumn, Task, Trainer } from '../trainer.port.ts';
import { runOnnx } from './run-onnx.fixture.ts';

async function assertSame(fitted: FittedHere, columns: readonly InputColumn[], task: Task): Promise<void> {
  const wanted = fitted.predict(columns);
  const { data, dims } = await runOnnx(fitted.toOnnx(), columns);
  const rows = (columns[0]!.type === 'number' ? columns[0]!.values : columns[0]!.codes).length;
  assert.deepEqual(dims, [rows, task === 'binary' ? 2 : wanted.length / rows]);
  wanted.forEach((value, row) => {
    const found = task === 'binary' ? data[2 * row + 1]! : data[row]!;
    const near =
      found === Math.fround(value) || Math.abs(found - value) <= 1e-5 * Math.max(1, Math.abs(value));
    assert.ok(near, `row ${row}: ONNX ${found}, predict ${value}`);
    if (task === 'binary') assert.ok(Math.abs(data[2 * row]! + found - 1) <= 1e-6);
  });
}

const trainers: readonly (readonly [string, Trainer<FittedHere>])[] = [
  ['gbdt', createGbdt({ trees: 12, minLeafRows: 2, rate: 0.3 })],
  [
    'gbdt with few bins and samples',
    createGbdt({ trees: 9, minLeafRows: 1, bins: 5, rowSample: 0.6, columnSample: 0.5, l2: 0 }),
  ],
  ['logistic', createLogistic()],
  ['linear', createLinear()],
];

/** Those of one task alone. */
const special: readonly (readonly [string, Trainer<FittedHere>])[] = [
  ['quantiles', createGbdt({ trees: 12, minLeafRows: 2, quantile: 0.8 })],
  ['rates', createGbdt({ trees: 12, minLeafRows: 2, objective: 'poisson' })],
];

for (const [name, trainer, tasks] of [
  ...trainers.map(([name, trainer]) => [name, trainer, trainer.tasks] as const),
  ...special.map(([name, trainer]) => [name, trainer, ['regression'] as const] as const),
])
  test(`ONNX equals predict, with missing values, new categories and awkward numbers: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(recipesOf(tasks), fc.constantFrom(1, 2, 60), async (recipe, rows) => {
        const given = inputOf(recipe);
        const input = name === 'rates' ? { ...given, target: given.target.map(Math.abs) } : given;
        const fitted = await trainer.fit(input);
        await assertSame(fitted, input.columns, recipe.task);
        await assertSame(fitted, columnsOf(recipe, rows, 3, recipe.seed + 2), recipe.task);
      }),
      { numRuns: 30 * tasks.length },
    );
  });

test('what is missing finds its leaf where categories one after another end in leaves of one value', async () => {
  const recipe = {
    seed: 2146959337,
    rows: 12,
    task: 'multiclass',
    numbers: 0,
    categories: [33],
    missing: 0,
  } as const;
  const input = inputOf(recipe);
  const fitted = await createGbdt({ trees: 12, minLeafRows: 2, rate: 0.3 }).fit(input);
  await assertSame(fitted, input.columns, recipe.task);
});

test('inputs are called as the columns, whatever their names, and inner tensors get out of the way', async () => {
  const target = Float64Array.from({ length: 80 }, (_, i) => i % 2);
  const names = ['_columns', '__odds', 'a b "c"', 'ünï', '_no'];
  const columns: InputColumn[] = names.map((name, k) => ({
    name,
    type: 'number',
    values: target.map((y, i) => y + ((i * 7 + k) % 5)),
  }));
  for (const [, trainer] of trainers) {
    if (!trainer.tasks.includes('binary')) continue;
    const fitted = await trainer.fit({
      columns,
      target,
      task: 'binary',
      train: { from: 0, to: 80 },
      validation: { from: 80, to: 80 },
      seed: 1,
    });
    await assertSame(fitted, columns, 'binary');
    const { inputs, outputs } = await runOnnx(fitted.toOnnx(), columns);
    assert.deepEqual(inputs, names);
    assert.deepEqual(outputs, ['probabilities']);
  }
});

test('the label is in the file', async () => {
  const columns: InputColumn[] = [{ name: 'x', type: 'number', values: Float64Array.of(1, 2) }];
  const fitted = await createLinear().fit({
    columns,
    target: Float64Array.of(0, 1),
    task: 'regression',
    train: { from: 0, to: 2 },
    validation: { from: 2, to: 2 },
    seed: 1,
  });
  const text = Buffer.from(fitted.toOnnx({ name: 'screening', version: 'v-19' })).toString('latin1');
  assert.match(text, /name..?screening/s);
  assert.match(text, /version..?v-19/s);
});
