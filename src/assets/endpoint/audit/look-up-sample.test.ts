import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Graph } from '../../../graph/index.ts';
import type { KeptLookUp } from '../../../store/state/index.ts';
import type { LookedUp } from '../../feature/index.ts';
import { openLookUpSample } from './look-up-sample.ts';

/** Look-ups of so many entities at a time, one in `every`: which of all were taken, and what was written. */
function sampled(every: number | undefined, sizes: readonly number[], room = Number.POSITIVE_INFINITY) {
  const body = every === undefined ? {} : { audit: { every } };
  const graph = { nodes: new Map([['a', { body }]]) } as unknown as Graph;
  const taken: KeptLookUp[] = [];
  const written: KeptLookUp[] = [];
  const state = { lookUps: { put: (all: readonly KeptLookUp[]) => void written.push(...all) } };
  const sample = openLookUpSample(graph, { state } as never, {
    take: (one) => taken.length < room && taken.push(one) > 0,
    onError: (error) => assert.fail(String(error)),
  });
  let n = 0;
  for (const size of sizes) {
    const keys = Array.from({ length: size }, () => ({ n: n++ }));
    const found = {
      coverage: { dataset: 'd@1', from: 0, filling: 'one' },
      values: keys.map(({ n: of }) => ({ f: of, zero: -0 })),
    };
    sample.offer({ asset: 'a', version: 'a@1', asOf: n, keys, found: found as unknown as LookedUp });
  }
  sample.close();
  assert.deepEqual(written, taken);
  for (const { keys, features, dataset, position } of taken)
    assert.deepEqual([features, dataset, position], [{ f: keys['n'], zero: 0 }, 'd@1', null]);
  return taken.map(({ keys }) => keys['n'] as number);
}

const times = (count: number, size: number): number[] => Array.from({ length: count }, () => size);

test('one in n is taken, however they are asked for: the first, then at places left to chance', () => {
  assert.deepEqual(sampled(0, [5, 5]), []);
  assert.deepEqual(sampled(1, [3, 0, 2]), [0, 1, 2, 3, 4]);
  for (const [every, sizes] of [
    [10, times(20_000, 1)],
    [10, times(2_000, 10)],
    [100, times(400, 1_000)],
    [undefined, times(400, 1_000)],
  ] as const) {
    const all = sampled(every, sizes);
    const of = every ?? 100;
    const expected = sizes.reduce((a, b) => a + b, 0) / of;
    assert.equal(all[0], 0);
    assert.ok(Math.abs(all.length - expected) <= 5 * Math.sqrt(expected), `${all.length} of ${expected}`);
    assert.deepEqual(
      all,
      [...new Set(all)].sort((a, b) => a - b),
    );
    // Not always the same of those that are asked for together.
    assert.equal(new Set(all.map((n) => n % 10)).size, 10);
  }
});

test('what there is no room for is not kept', () => {
  assert.deepEqual(sampled(1, [2, 3, 4], 4), [0, 1, 2, 3]);
});

test('while there is no room, who asks pays for no more than the sample', () => {
  let asked = 0;
  const graph = { nodes: new Map([['f', { body: {} }]]) } as never;
  const sample = openLookUpSample(graph, {} as never, {
    take: () => ++asked < 0,
    onError: (error) => assert.fail(String(error)),
  });
  for (let i = 0; i < 20_000; i++)
    sample.offer({
      ...{ asset: 'f', version: 'f@1', asOf: i, keys: [{ n: i }] },
      found: {
        coverage: { dataset: 'd@1', from: 0, filling: 'one' },
        values: [{}],
        headRows: 0,
        reached: true,
      },
    });
  // One in 100: 200, and five times its deviation.
  assert.ok(asked > 0 && asked < 200 + 5 * Math.sqrt(200), `${asked}`);
});
