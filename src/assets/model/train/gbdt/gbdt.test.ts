import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { inputOf, recipes } from '../input.arbitrary.ts';
import { baseScore, sigmoid } from '../loss.ts';
import type { FitInput, InputColumn } from '../trainer.port.ts';
import { createGbdt } from './boost.ts';
import { exactTree } from './exact-tree.oracle.ts';

const number = (name: string, values: readonly number[]): InputColumn => ({
  name,
  type: 'number',
  values: Float64Array.from(values),
});

function learn(columns: readonly InputColumn[], target: readonly number[], task: FitInput['task']): FitInput {
  const rows = target.length;
  return {
    columns,
    target: Float64Array.from(target),
    task,
    train: { from: 0, to: rows },
    validation: { from: rows, to: rows },
    seed: 3,
  };
}

const small = recipes.map((recipe) => ({ ...recipe, rows: Math.min(recipe.rows, 40) }));

test('one regression tree is the exact greedy tree', async () => {
  const parameters = fc.record({
    depth: fc.integer({ min: 1, max: 3 }),
    minLeafRows: fc.integer({ min: 1, max: 6 }),
    l2: fc.constantFrom(0, 1, 20),
  });
  await fc.assert(
    fc.asyncProperty(small, parameters, async (recipe, { depth, minLeafRows, l2 }) => {
      const input = learn(
        inputOf({ ...recipe, task: 'regression' }).columns,
        [...inputOf({ ...recipe, task: 'regression' }).target],
        'regression',
      );
      const base = Math.fround(baseScore('regression', input.target, 0, recipe.rows));
      const first = [...input.target].map((y) => base - y);
      const minGain = 1e-9 * (first.reduce((sum, g) => sum + g * g, 0) / first.length);
      const wanted = exactTree({
        columns: input.columns,
        first,
        second: first.map(() => 1),
        depth,
        l2,
        minLeafRows,
        minGain,
      });
      const fitted = await createGbdt({ trees: 1, rate: 1, depth, leaves: 64, minLeafRows, l2 }).fit(input);
      fitted.predict(input.columns).forEach((value, row) => {
        assert.ok(
          Math.abs(value - base - wanted[row]!) < 1e-4,
          `row ${row}: ${value - base}, wanted ${wanted[row]}`,
        );
      });
    }),
    { numRuns: 300 },
  );
});

test('one tree on categories alone is the exact one, subsets in order of their smoothed means', async () => {
  await fc.assert(
    fc.asyncProperty(recipes, async (recipe) => {
      const given = inputOf({ ...recipe, rows: 90, numbers: 0, task: 'regression' });
      const input = learn(given.columns, [...given.target], 'regression');
      const base = Math.fround(baseScore('regression', input.target, 0, 90));
      const first = [...input.target].map((y) => base - y);
      const second = first.map(() => 1);
      const wanted = exactTree({
        columns: input.columns,
        first,
        second,
        depth: 2,
        l2: 1,
        minLeafRows: 2,
        minGain: 1e-3,
      });
      const fitted = await createGbdt({ trees: 1, rate: 1, depth: 2, minLeafRows: 2 }).fit(input);
      fitted.predict(input.columns).forEach((value, row) => {
        assert.ok(
          Math.abs(value - base - wanted[row]!) < 1e-4,
          `row ${row}: ${value - base}, wanted ${wanted[row]}`,
        );
      });
    }),
    { numRuns: 60 },
  );
});

test('one binary split gains as much as the exact one', async () => {
  await fc.assert(
    fc.asyncProperty(small, async (recipe) => {
      // Up to three categories and missing: with more, the subset chosen is not the one that gains most, by design.
      const given = inputOf({ ...recipe, task: 'binary', categories: [2] });
      const input = learn(given.columns, [...given.target], 'binary');
      const base = Math.fround(baseScore('binary', input.target, 0, recipe.rows));
      const p = sigmoid(base);
      const first = [...input.target].map((y) => p - y);
      const second = first.map(() => p * (1 - p));
      const wanted = exactTree({
        columns: input.columns,
        first,
        second,
        depth: 1,
        l2: 1,
        minLeafRows: 2,
        minGain: 1e-9,
      });
      const fitted = await createGbdt({ trees: 1, rate: 1, depth: 1, minLeafRows: 2, l2: 1 }).fit(input);
      const found = fitted.predict(input.columns).map((q) => Math.log(q / (1 - q)) - base);
      // Among splits that tie any may be taken; the second-order objective tells them from worse ones.
      const objective = (values: Float64Array): number => {
        let total = 0;
        values.forEach((v, row) => {
          total += first[row]! * v + 0.5 * second[row]! * v * v;
        });
        for (const v of new Set([...values].map(Math.fround))) total += 0.5 * v * v;
        return total;
      };
      assert.ok(
        Math.abs(objective(found) - objective(wanted)) < 1e-5,
        `${objective(found)} ${objective(wanted)}`,
      );
    }),
    { numRuns: 200 },
  );
});

test('the same seed gives the same bytes, another seed another model', async () => {
  const input = inputOf({ seed: 5, rows: 400, task: 'binary', numbers: 3, categories: [33], missing: 0.1 });
  const options = { trees: 10, rowSample: 0.5, columnSample: 0.6, minLeafRows: 3 };
  const bytes = async (seed: number) =>
    Buffer.from((await createGbdt(options).fit({ ...input, seed })).toOnnx());
  assert.deepEqual(await bytes(1), await bytes(1));
  assert.notDeepEqual(await bytes(1), await bytes(2));
});

test('missing values go where training found them to belong', async () => {
  const target = Array.from({ length: 100 }, (_, i) => (i < 30 ? 0 : 10));
  const values = target.map((y, i) => (i % 10 === 0 ? Number.NaN : y));
  const likeLow = target.map((y, i) => (Number.isNaN(values[i]!) ? 0 : y));
  const fitted = await createGbdt({ trees: 1, rate: 1, l2: 0 }).fit(
    learn([number('x', values)], likeLow, 'regression'),
  );
  assert.deepEqual([...fitted.predict([number('x', [0, 10, Number.NaN])])], [0, 10, 0]);
});

test('where training saw no missing value, missing and new values follow the larger side', async () => {
  for (const border of [30, 70]) {
    const target = Array.from({ length: 100 }, (_, i) => (i < border ? 0 : 10));
    const larger = border < 50 ? 10 : 0;
    const options = { trees: 1, rate: 1, l2: 0 };
    const byNumber = await createGbdt(options).fit(learn([number('x', target)], target, 'regression'));
    assert.deepEqual([...byNumber.predict([number('x', [0, 10, Number.NaN])])], [0, 10, larger]);
    for (const names of [
      ['a', 'b'],
      ['a', 'b', 'c', 'd', 'e', 'f'],
    ]) {
      const codes = Int32Array.from(
        target,
        (y, i) => (y === 0 ? 0 : names.length > 2 ? 3 : 1) + (names.length > 2 ? i % 3 : 0),
      );
      const column: InputColumn = { name: 'c', type: 'category', codes, categories: names };
      const byCategory = await createGbdt(options).fit(learn([column], target, 'regression'));
      const asked: InputColumn = {
        ...column,
        codes: Int32Array.of(-1, names.length),
        categories: [...names, 'new'],
      };
      assert.deepEqual([...byCategory.predict([asked])], [larger, larger]);
    }
  }
});

test('rows outside the sample of a tree get its values too', async () => {
  const input = inputOf({
    seed: 5,
    rows: 400,
    task: 'regression',
    numbers: 2,
    categories: [6],
    missing: 0.1,
  });
  const { predict, summary } = await createGbdt({ trees: 8, rowSample: 0.4, minLeafRows: 3 }).fit(input);
  const { from, to } = input.train;
  const values = predict(input.columns).subarray(from, to);
  const loss =
    values.reduce((sum, value, i) => sum + (value - input.target[from + i]!) ** 2, 0) / (to - from);
  assert.ok(Math.abs(loss / summary.trainLoss - 1) < 1e-9);
});

test('stops early and keeps the best round', async () => {
  const input = inputOf({ seed: 11, rows: 400, task: 'binary', numbers: 2, categories: [4], missing: 0 });
  const losses: number[] = [];
  const fitted = await createGbdt({ trees: 200, minLeafRows: 2, rate: 0.5, earlyStopping: 7 }).fit({
    ...input,
    onProgress: (_done, _total, loss) => losses.push(loss),
  });
  const best = Math.min(...losses);
  assert.equal(fitted.summary.validationLoss, best);
  assert.equal(fitted.summary.rounds, losses.indexOf(best) + 1);
  assert.equal(losses.length, fitted.summary.rounds + 7);
  const p = fitted.predict(input.columns).subarray(input.validation.from);
  let loss = 0;
  p.forEach((q, i) => {
    loss -= Math.log(input.target[input.validation.from + i] === 1 ? q : 1 - q) / p.length;
  });
  assert.ok(Math.abs(loss - best) < 1e-6);
});

test('validation rows are never learnt from', async () => {
  const input = inputOf({
    seed: 12,
    rows: 300,
    task: 'regression',
    numbers: 2,
    categories: [6],
    missing: 0.1,
  });
  const options = { earlyStopping: 0, minLeafRows: 3 };
  const halved = input.target.map((y, row) => (row < input.train.to ? y : y / 2));
  for (const target of [input.target, halved]) {
    const fitted = await createGbdt({ ...options, trees: 5 }).fit({ ...input, target });
    const { rounds } = fitted.summary;
    assert.ok(rounds > 0);
    const alone = await createGbdt({ ...options, trees: rounds }).fit({
      ...input,
      validation: { from: 300, to: 300 },
    });
    assert.deepEqual(fitted.predict(input.columns), alone.predict(input.columns));
  }
});

test('with nothing to learn from, the base rate and a note', async () => {
  const columns = [number('same', Array(40).fill(7)), number('none', Array(40).fill(Number.NaN))];
  const target = Array.from({ length: 40 }, (_, i) => (i % 4 === 0 ? 1 : 0));
  const fitted = await createGbdt().fit(learn(columns, target, 'binary'));
  assert.equal(fitted.summary.rounds, 0);
  assert.match(fitted.summary.notes[0]!, /^Every input column is constant or missing/);
  assert.deepEqual(fitted.summary.importance, { same: 0, none: 0 });
  for (const p of fitted.predict(columns)) assert.ok(Math.abs(p - 0.25) < 1e-7);
});

test('an aborted signal ends the training with its reason', async () => {
  const input = inputOf({ seed: 5, rows: 400, task: 'binary', numbers: 2, categories: [4], missing: 0 });
  const stop = new AbortController();
  const reason = new Error('enough');
  const fitting = createGbdt({ trees: 50, earlyStopping: 0 }).fit({
    ...input,
    signal: stop.signal,
    onProgress: (done) => done === 3 && stop.abort(reason),
  });
  await assert.rejects(fitting, reason);
});
