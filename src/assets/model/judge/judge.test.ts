import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brier } from './brier.ts';
import { eceEqualMass, eceEqualWidth } from './calibration.oracle.ts';
import { calibration } from './calibration.ts';
import { costAt, lowestCost } from './expected-cost.oracle.ts';
import { chooseThreshold, costCurveOf } from './expected-cost.ts';
import { logLoss } from './log-loss.ts';
import { prAucByCounting } from './pr-auc.oracle.ts';
import { prAuc } from './pr-auc.ts';
import { seededUint32 } from './random.ts';
import { rank } from './ranking.ts';
import { rocAucByPairs } from './roc-auc.oracle.ts';
import { rocAuc } from './roc-auc.ts';

/** Rows with many ties, exact 0 and 1, and neighbours one double apart. */
const score = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.integer({ min: 0, max: 10 }).map((k) => k / 10),
  fc.constantFrom(0, 1, 5e-324, 1 - 2 ** -53, 0.5, 0.5 + 2 ** -53),
);
const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), score), { minLength: 1, maxLength: 60 });
const split = (pairs: readonly (readonly [number, number])[]) => ({
  target: Float64Array.from(pairs, (pair) => pair[0]),
  probability: Float64Array.from(pairs, (pair) => pair[1]),
});
const cost = fc.record({
  falsePositive: fc.integer({ min: 0, max: 50 }),
  falseNegative: fc.integer({ min: 1, max: 500 }),
});

function near(a: number | null, b: number | null): void {
  if (a === null || b === null) assert.equal(a, b);
  else assert.ok(Math.abs(a - b) < 1e-12, `${a} ${b}`);
}

test('ROC AUC equals counting pairs, PR AUC equals re-counting at every score', () => {
  fc.assert(
    fc.property(rows, (pairs) => {
      const { target, probability } = split(pairs);
      near(rocAuc(target, probability), rocAucByPairs(target, probability));
      near(prAuc(target, probability), prAucByCounting(target, probability));
    }),
    { numRuns: 500 },
  );
});

test('ECE equals its twins, and does not depend on the order of rows', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 20 }), (pairs, bins) => {
      const { target, probability } = split(pairs);
      const mass = calibration(target, probability, { bins, draws: 10 });
      near(mass?.ece ?? null, eceEqualMass(target, probability, bins));
      const width = calibration(target, probability, { bins, binning: 'equal-width', draws: 10 });
      near(width?.ece ?? null, eceEqualWidth(target, probability, bins));
      const back = split(pairs.toReversed());
      assert.deepEqual(calibration(back.target, back.probability, { bins, draws: 10 }), mass);
      assert.equal(
        mass?.curve.reduce((n, bin) => n + bin.rows, 0),
        pairs.length,
      );
    }),
    { numRuns: 300 },
  );
});

test('no threshold is cheaper than the chosen one, nor is any point of the curve misplaced', () => {
  fc.assert(
    fc.property(rows, cost, (pairs, cost) => {
      const { target, probability } = split(pairs);
      const chosen = chooseThreshold({ target, probability, cost });
      const found = costAt(target, probability, chosen.threshold, cost);
      assert.equal(found, lowestCost(target, probability, cost));
      near(chosen.costPerThousand, (found / pairs.length) * 1000);
      assert.equal(JSON.parse(JSON.stringify(chosen.threshold)), chosen.threshold);
      const curve = costCurveOf(rank(target, probability), cost);
      for (const point of curve)
        near(point.cost, costAt(target, probability, point.threshold, cost) / pairs.length);
    }),
    { numRuns: 500 },
  );
});

test('the chosen threshold keeps its distance from the scores it separates', () => {
  const target = Float64Array.of(0, 0, 1, 1);
  const probability = Float64Array.of(0.1, 0.3, 0.5, 0.9);
  const even = { falsePositive: 1, falseNegative: 1 };
  assert.deepEqual(chooseThreshold({ target, probability, cost: even }), {
    threshold: 0.4,
    costPerThousand: 0,
  });
  // A false alarm that costs 10 and a miss that costs nothing: never say yes.
  const never = chooseThreshold({ target, probability, cost: { falsePositive: 10, falseNegative: 0 } });
  assert.ok(never.threshold > 0.9);
  const always = chooseThreshold({ target, probability, cost: { falsePositive: 0, falseNegative: 1 } });
  assert.equal(always.threshold, 0.4);
});

test('known vector: 5 bins of equal width', () => {
  // p on the edges of bins (.4, .8) belongs to the bin above: floor(5p).
  const probability = Float64Array.of(0.1, 0.15, 0.4, 0.45, 0.8, 0.9, 0.95, 0.85);
  const target = Float64Array.of(0, 0, 1, 0, 1, 1, 1, 0);
  const found = calibration(target, probability, { bins: 5, binning: 'equal-width' });
  assert.equal(found?.ece.toFixed(5), '0.11250');
  assert.equal(brier(target, probability)?.toFixed(5), '0.17125');
  assert.equal(logLoss(target, probability)?.toFixed(5), '0.50737');
});

/** n labels drawn from their own probabilities; `bend` of 1 leaves the probabilities true. */
function drawn(n: number, seed: number, bend: number) {
  const next = seededUint32(seed);
  const probability = Float64Array.from({ length: n }, () => next() / 2 ** 32);
  const target = probability.map((p) => (next() / 2 ** 32 < p ** bend ? 1 : 0));
  return { target, probability };
}

test('the null of ECE: as known for a true model, and raw ECE grows to meet it while the corrected one stays near 0', () => {
  // Equal-width bins, uniform probabilities: about .034 at 1,000 rows and .011 at 10,000.
  for (const [n, wanted] of [
    [1000, 0.034],
    [10_000, 0.011],
  ] as const) {
    const { target, probability } = drawn(n, n, 1);
    const found = calibration(target, probability, { binning: 'equal-width' });
    assert.ok(found && Math.abs(found.eceNull.mean / wanted - 1) < 0.15, `${n}: ${found?.eceNull.mean}`);
    assert.ok(found.eceNull.q95 > found.eceNull.mean);
  }
  let above = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const { target, probability } = drawn(400, seed, 1);
    const found = calibration(target, probability, { draws: 100 });
    assert.ok(found && found.calibrationError < 0.04, `seed ${seed}: ${found?.calibrationError}`);
    if (found.ece > found.eceNull.q95) above++;
  }
  // 5 % of 40 true models should pass their 95 % quantile: 2, rarely more than 6.
  assert.ok(above <= 6, `${above} of 40 true models pass the 95 % quantile`);
  const bent = drawn(5000, 3, 2);
  const found = calibration(bent.target, bent.probability);
  assert.ok(found && found.calibrationError > 0.1 && found.ece > found.eceNull.q95);
});

test('the null is the same for the same seed, and another for another', () => {
  const { target, probability } = drawn(500, 1, 1);
  const once = calibration(target, probability, { seed: 7 });
  assert.deepEqual(calibration(target, probability, { seed: 7 }), once);
  assert.notDeepEqual(calibration(target, probability, { seed: 8 }), once);
});

test('the generator is even over its range and its seeds are unlike', () => {
  const next = seededUint32(42);
  const cells = new Array<number>(64).fill(0);
  const draws = 64_000;
  for (let i = 0; i < draws; i++) {
    const cell = next() >>> 26;
    cells[cell] = (cells[cell] as number) + 1;
  }
  const chi = cells.reduce((sum, c) => sum + (c - draws / 64) ** 2 / (draws / 64), 0);
  // Chi-square with 63 degrees of freedom: 99.9 % lies below 103.
  assert.ok(chi < 103, `chi-square ${chi}`);
  assert.notEqual(seededUint32(1)(), seededUint32(2)());
});

test('input that cannot be judged is refused', () => {
  const one = Float64Array.of(1);
  const refused = { code: 'MILL_JUDGE_INPUT' };
  assert.throws(() => rocAuc(one, Float64Array.of(1, 2)), refused);
  assert.throws(() => rocAuc(Float64Array.of(0.5), one), refused);
  assert.throws(() => rocAuc(one, Float64Array.of(Number.NaN)), refused);
  assert.throws(() => brier(one, Float64Array.of(1.5)), refused);
  const none = new Float64Array();
  assert.throws(
    () => chooseThreshold({ target: none, probability: none, cost: { falsePositive: 1, falseNegative: 1 } }),
    {
      code: 'MILL_JUDGE_NO_ROWS',
    },
  );
  for (const cost of [
    { falsePositive: -1, falseNegative: 2 },
    { falsePositive: 0, falseNegative: 0 },
    { falsePositive: Number.NaN, falseNegative: 1 },
  ])
    assert.throws(() => chooseThreshold({ target: one, probability: one, cost }), {
      code: 'MILL_JUDGE_COST',
    });
});
