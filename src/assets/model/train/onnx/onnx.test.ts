import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { createGbdt } from '../gbdt/boost.ts';
import { columnsOf, inputOf, recipes } from '../input.arbitrary.ts';
import { createLogistic } from '../linear/logistic.ts';
import type { Fitted, InputColumn, Task, Trainer } from '../trainer.port.ts';

function tensorOf(column: InputColumn): Tensor {
  if (column.type === 'number')
    return new Tensor('float32', Float32Array.from(column.values), [column.values.length, 1]);
  const names = Array.from(column.codes, (code) => (code < 0 ? '' : column.categories[code]!));
  return new Tensor('string', names, [names.length, 1]);
}

/** What ONNX Runtime says of the columns: the output's numbers and shape. */
async function runOnnx(
  fitted: Fitted,
  columns: readonly InputColumn[],
): Promise<{ data: Float32Array; dims: readonly number[] }> {
  const session = await InferenceSession.create(fitted.toOnnx({ name: 'm', version: '7' }));
  try {
    const answer = await session.run(
      Object.fromEntries(columns.map((column) => [column.name, tensorOf(column)])),
    );
    const output = answer[session.outputNames[0]!]!;
    return { data: output.data as Float32Array, dims: output.dims };
  } finally {
    await session.release();
  }
}

async function assertSame(fitted: Fitted, columns: readonly InputColumn[], task: Task): Promise<void> {
  const wanted = fitted.predict(columns);
  const { data, dims } = await runOnnx(fitted, columns);
  assert.deepEqual(dims, [wanted.length, task === 'binary' ? 2 : 1]);
  wanted.forEach((value, row) => {
    const found = task === 'binary' ? data[2 * row + 1]! : data[row]!;
    const near =
      found === Math.fround(value) || Math.abs(found - value) <= 1e-5 * Math.max(1, Math.abs(value));
    assert.ok(near, `row ${row}: ONNX ${found}, predict ${value}`);
    if (task === 'binary') assert.ok(Math.abs(data[2 * row]! + found - 1) <= 1e-6);
  });
}

const trainers: readonly (readonly [string, Trainer])[] = [
  ['gbdt', createGbdt({ trees: 12, minLeafRows: 2, rate: 0.3 })],
  [
    'gbdt with few bins and samples',
    createGbdt({ trees: 9, minLeafRows: 1, bins: 5, rowSample: 0.6, columnSample: 0.5, l2: 0 }),
  ],
  ['logistic', createLogistic()],
];

for (const [name, trainer] of trainers)
  test(`ONNX equals predict, with missing values, new categories and awkward numbers: ${name}`, async () => {
    await fc.assert(
      fc.asyncProperty(recipes, fc.constantFrom(1, 2, 60), async (recipe, rows) => {
        const input = inputOf(recipe);
        const fitted = await trainer.fit(input);
        await assertSame(fitted, input.columns, recipe.task);
        await assertSame(fitted, columnsOf(recipe, rows, 3, recipe.seed + 2), recipe.task);
      }),
      { numRuns: 60 },
    );
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
    const fitted = await trainer.fit({
      columns,
      target,
      task: 'binary',
      train: { from: 0, to: 80 },
      validation: { from: 80, to: 80 },
      seed: 1,
    });
    await assertSame(fitted, columns, 'binary');
    const session = await InferenceSession.create(fitted.toOnnx());
    assert.deepEqual(session.inputNames, names);
    assert.deepEqual(session.outputNames, ['probabilities']);
    await session.release();
  }
});

test('the label is in the file', async () => {
  const columns: InputColumn[] = [{ name: 'x', type: 'number', values: Float64Array.of(1, 2) }];
  const fitted = await createLogistic().fit({
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
