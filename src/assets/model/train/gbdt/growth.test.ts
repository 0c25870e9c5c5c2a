import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { columnsOf, inputOf, recipes } from '../input.arbitrary.ts';
import type { FitInput } from '../trainer.port.ts';
import { createGbdt } from './boost.ts';

// How trees may be shaped: monotone answers, level by level, columns by node.

test('an answer never falls as an increasing input grows, nor rises as a decreasing one does', async () => {
  const options = fc.record({
    grow: fc.constantFrom<'leaf' | 'depth'>('leaf', 'depth'),
    leaves: fc.integer({ min: 2, max: 40 }),
    l2: fc.constantFrom(0, 1, 30),
    direction: fc.constantFrom<'increasing' | 'decreasing'>('increasing', 'decreasing'),
    column: fc.constantFrom('number 0', 'number 1', 'number 2'),
  });
  let bent = 0;
  await fc.assert(
    fc.asyncProperty(recipes, options, async (recipe, { direction, column, ...rest }) => {
      const given = { ...recipe, numbers: 3 };
      const input = inputOf(given);
      const shape = { ...rest, trees: 8, minLeafRows: 2, rate: 0.5, earlyStopping: 0 };
      const asked = columnsOf(given, 30, 2, recipe.seed + 5);
      const values = Float64Array.from([
        -Infinity,
        -700,
        -3,
        -1,
        0,
        0.5,
        1,
        2,
        3,
        4,
        5,
        80,
        499,
        1e30,
        Infinity,
      ]);
      const falls = async (monotone: Record<string, 'increasing' | 'decreasing'>): Promise<boolean> => {
        const { predict } = await createGbdt({ ...shape, monotone }).fit(input);
        const answers = [...values].map((value) =>
          predict(
            asked.map((one) =>
              one.name === column && one.type === 'number'
                ? { ...one, values: new Float64Array(30).fill(value) }
                : one,
            ),
          ),
        );
        const sign = direction === 'increasing' ? 1 : -1;
        return answers.some(
          (answer, i) => i > 0 && answer.some((v, row) => sign * (v - answers[i - 1]![row]!) < 0),
        );
      };
      assert.equal(await falls({ [column]: direction }), false);
      if (await falls({})) bent++;
    }),
    { numRuns: 60 },
  );
  // Left alone, most would not have been monotone.
  assert.ok(bent > 20, `${bent}`);
});

test('a constraint on a column that is not there, or of categories, is refused', async () => {
  const input = inputOf({ seed: 5, rows: 90, task: 'binary', numbers: 1, categories: [4], missing: 0 });
  for (const [name, says] of [
    ['number 7', /names 'number 7', which is no input/],
    ['category 0', /names 'category 0', which is an input of categories/],
  ] as const)
    await assert.rejects(createGbdt({ monotone: { [name]: 'increasing' } }).fit(input), {
      code: 'MILL_TRAIN_OPTION_INVALID',
      message: says,
    });
  const up = 'up' as 'increasing';
  assert.throws(
    () => createGbdt({ monotone: { x: up } }),
    /'monotone.x' is 'up'; wanted 'increasing' or 'decreasing'/,
  );
  assert.throws(() => createGbdt({ grow: 'wide' as 'leaf' }), /'grow' is 'wide'; wanted 'leaf' or 'depth'/);
});

test('level by level, or where most is gained', async () => {
  // Two halves far apart: one all but flat, one steep, where whoever goes where most is gained goes again and again.
  const values = Float64Array.from({ length: 480 }, (_, row) => row % 16);
  const input: FitInput = {
    columns: [{ name: 'x', type: 'number', values }],
    target: values.map((x) => (x < 8 ? x : 1000 + 100 * x)),
    task: 'regression',
    train: { from: 0, to: 480 },
    validation: { from: 480, to: 480 },
    seed: 1,
  };
  const loss = async (grow: 'leaf' | 'depth', leaves: number, depth: number): Promise<number> => {
    const options = { trees: 1, rate: 1, minLeafRows: 1, l2: 0, earlyStopping: 0 };
    return (await createGbdt({ ...options, grow, leaves, depth }).fit(input)).summary.trainLoss;
  };
  // Where there are as many leaves as levels allow, the order does not matter; where there are not, it does.
  assert.equal(await loss('depth', 64, 4), await loss('leaf', 64, 4));
  const [leaf, level] = [await loss('leaf', 4, 16), await loss('depth', 4, 16)];
  assert.ok(leaf < level, `${leaf} ${level}`);
});

test('with one column for each node, every column comes to be used', async () => {
  const input = inputOf({ seed: 8, rows: 400, task: 'binary', numbers: 2, categories: [2, 4], missing: 0 });
  const options = { trees: 20, minLeafRows: 5, earlyStopping: 0 };
  const all = (await createGbdt({ ...options, trees: 1, leaves: 2 }).fit(input)).summary.importance;
  assert.equal(Object.values(all).filter((share) => share > 0).length, 1);
  const sampled = await createGbdt({ ...options, columnSampleByNode: 0.01 }).fit(input);
  for (const share of Object.values(sampled.summary.importance)) assert.ok(share > 0);
});
