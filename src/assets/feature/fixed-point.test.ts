import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { openDuckDb } from '../../engine/index.ts';
import { doubleOf, doubleSql, featureFailure, fixedOf, fixedSql } from './fixed-point.ts';

const aDouble = fc
  .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -80, max: 62 }))
  .map(([m, e]) => m * 2 ** e)
  .filter((x) => Math.abs(x) < 2 ** 62);

test('a double from 2^-11 up is kept exactly; a smaller one to half a unit, ties to even', () => {
  fc.assert(
    fc.property(aDouble, (x) => {
      if (Math.abs(x) >= 2 ** -11) assert.equal(doubleOf(fixedOf(x, '')), x + 0);
      else assert.ok(Math.abs(doubleOf(fixedOf(x, '')) - x) <= 2 ** -65);
    }),
  );
  const units = (x: number) => fixedOf(x * 2 ** -64, '');
  assert.deepEqual([0.5, 1.5, 2.5, -0.5, -1.5, 0.51, -0.51].map(units), [0n, 2n, 2n, 0n, -2n, 1n, -1n]);
});

test('a total of many becomes the nearest double, or its neighbour', () => {
  fc.assert(
    fc.property(fc.array(aDouble, { maxLength: 30 }), (xs) => {
      const total = xs.reduce((sum, x) => sum + fixedOf(x, ''), 0n);
      // The truth by long division: 80 more bits than a double has.
      const [sign, size] = total < 0n ? [-1, -total] : [1, total];
      const shift = BigInt(Math.max(0, size.toString(2).length - 60));
      const nearest = (sign * Number(size >> shift) * 2 ** Number(shift)) / 2 ** 64;
      assert.ok(Math.abs(doubleOf(total) - nearest) <= Math.abs(nearest) * 2 ** -52);
    }),
  );
});

test('known sums', () => {
  const sum = (...xs: number[]) => doubleOf(xs.reduce((total, x) => total + fixedOf(x, ''), 0n));
  // 0.1 + 0.2 in real numbers of these two doubles lies between 0.3 and its upper neighbour, nearer to the latter.
  assert.equal(sum(0.1, 0.2), 0.30000000000000004);
  assert.equal(sum(-0.1), -0.1);
  assert.equal(sum(1e18, 1, -1e18), 1);
  assert.equal(sum(2 ** 61, 2 ** 61, 2 ** 61, 2 ** 61), 2 ** 63);
  assert.equal(sum(-(2 ** 61), -(2 ** 61), -(2 ** 61), -(2 ** 61)), -(2 ** 63));
  assert.ok(Object.is(sum(-0), 0));
});

test('SQL takes the same steps', async () => {
  const engine = await openDuckDb({ threads: 1 });
  try {
    const session = await engine.session();
    const anInteger = fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -9, max: 9 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(aDouble, { minLength: 1 }),
        fc.array(anInteger, { minLength: 1 }),
        async (xs, ns) => {
          await session.run('drop table if exists doubles; drop table if exists integers');
          await session.load('doubles', [{ name: 'x', type: 'double', values: Float64Array.from(xs) }]);
          await session.load('integers', [{ name: 'x', type: 'integer', values: Float64Array.from(ns) }]);
          const [whole, part] = fixedSql('x', 'double', '').map((sql) => `sum(${sql})`);
          const [only] = fixedSql('x', 'integer', '').map((sql) => `sum(${sql})`);
          const [row] = await session.rows<{ d: number; i: number }>(
            `select (select ${doubleSql(whole!, part)} from doubles) as d, (select ${doubleSql(only!)} from integers) as i`,
          );
          const total = (of: number[]) => doubleOf(of.reduce((sum, x) => sum + fixedOf(x, ''), 0n));
          assert.ok(Object.is(row!.d, total(xs)), `${row!.d} is not ${total(xs)}`);
          assert.ok(Object.is(row!.i, total(ns)), `${row!.i} is not ${total(ns)}`);
        },
      ),
    );
  } finally {
    await engine.close();
  }
});

test('numbers from 2^62 up are refused by name, both ways', async () => {
  const message =
    /^feature 'it''s': column 'a: b' cannot be summed: it holds -?4\.61168601842738\d*[eE]\+?18, and sums are exact/;
  const where = "feature 'it''s': column 'a: b'";
  for (const x of [2 ** 62, -(2 ** 62)])
    assert.throws(() => fixedOf(x, where), { code: 'MILL_FEATURE_SUM_RANGE' });
  assert.throws(() => fixedOf(Number.NaN, where), { code: 'MILL_FEATURE_SUM_RANGE' });
  const engine = await openDuckDb({ threads: 1 });
  try {
    const session = await engine.session();
    const [whole] = fixedSql('x', 'double', where);
    const failed = await session
      .rows(`select ${whole} as w from (values (1::DOUBLE), (null), (4611686018427387904::DOUBLE)) as t(x)`)
      .catch(featureFailure);
    assert.match(String((failed as Error).message), message);
    assert.equal((failed as { code: string }).code, 'MILL_FEATURE_SUM_RANGE');
    const other = new Error('something else');
    assert.equal(featureFailure(other), other);
  } finally {
    await engine.close();
  }
});
