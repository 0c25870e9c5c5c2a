import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { FitInput, InputColumn } from '../trainer.port.ts';
import { fitLinear } from './fit.ts';
import { createLogistic } from './logistic.ts';
import { linearParameters } from './options.ts';

/**
 * Made once with scikit-learn (its version is in the file): 160 random rows; numbers imputed with the mean and
 * standardized (StandardScaler), then an indicator of what was missing, then the category one-hot with all zeros for
 * missing; LogisticRegression(C=1/l2, solver='newton-cholesky', tol=1e-12) and Ridge(alpha=l2, solver='cholesky').
 */
const golden = JSON.parse(readFileSync(new URL('golden/scikit-learn.json', import.meta.url), 'utf8')) as {
  rows: { a: number[]; b: (number | null)[]; c: number[]; colour: (string | null)[] };
  binaryTarget: number[];
  regressionTarget: number[];
  weights: string[];
  fits: { task: 'binary' | 'regression'; l2: number; coefficients: number[]; intercept: number }[];
};

const number = (name: string, values: readonly (number | null)[]): InputColumn => ({
  name,
  type: 'number',
  values: Float64Array.from(values, (value) => value ?? Number.NaN),
});

const category = (name: string, values: readonly (string | null)[]): InputColumn => {
  const categories = [...new Set(values.filter((value) => value !== null))];
  return {
    name,
    type: 'category',
    codes: Int32Array.from(values, (v) => (v === null ? -1 : categories.indexOf(v))),
    categories,
  };
};

function input(columns: readonly InputColumn[], target: readonly number[], task: FitInput['task']): FitInput {
  const rows = target.length;
  return {
    columns,
    target: Float64Array.from(target),
    task,
    train: { from: 0, to: rows },
    validation: { from: rows, to: rows },
    seed: 1,
  };
}

for (const fit of golden.fits)
  test(`coefficients are scikit-learn's: ${fit.task}, l2 ${fit.l2}`, async () => {
    const { a, b, c, colour } = golden.rows;
    const columns = [number('a', a), number('b', b), number('c', c), category('colour', colour)];
    const target = fit.task === 'binary' ? golden.binaryTarget : golden.regressionTarget;
    const [model, summary] = await fitLinear(
      input(columns, target, fit.task),
      linearParameters({ l2: fit.l2 }),
    );
    const weights = model.weights[0]!;
    const levels =
      model.encodings[3]?.type === 'category' ? model.encodings[3].levels : new Map<string, number>();
    const place = (name: string): number => {
      const numbers = ['a', 'b', 'b missing', 'c'].indexOf(name);
      return numbers >= 0 ? numbers : 3 + levels.get(name)!;
    };
    golden.weights.forEach((name, i) => {
      const ours = weights[place(name)]!;
      assert.ok(
        Math.abs(ours - fit.coefficients[i]!) < 1e-7,
        `${name}: ${ours}, wanted ${fit.coefficients[i]}`,
      );
    });
    assert.ok(Math.abs(weights.at(-1)! - fit.intercept) < 1e-7 * Math.max(1, Math.abs(fit.intercept)));
    assert.deepEqual(summary.notes, []);
    assert.equal(summary.validationLoss, null);
  });

test('rare categories share one weight; new and missing ones have none', async () => {
  const names = [...Array(40).fill('often'), 'rare1', 'rare1', 'rare2', ...Array(40).fill('also')];
  const target = names.map((name, i) => (name === 'rare1' || i % 3 === 0 ? 1 : 0));
  const columns = [category('c', names)];
  const [model] = await fitLinear(input(columns, target, 'binary'), linearParameters({}));
  assert.deepEqual(
    model.encodings.map((encoding) => encoding.type === 'category' && [...encoding.levels]),
    [
      [
        ['also', 1],
        ['often', 2],
        ['rare1', 3],
        ['rare2', 3],
      ],
    ],
  );
  const fitted = await createLogistic().fit(input(columns, target, 'binary'));
  const asked = category('c', ['often', 'rare1', 'rare2', 'new', null]);
  const [often, rare1, rare2, fresh, missing] = fitted.predict([asked]);
  assert.equal(rare1, rare2);
  assert.ok(rare1! > often!);
  assert.equal(fresh, missing);
  assert.equal(fresh, 1 / (1 + Math.exp(-model.weights[0]!.at(-1)!)));
});

test('copies of a column share its weight, and separable classes still converge', async () => {
  const values = Array.from({ length: 50 }, (_, i) => i);
  const target = values.map((value) => (value > 24 ? 1 : 0));
  const columns = [number('a', values), number('b', values)];
  const [model, summary] = await fitLinear(input(columns, target, 'binary'), linearParameters({ l2: 0.001 }));
  assert.ok(Math.abs(model.weights[0]![0]! - model.weights[0]![1]!) < 1e-6);
  assert.deepEqual(summary.notes, []);
  assert.deepEqual(summary.importance['a']!.toFixed(6), '0.500000');
});

test('too few iterations are said', async () => {
  const values = Array.from({ length: 50 }, (_, i) => i);
  const target = values.map((value) => (value > 24 ? 1 : 0));
  const fitted = await createLogistic({ iterations: 1, l2: 0.001 }).fit(
    input([number('a', values)], target, 'binary'),
  );
  assert.match(fitted.summary.notes[0]!, /^Not converged after 1 iteration:/);
});
