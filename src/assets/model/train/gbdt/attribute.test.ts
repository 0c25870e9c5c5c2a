import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnsOf, inputOf, recipesOf } from '../input.arbitrary.ts';
import { columnsAt } from '../learnable.fixture.ts';
import type { InputColumn, Task } from '../trainer.port.ts';
import { attributeTrees } from './attribute.ts';
import { createGbdt, growTrees } from './boost.ts';
import { codesOf } from './model.ts';
import { gbdtParameters } from './options.ts';
import { expected, shapley } from './shapley.oracle.ts';

const recipes = recipesOf(['binary', 'multiclass', 'regression', 'ranking']);

test("shares are Shapley's, by his formula over all subsets of columns", async () => {
  await fc.assert(
    fc.asyncProperty(recipes, fc.boolean(), fc.boolean(), async (recipe, weighted, sampled) => {
      const given = inputOf(recipe);
      const weights = given.target.map((_, row) => 0.3 + (row % 5));
      const input = weighted ? { ...given, weights } : given;
      const options = { trees: 3, minLeafRows: 2, leaves: 12, depth: 9, earlyStopping: 0 };
      const [model] = await growTrees(
        input,
        gbdtParameters(sampled ? { ...options, rowSample: 0.6 } : options),
      );
      const columns = columnsOf(recipe, 6, 2, recipe.seed + 9);
      const { codes } = codesOf(model, columns);
      const { base, shares, outputs } = attributeTrees(model, columns);
      assert.equal(outputs, model.base.length);
      for (let output = 0; output < outputs; output++) {
        const trees = model.trees.filter((_, i) => i % outputs === output);
        const mean = trees.reduce((sum, tree) => sum + expected(tree, [], new Set()), model.base[output]!);
        assert.ok(Math.abs(mean - base[output]!) < 1e-9 * Math.max(1, Math.abs(mean)));
        for (let row = 0; row < 6; row++) {
          const own = codes.map((column) => column[row]!);
          const byTree = trees.map((tree) => shapley(tree, own));
          own.forEach((_, column) => {
            const wanted = byTree.reduce((sum, of) => sum + of[column]!, 0);
            const found = shares[(row * outputs + output) * own.length + column]!;
            assert.ok(Math.abs(found - wanted) < 1e-8 * Math.max(1, Math.abs(wanted)), `${found} ${wanted}`);
          });
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('base and shares add up to the raw score, on deep trees too', async () => {
  await fc.assert(
    fc.asyncProperty(recipesOf(['binary', 'regression']), async (recipe) => {
      const whole = { ...recipe, rows: 400, numbers: 3 };
      const input = inputOf(whole);
      const trainer = createGbdt({ trees: 20, minLeafRows: 1, depth: 40, leaves: 60 });
      const fitted = await trainer.fit(input);
      const asked = columnsOf(whole, 20, 2, recipe.seed + 9);
      const { base, shares } = fitted.attribute(asked);
      fitted.predict(asked).forEach((answer, row) => {
        const count = input.columns.length;
        const sum = shares.subarray(row * count, (row + 1) * count).reduce((a, b) => a + b, base[0]!);
        const score = recipe.task === 'binary' ? Math.log(answer / (1 - answer)) : answer;
        assert.ok(Math.abs(sum - score) < 1e-6 * Math.max(1, Math.abs(score)), `${sum} ${score}`);
      });
    }),
    { numRuns: 20 },
  );
});

test('a column that no tree asks has no share', async () => {
  const target = Float64Array.from({ length: 60 }, (_, i) => i % 2);
  const values = target.map((y) => 3 * y);
  const fitted = await createGbdt({ trees: 5 }).fit({
    columns: [
      { name: 'same', type: 'number', values: target.map(() => 1) },
      { name: 'x', type: 'number', values },
    ],
    ...{ target, task: 'binary', seed: 1 },
    train: { from: 0, to: 60 },
    validation: { from: 60, to: 60 },
  });
  const { base, shares } = fitted.attribute([
    { name: 'x', type: 'number', values: Float64Array.of(0, 3) },
    { name: 'same', type: 'number', values: Float64Array.of(7, 7) },
  ]);
  assert.ok(Math.abs(base[0]!) < 1e-6);
  assert.equal(shares[0], 0);
  assert.equal(shares[2], 0);
  assert.ok(shares[1]! < 0 && Math.abs(shares[1]! + shares[3]!) < 1e-6);
});

const golden = JSON.parse(
  readFileSync(new URL('golden/lightgbm-contributions.json', import.meta.url), 'utf8'),
) as {
  readonly columns: readonly (readonly (number | null)[])[];
  readonly rows: readonly number[];
  /** By row: for each output the shares of the columns and the base. */
  readonly tasks: Readonly<Record<string, { target: readonly number[]; contributions: readonly number[][] }>>;
};

// Both grow the same trees on these rows: no two splits of theirs tie, where each has an order of its own.
test("shares and base are LightGBM's", async () => {
  const columns = golden.columns.map(
    (values, i): InputColumn => ({
      ...{ name: `x${i}`, type: 'number' },
      values: Float64Array.from(values, (value) => value ?? Number.NaN),
    }),
  );
  const trainer = createGbdt({ trees: 4, rate: 0.3, leaves: 6, depth: 4, minLeafRows: 1, l2: 0 });
  for (const [task, { target, contributions }] of Object.entries(golden.tasks)) {
    const fitted = await trainer.fit({
      ...{ columns, target: Float64Array.from(target), task: task as Task, seed: 1 },
      ...(task === 'multiclass' ? { classes: ['a', 'b', 'c'] } : {}),
      train: { from: 0, to: target.length },
      validation: { from: target.length, to: target.length },
    });
    const { base, shares, outputs } = fitted.attribute(columnsAt(columns, golden.rows));
    contributions.forEach((wanted, row) => {
      for (let output = 0; output < outputs; output++) {
        const at = (row * outputs + output) * 3;
        const found = [...shares.subarray(at, at + 3), base[output]!];
        found.forEach((share, i) => {
          const of = wanted[output * 4 + i]!;
          assert.ok(Math.abs(share - of) < 1e-5, `${task}, row ${row}, ${i}: ${share}, wanted ${of}`);
        });
      }
    });
  }
});
