import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createBaseline,
  createFactorization,
  createGbdt,
  createLinear,
  createLogistic,
  type FitInput,
  type InputColumn,
  type Task,
  type Trainer,
} from './index.ts';
import { learnable } from './learnable.fixture.ts';
import { randomStream } from './random.ts';

// A row of weight k is k rows: a fit by weights is the fit of the rows written out so often.

const random = randomStream(11);
const ROWS = 600;
const TRAIN = 450;
const x = Float64Array.from({ length: ROWS }, () => Math.floor(random() * 60) / 7);
const y = Float64Array.from({ length: ROWS }, () =>
  random() < 0.1 ? Number.NaN : Math.floor(random() * 40) / 3,
);
const codes = Int32Array.from({ length: ROWS }, () => Math.floor(random() * 3));
const weights = Float64Array.from({ length: ROWS }, () => 1 + Math.floor(random() * 3));
const categories = ['a', 'b', 'c'];

function targetOf(task: Task): Float64Array {
  return Float64Array.from({ length: ROWS }, (_, i) => {
    const score = (x[i] as number) - 4 + (codes[i] === 1 ? 2 : 0) + 3 * (random() - 0.5);
    return task === 'regression' ? score : score > 0 ? 1 : 0;
  });
}

const columnsOf = (rows: readonly number[]): InputColumn[] => [
  { name: 'x', type: 'number', values: Float64Array.from(rows, (row) => x[row] as number) },
  { name: 'y', type: 'number', values: Float64Array.from(rows, (row) => y[row] as number) },
  { name: 'c', type: 'category', codes: Int32Array.from(rows, (row) => codes[row] as number), categories },
];

for (const task of ['binary', 'regression'] as const)
  for (const [name, trainer] of [
    ['trees', createGbdt({ trees: 30, minLeafRows: 1, leaves: 8 })],
    ['linear', task === 'binary' ? createLogistic({ l2: 3 }) : createLinear({ l2: 3, splines: { x: 4 } })],
  ] as const)
    test(`${name}, ${task}: a weight of 3 is three rows`, async () => {
      const target = targetOf(task);
      const all = Array.from({ length: ROWS }, (_, row) => row);
      const often = all.flatMap((row) => new Array<number>(weights[row] as number).fill(row));
      const parts = (rows: readonly number[]): Pick<FitInput, 'train' | 'validation'> => {
        const to = rows.findIndex((row) => row >= TRAIN);
        return { train: { from: 0, to }, validation: { from: to, to: rows.length } };
      };
      const common = { task, seed: 1 };
      const weighed = await trainer.fit({
        columns: columnsOf(all),
        target,
        weights,
        ...parts(all),
        ...common,
      });
      const written = await trainer.fit({
        columns: columnsOf(often),
        target: Float64Array.from(often, (row) => target[row] as number),
        ...parts(often),
        ...common,
      });
      const plain = await trainer.fit({ columns: columnsOf(all), target, ...parts(all), ...common });
      const [a, b, c] = [weighed, written, plain].map((fitted) => fitted.predict(columnsOf(all)));
      let apart = 0;
      for (let row = 0; row < ROWS; row++) {
        assert.ok(Math.abs((a?.[row] as number) - (b?.[row] as number)) < 1e-6, `row ${row}`);
        apart = Math.max(apart, Math.abs((a?.[row] as number) - (c?.[row] as number)));
      }
      assert.ok(apart > 1e-4, 'weights change the fit');
      for (const loss of ['trainLoss', 'validationLoss'] as const)
        assert.ok(
          Math.abs((weighed.summary[loss] as number) - (written.summary[loss] as number)) < 1e-6,
          loss,
        );
    });

test('weights next to which nothing counts are told of, and those that no number holds are refused', async () => {
  const trainers = [
    createGbdt({ trees: 3 }),
    createLogistic(),
    createBaseline({ by: 'c' }),
    createFactorization({ user: ['x'], item: ['c'], epochs: 1 }),
  ];
  const input = learnable('binary');
  const fit = (trainer: Trainer, weight: number) =>
    trainer.fit({ ...input, weights: input.target.map(() => weight) });
  for (const trainer of trainers) {
    // 360 rows to learn from.
    assert.match(
      (await fit(trainer, 1e-6)).summary.notes[0] ?? '',
      /weigh 0.00036 in all, less than one row/,
    );
    for (const weight of [0.01, 1, 1e100])
      assert.doesNotMatch((await fit(trainer, weight)).summary.notes.join(), /in all/);
    await assert.rejects(
      fit(trainer, 1e300),
      /weight is 1e\+300 at row 0; wanted a number above 0, at most 1e\+100/,
    );
  }
  const byClass = createGbdt({ trees: 3, classWeights: { true: 1e-6, false: 1e-6 } });
  assert.match((await fit(byClass, 1)).summary.notes[0] ?? '', /weigh 0.00036 in all/);
  const { notes } = (await fit(createLogistic(), 1e-300)).summary;
  assert.equal(notes.length, 1, 'that columns say nothing is not said: it is not known');
});

test('weights that are none are refused', async () => {
  const all = Array.from({ length: ROWS }, (_, row) => row);
  const input = { columns: columnsOf(all), target: targetOf('binary'), task: 'binary', seed: 1 } as const;
  const parts = { train: { from: 0, to: TRAIN }, validation: { from: TRAIN, to: ROWS } };
  for (const bad of [
    new Float64Array(ROWS),
    Float64Array.of(1),
    weights.map((w, i) => (i === 5 ? Number.NaN : w)),
  ])
    await assert.rejects(createLogistic().fit({ ...input, ...parts, weights: bad }), {
      code: 'MILL_TRAIN_INPUT_INVALID',
    });
});
