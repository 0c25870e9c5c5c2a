import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededUint32 } from '../judge/random.ts';
import type { InputColumn } from '../train/index.ts';
import { psiSlow, wassersteinSlow } from './drift.oracle.ts';
import { chiSquaredAbove, driftOf, psiOf, wasserstein } from './drift.ts';

const next = seededUint32(5);
const normal = (): number =>
  Math.sqrt(-2 * Math.log((next() + 1) / (2 ** 32 + 1))) * Math.cos((2 * Math.PI * next()) / 2 ** 32);
const numbers = (name: string, values: readonly number[]): InputColumn => ({
  ...{ name, type: 'number' },
  values: Float64Array.from(values),
});
const parts = (train: number, test: number) =>
  [
    { from: 0, to: train },
    { from: train, to: train + test },
  ] as const;

test('the index and the distance are those of their slow twins', () => {
  const counts = fc.array(fc.nat(500), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(counts, counts, (a, b) => {
      const some = b.concat(a.map(() => 0)).slice(0, a.length);
      assert.ok(Math.abs(psiOf(a, some) - psiSlow(a, some)) < 1e-12);
    }),
  );
  const sample = fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(sample, sample, (a, b) => {
      const sorted = (values: readonly number[]) => Float64Array.from(values).sort();
      assert.ok(Math.abs(wasserstein(sorted(a), sorted(b)) - wassersteinSlow(a, b)) < 1e-9);
    }),
  );
});

test('a vector that is known', () => {
  // p = .25 × 4, q = .1 .2 .3 .4 of so many rows that the ½ no longer shows.
  const many = 1e9;
  assert.ok(
    Math.abs(
      psiOf(
        [0.25, 0.25, 0.25, 0.25].map((p) => p * many),
        [0.1, 0.2, 0.3, 0.4].map((q) => q * many),
      ) - 0.22822,
    ) < 1e-5,
  );
});

test('the tail of χ² is near what tables say', () => {
  for (const [value, degrees, wanted] of [
    [3.841, 1, 0.05],
    [11.07, 5, 0.05],
    [16.92, 9, 0.05],
    [21.67, 9, 0.01],
    [8.343, 9, 0.5],
  ] as const)
    assert.ok(Math.abs(chiSquaredAbove(value, degrees) - wanted) < 0.01, `${value} of ${degrees}`);
  assert.equal(chiSquaredAbove(0, 3), 1);
});

test('by chance alone, small parts have no drift: what chance makes is taken off', () => {
  const sizes = parts(150, 100);
  let [raw, left, alarms] = [0, 0, 0];
  const times = 300;
  for (let i = 0; i < times; i++) {
    const [one] = driftOf([numbers('x', Array.from({ length: 250 }, normal))], ...sizes);
    raw += (one?.rawPsi ?? 0) / times;
    left += ((one?.rawPsi ?? 0) - (one?.chance ?? 0)) / times;
    alarms += Number(one?.drifted);
  }
  // (k − 1)(1/n + 1/m) of 10 bins is 0.15: a plain limit of 0.1 would call two of three.
  assert.ok(raw > 0.12 && Math.abs(left) < 0.02, `${raw} of which ${left} is not chance`);
  assert.ok(alarms / times < 0.08, `${alarms} of ${times} called`);
});

test('what has moved is found, and told by how much', () => {
  const sizes = parts(4_000, 1_000);
  const rows = 5_000;
  const moved = Array.from({ length: rows }, (_, i) => normal() + (i >= 4_000 ? 1 : 0));
  const same = Array.from({ length: rows }, normal);
  const gone = same.map((value, i) => (i >= 4_000 && i % 2 === 0 ? Number.NaN : value));
  const countries: InputColumn = {
    ...{ name: 'country', type: 'category', categories: ['DE', 'FR', 'new'] },
    codes: Int32Array.from({ length: rows }, (_, i) => (i >= 4_000 && i % 3 === 0 ? 2 : i % 2)),
  };
  const constant = numbers('constant', new Array(rows).fill(1));
  const found = driftOf(
    [numbers('moved', moved), numbers('same', same), numbers('gone', gone), countries, constant],
    ...sizes,
  );
  assert.deepEqual(
    new Set(found.filter(({ drifted }) => drifted).map(({ input }) => input)),
    new Set(['moved', 'gone', 'country']),
  );
  const by = Object.fromEntries(found.map((one) => [one.input, one]));
  assert.ok(Math.abs((by['moved']?.shift ?? 0) - 1) < 0.1, `${by['moved']?.shift}`);
  assert.deepEqual(by['gone']?.missing, { train: 0, test: 0.5 });
  assert.ok(Math.abs((by['country']?.unseen ?? 0) - 1 / 3) < 0.01);
  assert.deepEqual(
    [by['constant']?.psi, by['constant']?.shift, by['constant']?.falseAlarmShare],
    [0, null, 1],
  );
});

test('parts without rows have no drift, and no NaN', () => {
  for (const sizes of [parts(0, 0), parts(2, 0)])
    for (const one of driftOf([numbers('x', [1, 2])], ...sizes))
      assert.doesNotMatch(JSON.stringify(Object.values(one)), /NaN|Infinity/);
});
