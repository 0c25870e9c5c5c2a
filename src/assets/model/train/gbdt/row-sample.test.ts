import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomStream } from '../random.ts';
import { growTrees } from './boost.ts';
import { gbdtParameters } from './options.ts';
import { rowSampler } from './row-sample.ts';

const share = fc.double({ min: 0.01, max: 1, noNaN: true });

test('where rows are ranked a group is drawn whole or not at all, each as often as any', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 5 }), share, fc.nat(), (list, from, part, seed) => {
      const groups = Int32Array.from([
        ...Array.from({ length: from }, () => -1),
        ...list.flatMap((size, i) => Array.from({ length: size }, () => i)),
      ]);
      const draw = rowSampler({ groups, train: { from, to: groups.length } }, part, randomStream(seed));
      for (let i = 0; i < 3; i++) {
        const drawn = [...draw()];
        const named = [...new Set(drawn.map((row) => groups[from + row]!))];
        assert.equal(named.length, Math.max(1, Math.round(part * list.length)));
        const whole = named.flatMap((name) => [...groups.keys()].filter((row) => groups[row] === name));
        assert.deepEqual(
          drawn.map((row) => row + from),
          whole,
        );
      }
    }),
  );
  const groups = Int32Array.from({ length: 40 }, (_, row) => row >> 2);
  const draw = rowSampler({ groups, train: { from: 0, to: 40 } }, 0.5, randomStream(3));
  const often = new Float64Array(10);
  for (let i = 0; i < 2_000; i++) for (const row of draw()) often[groups[row]!]! += 0.25;
  // 1,000 times each; 6 standard deviations are 134.
  for (const times of often) assert.ok(Math.abs(times - 1_000) < 134, `${times}`);
});

test('elsewhere rows are drawn one by one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), share, fc.nat(), (rows, part, seed) => {
      const drawn = [...rowSampler({ train: { from: 7, to: 7 + rows } }, part, randomStream(seed))()];
      assert.equal(drawn.length, Math.max(1, Math.round(part * rows)));
      assert.deepEqual(
        drawn,
        [...new Set(drawn)].sort((a, b) => a - b),
      );
      assert.ok(drawn.every((row) => row >= 0 && row < rows));
    }),
  );
});

test('trees of orders are grown on whole groups', async () => {
  // Ten groups of one row and one of 90, of which 6 are drawn.
  const groups = Int32Array.from({ length: 100 }, (_, row) => Math.min(row, 10));
  const values = Float64Array.from(groups, (_, row) => row % 13);
  const input = {
    ...({ task: 'ranking', seed: 1, groups, target: values.map((value) => (value > 6 ? 1 : 0)) } as const),
    columns: [{ name: 'x', type: 'number', values }] as const,
    ...{ train: { from: 0, to: 100 }, validation: { from: 100, to: 100 } },
  };
  const options = { trees: 12, rowSample: 0.5, minLeafRows: 1, threads: 1 };
  const [{ trees }] = await growTrees(input, gbdtParameters(options));
  const sizes = trees.map(({ cover }) => cover[0]);
  assert.deepEqual([...new Set(sizes)].sort(), [6, 95]);
});
