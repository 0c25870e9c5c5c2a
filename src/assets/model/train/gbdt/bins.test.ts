import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf } from '../input.arbitrary.ts';
import { randomStream } from '../random.ts';
import { encode, learnBinnings } from './bins.ts';

test("a number's code is how many thresholds are below it, of few rows and of many", async () => {
  const recipe = {
    seed: 4,
    rows: 120_000,
    task: 'binary',
    numbers: 3,
    categories: [],
    missing: 0.02,
  } as const;
  const columns = columnsOf(recipe, recipe.rows, 0, 4);
  const binnings = await learnBinnings(columns, { from: 0, to: recipe.rows }, 255, randomStream(1));
  for (const [i, binning] of binnings.entries()) {
    const column = columns[i]!;
    assert.ok(binning.type === 'number' && column.type === 'number' && binning.bins > 5);
    const many = encode(binning, column, { from: 0, to: recipe.rows });
    const few = encode(binning, column, { from: 50, to: 2050 });
    assert.deepEqual([...few], [...many.subarray(50, 2050)]);
    for (let row = 0; row < recipe.rows; row += 7) {
      const value = Math.fround(column.values[row]!);
      const below: number = binning.thresholds.filter((threshold) => threshold < value).length;
      assert.equal(many[row], Number.isNaN(value) ? binning.bins : below, `${value}`);
    }
  }
});
