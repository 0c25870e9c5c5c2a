import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MillraceError } from '../../../../base/index.ts';
import { randomStream } from '../random.ts';
import type { FitInput, InputColumn } from '../trainer.port.ts';
import { weightsOf } from './encoding.ts';
import { fitLinear } from './fit.ts';
import { createLinear } from './linear.ts';
import { createLogistic } from './logistic.ts';
import { type LinearOptions, linearParameters } from './options.ts';

const read = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`golden/${file}`, import.meta.url), 'utf8'));

const given = read('scikit-learn.json') as {
  rows: { a: number[]; b: (number | null)[]; c: number[]; colour: (string | null)[] };
  binaryTarget: number[];
  regressionTarget: number[];
};

/** Made with golden/make.py. */
const golden = read('penalties.json') as {
  multiclassTarget: number[];
  fits: {
    task: 'binary' | 'multiclass' | 'regression';
    options: LinearOptions;
    weights: string[];
    coefficients: number[][];
    intercepts: number[];
  }[];
};

const number = (name: string, values: readonly (number | null)[]): InputColumn => ({
  name,
  type: 'number',
  values: Float64Array.from(values, (value) => value ?? Number.NaN),
});

const colours = ['red', 'green', 'blue', 'grey'];
const { rows } = given;
const columns: InputColumn[] = [
  number('a', rows.a),
  number('b', rows.b),
  number('c', rows.c),
  {
    name: 'colour',
    type: 'category',
    codes: Int32Array.from(rows.colour, (v) => (v === null ? -1 : colours.indexOf(v))),
    categories: colours,
  },
];

function input(task: FitInput['task'], target: readonly number[], given = columns): FitInput {
  return {
    columns: given,
    target: Float64Array.from(target),
    task,
    ...(task === 'multiclass' ? { classes: ['low', 'middle', 'high'] } : {}),
    train: { from: 0, to: target.length },
    validation: { from: target.length, to: target.length },
    seed: 1,
  };
}

const targetOf = (task: FitInput['task']): readonly number[] =>
  task === 'binary'
    ? given.binaryTarget
    : task === 'regression'
      ? given.regressionTarget
      : golden.multiclassTarget;

for (const { task, options, weights, coefficients, intercepts } of golden.fits)
  test(`coefficients are scikit-learn's: ${task}, ${JSON.stringify(options)}`, async () => {
    const named = columns.filter(({ name }) => weights.some((weight) => weight.split(' ')[0] === name));
    const used = options.splines === undefined ? columns : named;
    const [model, summary] = await fitLinear(input(task, targetOf(task), used), linearParameters(options));
    const places = new Map<string, number>();
    let at = 0;
    for (const encoding of model.encodings) {
      if (encoding.type === 'category')
        for (const [name, level] of encoding.levels) places.set(name, at + level - 1);
      else if (encoding.shape === 'line') {
        places.set(encoding.name, at);
        places.set(`${encoding.name} missing`, at + 1);
      } else for (let i = 0; i < weightsOf(encoding); i++) places.set(`${encoding.name} ${i}`, at + i);
      at += weightsOf(encoding);
    }
    let apart = 0;
    coefficients.forEach((row, k) => {
      weights.forEach((name, i) => {
        const ours = model.weights[k]![places.get(name)!]!;
        apart = Math.max(apart, Math.abs(ours - row[i]!));
        if (row[i] === 0) assert.equal(ours, 0, `${name} is not exactly 0`);
      });
      apart = Math.max(apart, Math.abs(model.weights[k]!.at(-1)! - intercepts[k]!));
    });
    assert.ok(apart < 1e-4, `${apart}`);
    assert.ok(!summary.notes.some((note) => note.startsWith('Not converged')), summary.notes.join(' '));
  });

test('a penalty on absolute weights says which columns it left out', async () => {
  const fitted = await createLinear({ l1: 150 }).fit(input('regression', given.regressionTarget));
  assert.match(fitted.summary.notes[0]!, /^\d of 4 input columns have no weight/);
});

test('a curve needs splines: a wave is told to a hundredth', async () => {
  const x = Array.from({ length: 400 }, (_, i) => (i * 7919) % 400);
  const wave = x.map((value) => Math.sin(value / 60));
  const rmse = async (options: LinearOptions): Promise<number> => {
    const fitted = await createLinear(options).fit(input('regression', wave, [number('x', x)]));
    return Math.sqrt(fitted.summary.trainLoss);
  };
  assert.ok((await rmse({})) > 0.3);
  assert.ok((await rmse({ splines: 10, l2: 1e-3 })) < 0.01);
  assert.ok((await rmse({ bins: { x: 40 }, l2: 1e-3 })) < 0.06);
});

for (const task of ['binary', 'multiclass', 'regression'] as const)
  test(`attributions add up to the score, and are 0 on average: ${task}`, async () => {
    const trainer =
      task === 'regression' ? createLinear({ splines: true }) : createLogistic({ bins: { b: 4 } });
    const fitted = await trainer.fit(input(task, targetOf(task)));
    const { base, shares, outputs } = fitted.attribute!(columns);
    const predicted = fitted.predict(columns);
    const width = columns.length;
    const count = rows.a.length;
    assert.equal(shares.length, count * outputs * width);
    for (let row = 0; row < count; row++) {
      const scores = Array.from(base, (own, k) =>
        shares
          .subarray((row * outputs + k) * width, (row * outputs + k + 1) * width)
          .reduce((a, b) => a + b, own),
      );
      const powers = scores.map(Math.exp);
      const all = powers.reduce((a, b) => a + b, 0);
      const wanted =
        task === 'regression'
          ? scores
          : task === 'binary'
            ? [1 / (1 + 1 / powers[0]!)]
            : powers.map((p) => p / all);
      wanted.forEach((value, k) => {
        assert.ok(Math.abs(value - predicted[row * outputs + k]!) < 1e-9 * Math.max(1, Math.abs(value)));
      });
    }
    for (let k = 0; k < outputs; k++)
      for (let at = 0; at < width; at++) {
        let sum = 0;
        for (let row = 0; row < count; row++) sum += shares[(row * outputs + k) * width + at]!;
        assert.ok(Math.abs(sum / count) < 1e-9 * (1 + Math.abs(base[k]!)));
      }
  });

test('a class without a row to learn from is all but impossible, and said', async () => {
  const two = {
    ...input(
      'multiclass',
      golden.multiclassTarget.map((y) => (y === 1 ? 0 : y)),
    ),
  };
  const fitted = await createLogistic().fit(two);
  assert.match(fitted.summary.notes.join(), /No training row has the class 'middle'/);
  const predicted = fitted.predict(columns);
  for (let row = 0; row < rows.a.length; row++) {
    assert.ok(predicted[3 * row + 1]! < 1e-9);
    assert.ok(Math.abs(predicted[3 * row]! + predicted[3 * row + 2]! - 1) < 1e-9);
  }
});

test('ten thousand categories and a steep penalty still end', async () => {
  const random = randomStream(3);
  const names = Array.from({ length: 10_000 }, (_, i) => `n${i}`);
  for (const power of [1, 4])
    for (const options of [{ l1: 0.1 }, { l2: 0.1 }]) {
      // With a power of 4 hundreds have rows enough for a weight of their own; with 1 none has.
      const codes = Int32Array.from({ length: 12_000 }, () => Math.floor(random() ** power * names.length));
      const many: InputColumn[] = [{ name: 'n', type: 'category', codes, categories: names }];
      const target = Array.from(codes, (code) => (code % 3 === 0 || random() < 0.1 ? 1 : 0));
      const { notes } = (await createLogistic(options).fit(input('binary', target, many))).summary;
      assert.ok(!notes.some((note) => /Not converged/.test(note)), notes.join(' '));
    }
});

test('options that contradict each other, or name no column, are refused', async () => {
  const wrong: readonly (readonly [LinearOptions, RegExp])[] = [
    [{ l1: -1 }, /'l1' is -1; wanted a number from 0/],
    [{ l1: 0, l2: 0 }, /'l2' is 0; wanted a number above 0/],
    [{ splines: 2 }, /'splines' is 2; wanted a whole number from 3 to 100/],
    [{ bins: { a: 1000 } }, /'bins.a' is 1000/],
    [{ splines: { a: 4 }, bins: { a: 4 } }, /'a' cannot enter as splines and as bins/],
    [{ splines: true, bins: 4 }, /All columns cannot enter/],
  ];
  for (const [options, message] of wrong) assert.throws(() => createLinear(options), message);
  for (const [options, message] of [
    [{ splines: { aa: 4 } }, /'aa', which is not among the 4 inputs \(there is 'a'\)/],
    [{ bins: { colour: 4 } }, /'colour', which is a category; wanted a number/],
  ] as const)
    await assert.rejects(
      createLogistic(options).fit(input('binary', given.binaryTarget)),
      (error) => error instanceof MillraceError && message.test(error.message),
    );
});
