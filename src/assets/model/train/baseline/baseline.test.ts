import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FitInput, InputColumn } from '../trainer.port.ts';
import { createBaseline } from './baseline.ts';

const shop: InputColumn = {
  ...{ name: 'shop', type: 'category', categories: ['a', 'b', 'c'] },
  codes: Int32Array.of(0, 0, 0, 1, -1, 1, 2, 0),
};
const before: InputColumn = {
  ...{ name: 'before', type: 'number' },
  values: Float64Array.of(0.5, 2, -3, Number.NaN, Number.POSITIVE_INFINITY, 0.25, 7, 1),
};

const input = (
  task: FitInput['task'],
  target: readonly number[],
  more: Partial<FitInput> = {},
): FitInput => ({
  ...{ task, columns: [shop, before], target: Float64Array.from(target), seed: 1 },
  train: { from: 0, to: 6 },
  validation: { from: 6, to: 8 },
  ...more,
});

const asked = async (trainer: ReturnType<typeof createBaseline>, given: FitInput): Promise<number[]> => [
  ...(await trainer.fit(given)).predict(given.columns),
];

test('the base rate, the mean and the shares of the classes', async () => {
  const binary = input('binary', [1, 0, 0, 1, 0, 0, 1, 1]);
  assert.deepEqual(await asked(createBaseline(), binary), new Array(8).fill(2 / 6));
  const weights = Float64Array.of(4, 1, 1, 2, 1, 1, 1, 1);
  assert.deepEqual(await asked(createBaseline(), { ...binary, weights }), new Array(8).fill(6 / 10));
  const number = input('regression', [3, 1, 2, 0, 6, 0, 9, 9]);
  assert.deepEqual(await asked(createBaseline(), number), new Array(8).fill(2));
  const several = input('multiclass', [0, 2, 2, 2, 0, 0, 1, 1], { classes: ['x', 'y', 'z'] });
  const shares = await asked(createBaseline(), several);
  assert.deepEqual(shares.slice(0, 6), [0.5, 0, 0.5, 0.5, 0, 0.5]);
  const { validationLoss, trainLoss } = (await createBaseline().fit(several)).summary;
  assert.ok(Math.abs(trainLoss - Math.LN2) < 1e-12);
  assert.ok(validationLoss! > 30, 'a class never seen costs much, not infinitely much');
});

test('by category the mean, near the overall one where rows are few; new and missing ones get the overall one', async () => {
  const number = input('regression', [3, 1, 2, 0, 6, 0, 9, 9]);
  // Shop a: 3, 1, 2; shop b: 0, 0; one row without; the overall mean is 2.
  assert.deepEqual(
    await asked(createBaseline({ by: 'shop', smoothing: 0 }), number),
    [2, 2, 2, 0, 2, 0, 2, 2],
  );
  const smooth = await asked(createBaseline({ by: 'shop', smoothing: 2 }), number);
  assert.deepEqual(smooth, [2, 2, 2, 1, 2, 1, 2, 2]);
});

test('for ranking by category the share of all grades: popularity', async () => {
  const groups = Int32Array.of(0, 0, 0, 1, 1, 1, 2, 2);
  const ranking = input('ranking', [1, 0, 1, 3, 0, 0, 1, 0], { groups });
  assert.deepEqual(
    await asked(createBaseline({ by: 'shop' }), ranking),
    [0.4, 0.4, 0.4, 0.6, 0, 0.6, 0, 0.4],
  );
  const constant = await createBaseline().fit(ranking);
  assert.match(constant.summary.notes[0]!, /nothing is ranked/);
});

test('an input as it is, a probability within 0 and 1; the mean where it is missing', async () => {
  const number = input('regression', [3, 1, 2, 0, 6, 0, 9, 9]);
  assert.deepEqual(await asked(createBaseline({ value: 'before' }), number), [0.5, 2, -3, 2, 2, 0.25, 7, 1]);
  const binary = input('binary', [1, 0, 0, 1, 0, 0, 1, 1]);
  assert.deepEqual(await asked(createBaseline({ value: 'before' }), binary), [
    0.5,
    1,
    0,
    2 / 6,
    2 / 6,
    0.25,
    1,
    1,
  ]);
});

test('what names no column of its kind, or two baselines, is refused', async () => {
  assert.throws(() => createBaseline({ by: 'shop', value: 'before' }), /two baselines/);
  const number = input('regression', [3, 1, 2, 0, 6, 0, 9, 9]);
  await assert.rejects(
    createBaseline({ by: 'before' }).fit(number),
    /'before', which is a number; wanted a category/,
  );
  await assert.rejects(
    createBaseline({ value: 'shops' }).fit(number),
    /'shops', which is not among the 2 inputs/,
  );
  assert.ok(!createBaseline({ value: 'before' }).tasks.includes('multiclass'));
});
