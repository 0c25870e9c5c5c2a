import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learnable } from '../learnable.fixture.ts';
import { randomStream } from '../random.ts';
import type { FitInput, InputColumn } from '../trainer.port.ts';
import { createGbdt } from './boost.ts';

const ROWS = 3000;
const TRAIN = 2400;
const random = randomStream(4);
const x = Float64Array.from({ length: ROWS }, () => 4 * random());
const columns: readonly InputColumn[] = [{ name: 'x', type: 'number', values: x }];

function learn(target: Float64Array, more: Partial<FitInput> = {}): FitInput {
  return {
    ...{ columns, target, task: 'regression', seed: 1 },
    train: { from: 0, to: TRAIN },
    validation: { from: TRAIN, to: ROWS },
    ...more,
  };
}
const mean = (values: Float64Array): number => values.reduce((a, b) => a + b, 0) / values.length;

test('quantiles: of new rows the declared share lies below, and quantiles of one data set are in order', async () => {
  // Noise that grows with x, so that quantiles differ in slope.
  const target = x.map((value) => value * (1 + 2 * random()));
  const answers: Float64Array[] = [];
  for (const quantile of [0.1, 0.5, 0.9]) {
    const { predict, summary } = await createGbdt({ quantile, trees: 100 }).fit(learn(target));
    const answer = predict(columns).subarray(TRAIN);
    const below = answer.filter((value, i) => target[TRAIN + i]! <= value).length / answer.length;
    assert.ok(Math.abs(below - quantile) < 0.05, `${quantile}: ${below}`);
    const pinball = answer.map((value, i) => {
      const above = target[TRAIN + i]! - value;
      return Math.max(quantile * above, (quantile - 1) * above);
    });
    assert.ok(Math.abs(mean(pinball) - summary.validationLoss!) < 1e-9);
    answers.push(answer);
  }
  const [low, middle, high] = answers.map(mean);
  assert.ok(low! < middle! && middle! < high!, `${low} ${middle} ${high}`);
});

test('absolute error is not moved by outliers, squared error is', async () => {
  const target = x.map((value, i) => (i % 20 === 0 ? 1000 : value));
  const worst = async (objective: 'absolute' | 'squared'): Promise<number> => {
    const { predict } = await createGbdt({ objective }).fit(learn(target));
    return mean(predict(columns).map((value, i) => Math.abs(value - x[i]!)));
  };
  assert.ok((await worst('absolute')) < 0.2);
  assert.ok((await worst('squared')) > 20);
});

test('Poisson: rates are above 0 and right on average; with weights as exposure too', async () => {
  const rate = x.map((value) => Math.exp(value - 3));
  // Knuth's way to a Poisson count.
  const target = rate.map((lambda) => {
    let count = -1;
    for (let product = 1; product > Math.exp(-lambda); product *= random()) count++;
    return Math.max(0, count);
  });
  const { predict } = await createGbdt({ objective: 'poisson', rate: 0.05 }).fit(learn(target));
  const answer = predict(columns);
  assert.ok(answer.every((value) => value > 0));
  assert.ok(Math.abs(mean(answer.subarray(0, TRAIN)) / mean(target.subarray(0, TRAIN)) - 1) < 0.02);
  assert.ok(mean(answer.map((value, i) => Math.abs(value / rate[i]! - 1))) < 0.25);
});

test('Poisson of zeros alone is a rate of nothing, and counts below 0 are refused', async () => {
  const { predict, summary } = await createGbdt({ objective: 'poisson' }).fit(learn(new Float64Array(ROWS)));
  assert.ok(predict(columns).every((value) => value >= 0 && value < 1e-9));
  assert.match(summary.notes[0]!, /predicts the base rate/);
  await assert.rejects(createGbdt({ objective: 'poisson' }).fit(learn(x.map((value) => value - 1))), {
    code: 'MILL_TRAIN_TARGET_INVALID',
  });
});

test('classes: three bands are told apart, the class without rows is all but impossible and said', async () => {
  const target = x.map((value) => (value < 1 ? 0 : value < 3 ? 2 : 3));
  const classes = ['low', 'none', 'middle', 'high'];
  const { predict, summary, attribute } = await createGbdt({ trees: 80 }).fit(
    learn(target, { task: 'multiclass', classes }),
  );
  const p = predict(columns);
  assert.equal(p.length, 4 * ROWS);
  for (let row = 0; row < ROWS; row++) {
    const own = p.subarray(4 * row, 4 * row + 4);
    assert.ok(Math.abs(own.reduce((a, b) => a + b) - 1) < 1e-9);
    assert.ok(own[1]! < 1e-9);
    const near = [1, 3].some((border) => Math.abs(x[row]! - border) < 0.02);
    if (!near) assert.equal(own.indexOf(Math.max(...own)), target[row]);
  }
  assert.deepEqual(summary.notes, [
    "No training row is of the class 'none': the model takes it to be all but impossible.",
  ]);
  assert.equal(attribute(columns).outputs, 4);
});

test('two classes of several are what yes and no are', async () => {
  const target = x.map((value) => (value + 2 * random() > 3 ? 1 : 0));
  const input = learn(target, { task: 'binary' });
  const options = { trees: 20, l2: 0, earlyStopping: 0 };
  const binary = await createGbdt(options).fit(input);
  const several = await createGbdt(options).fit({ ...input, task: 'multiclass', classes: ['no', 'yes'] });
  // Each of the two scores moves by a half of what log-odds would, for its curvature is taken twice.
  const p = several.predict(columns).filter((_, i) => i % 2 === 1);
  const q = binary.predict(columns);
  p.forEach((value, row) => {
    assert.ok(Math.abs(value - q[row]!) < 1e-6, `${row}: ${value} ${q[row]}`);
  });
});

test('class weights: a weight is so many rows; balanced classes have a base of a half', async () => {
  const target = x.map((value) => (value + random() > 4 ? 1 : 0));
  const input = learn(target, { task: 'binary' });
  const byClass = await createGbdt({ classWeights: { true: 3 }, trees: 20 }).fit(input);
  const byRow = await createGbdt({ trees: 20 }).fit({ ...input, weights: target.map((y) => 1 + 2 * y) });
  assert.deepEqual(byClass.predict(columns), byRow.predict(columns));
  const none = { ...input, columns: [{ name: 'x', type: 'number', values: x.map(() => 1) }] as const };
  const balanced = await createGbdt({ classWeights: 'balanced' }).fit(none);
  assert.ok(Math.abs(balanced.predict(none.columns)[0]! - 0.5) < 1e-7);
  await assert.rejects(createGbdt({ classWeights: { tru: 3 } }).fit(input), /'tru', which is none .*'true'/);
  assert.deepEqual(createGbdt({ classWeights: 'balanced' }).tasks, ['binary', 'multiclass']);
});

test('ranking: items come in their order, also where groups differ in level and are sorted by grade', async () => {
  const target = x.map((value) => Math.floor(value));
  const groups = Int32Array.from({ length: ROWS }, (_, row) => Math.floor(row / 10));
  const level = groups.map((group) => (group * 37) % 100);
  const order = [...x.keys()].sort((a, b) => groups[a]! - groups[b]! || target[b]! - target[a]!);
  const ordered: readonly InputColumn[] = [
    { name: 'x', type: 'number', values: Float64Array.from(order, (row) => x[row]! + level[row]!) },
    { name: 'level', type: 'number', values: Float64Array.from(level) },
    { name: 'noise', type: 'number', values: x.map(() => random()) },
  ];
  const sorted = Float64Array.from(order, (row) => target[row]!);
  const { predict, summary } = await createGbdt({ trees: 60 }).fit(
    learn(sorted, { columns: ordered, task: 'ranking', groups }),
  );
  assert.ok(summary.rounds > 0);
  assert.ok(summary.validationLoss! < 0.08, `${summary.validationLoss}`);
  const scores = predict(ordered);
  assert.ok(scores.some((score) => score !== scores[0]));
});

test('notes name columns of no use, and categories that are not told apart', async () => {
  const codes = Int32Array.from({ length: ROWS }, (_, row) => (row * 7919) % 10_000);
  const categories = Array.from({ length: 10_000 }, (_, i) => `c${i}`);
  const given: InputColumn[] = [
    ...columns,
    { name: 'same', type: 'number', values: x.map(() => 1) },
    { name: 'none', type: 'number', values: x.map(() => Number.NaN) },
    { name: 'many', type: 'category', codes, categories },
    { name: 'few', type: 'category', codes: codes.map((code) => code % 3), categories },
  ];
  const { summary } = await createGbdt({ trees: 3 }).fit(learn(x, { columns: given }));
  assert.deepEqual(summary.notes, [
    "Constant or missing in all training rows, and so of no use: 'same', 'none'.",
    "'many' has 2400 categories in the training rows: the 255 most frequent are told apart, the others count as missing.",
  ]);
  const { notes } = (await createGbdt().fit(learn(x, { columns: given, train: { from: 0, to: 3 } }))).summary;
  assert.match(notes.join(' '), /No split gained anything/);
});

test('a class may have any name: weights by class are those that are given', async () => {
  const input = learnable('multiclass');
  const named = async (...classes: string[]): Promise<Float64Array> => {
    const { predict } = await createGbdt({ trees: 5, classWeights: { low: 3 } }).fit({ ...input, classes });
    return predict(input.columns);
  };
  assert.deepEqual(await named('low', 'constructor', '__proto__'), await named('low', 'middle', 'high'));
});
