import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evenNumbers } from '../rows.fixture.ts';
import { pinballLoss, poissonDeviance } from './errors.ts';
import { evaluateRegression } from './evaluate.ts';

const near = (a: number | null | undefined, b: number | null | undefined, what: string): void => {
  if (typeof a !== 'number' || typeof b !== 'number') assert.equal(a ?? null, b ?? null, what);
  else assert.ok(Math.abs(a - b) < 1e-9 * Math.max(1, Math.abs(b)), `${what}: ${a} ${b}`);
};

test('whole weights are rows written out so often, and the order of rows changes nothing', () => {
  const rows = fc.array(
    fc.record({
      y: fc.integer({ min: 0, max: 20 }),
      p: fc.integer({ min: 1, max: 40 }).map((k) => k / 2),
      w: fc.integer({ min: 1, max: 3 }),
    }),
    { minLength: 2, maxLength: 30 },
  );
  fc.assert(
    fc.property(rows, (of) => {
      const judge = (list: typeof of, weights?: Float64Array) =>
        evaluateRegression({
          target: Float64Array.from(list, ({ y }) => y),
          predicted: Float64Array.from(list, ({ p }) => p),
          quantile: 0.9,
          poisson: true,
          ...(weights && { weights }),
        });
      const weighed = judge(
        of,
        Float64Array.from(of, ({ w }) => w),
      );
      const written = judge(of.flatMap((row) => new Array<(typeof of)[0]>(row.w).fill(row)).toReversed());
      for (const [name, value] of Object.entries(written.figures))
        near(weighed.figures[name as 'rmse'], value, name);
      near(weighed.meanTarget, written.meanTarget, 'mean target');
      near(weighed.baseline.rmse, written.baseline.rmse, 'baseline');
    }),
    { numRuns: 60 },
  );
});

test('intervals hold what the figures are of very many rows', () => {
  const even = evenNumbers(2);
  const judge = (rows: number) => {
    const predicted = Float64Array.from({ length: rows }, () => 1 + even());
    const target = predicted.map((p) => p + (even() - 0.5) * p);
    return evaluateRegression({ target, predicted, quantile: 0.2, poisson: true, detail: 'whole' });
  };
  const names = ['rmse', 'mae', 'mape', 'r2', 'pinball', 'poissonDeviance'] as const;
  const truth = judge(300_000).figures;
  const held: Record<string, number> = {};
  for (let sample = 0; sample < 60; sample++) {
    const { intervals } = judge(300);
    for (const name of names) {
      const interval = intervals[name];
      const within =
        interval && interval.low <= (truth[name] as number) && (truth[name] as number) <= interval.high;
      held[name] = (held[name] ?? 0) + (within ? 1 : 0);
    }
  }
  // 57 of 60 are expected, give or take 1.7.
  for (const name of names) assert.ok((held[name] as number) >= 50, `${name}: ${held[name]} of 60`);
});

test('what was not asked for is null, figures alone are those of the whole, and a deviance wants rates', () => {
  const given = { target: Float64Array.of(1, 2, 4), predicted: Float64Array.of(1, 3, 3) };
  const found = evaluateRegression({ ...given, detail: 'figures' });
  assert.deepEqual(found.figures, evaluateRegression(given).figures);
  assert.deepEqual([found.pinball, found.poissonDeviance, found.errorHistogram], [null, null, []]);
  const refused = { code: 'MILL_JUDGE_INPUT' };
  assert.throws(
    () => evaluateRegression({ ...given, predicted: Float64Array.of(0, 1, 1), poisson: true }),
    refused,
  );
  assert.throws(
    () => evaluateRegression({ ...given, target: Float64Array.of(-1, 1, 1), poisson: true }),
    refused,
  );
  assert.throws(() => evaluateRegression({ ...given, quantile: 1.5 }), refused);
  assert.throws(() => evaluateRegression({ ...given, weights: Float64Array.of(1, -1, 1) }), refused);
  assert.throws(() => evaluateRegression({ ...given, weights: new Float64Array(3) }), refused);
});

test('what was asked for is judged beside always answering the same, and how often a quantile is enough is counted', () => {
  const given = { target: Float64Array.of(1, 2, 3, 6), predicted: Float64Array.of(1, 1, 4, 5) };
  const weights = Float64Array.of(1, 1, 1, 3);
  const { covered, baseline } = evaluateRegression({ ...given, weights, quantile: 0.75, baseQuantile: 3 });
  assert.equal(covered, 2 / 6, 'two of six are no more than what is said');
  near(
    baseline.pinball,
    pinballLoss(given.target, new Float64Array(4).fill(3), 0.75, weights),
    'always the quantile',
  );
  assert.equal(baseline.poissonDeviance, null);
  const rates = evaluateRegression({ ...given, poisson: true, baseValue: 2 });
  near(
    rates.baseline.poissonDeviance,
    poissonDeviance(given.target, new Float64Array(4).fill(2)),
    'always the mean',
  );
  assert.deepEqual([rates.covered, rates.baseline.pinball], [null, null]);
  assert.equal(evaluateRegression({ ...given, quantile: 0.75 }).baseline.pinball, null, 'not known before');
});
