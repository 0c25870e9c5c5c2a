import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededUint32 } from '../random.ts';
import { drawn, evenNumbers, ordersOf } from '../rows.fixture.ts';
import { fillBins } from './bins.ts';
import { brier, brierParts } from './brier.ts';
import { eceEqualMass, eceEqualWidth } from './calibration.oracle.ts';
import { calibration } from './calibration.ts';
import { redraw } from './chance.ts';
import { confusion } from './confusion.ts';
import { cutsOf, stepsByRow } from './cuts.ts';
import { evaluateBinary } from './evaluate.ts';
import { costAt, lowestCost } from './expected-cost.oracle.ts';
import { chooseThreshold, costCurveOf } from './expected-cost.ts';
import { liftAt, precisionAt, recallAt } from './gain.ts';
import { logLoss } from './log-loss.ts';
import { prAucByCounting } from './pr-auc.oracle.ts';
import { prAuc } from './pr-auc.ts';
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
const cost = fc.record(
  {
    falsePositive: fc.integer({ min: 0, max: 50 }),
    falseNegative: fc.integer({ min: 1, max: 500 }),
    truePositive: fc.integer({ min: 0, max: 500 }),
    trueNegative: fc.integer({ min: 0, max: 20 }),
  },
  { requiredKeys: ['falsePositive', 'falseNegative'] },
);

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
      const judged = evaluateBinary({
        target,
        probability,
        threshold: chosen.threshold,
        cost,
        detail: 'figures',
      });
      near(judged.expectedCost, found / pairs.length);
      near(judged.costOfAllNo, costAt(target, probability, 2, cost) / pairs.length);
      near(judged.costOfAllYes, costAt(target, probability, 0, cost) / pairs.length);
      assert.equal(found, lowestCost(target, probability, cost));
      near(chosen.costPerThousand, (found / pairs.length) * 1000);
      assert.equal(JSON.parse(JSON.stringify(chosen.threshold)), chosen.threshold);
      const curve = costCurveOf(cutsOf(target, probability), cost);
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
    const { target, probability } = drawn(400, seed);
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
    { falsePositive: 1, falseNegative: 1, truePositive: -1 },
  ])
    assert.throws(() => chooseThreshold({ target: one, probability: one, cost }), {
      code: 'MILL_JUDGE_COST',
    });
});

test('the parts of a Brier score add up to it, within bins and all', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 20 }), (pairs, bins) => {
      const { target, probability } = split(pairs);
      for (const binning of ['equal-mass', 'equal-width'] as const) {
        const parts = brierParts(target, probability, { bins, binning });
        assert.ok(parts && parts.reliability >= 0 && parts.resolution >= 0);
        const { reliability, resolution, uncertainty, withinVariance, withinCovariance } = parts;
        near(
          reliability - resolution + uncertainty + withinVariance - withinCovariance,
          brier(target, probability),
        );
      }
    }),
  );
  // One probability a bin: nothing is left within, and these are Murphy's three parts.
  const parts = brierParts(Float64Array.of(0, 1, 1, 1), Float64Array.of(0.2, 0.2, 0.8, 0.8), { bins: 2 });
  assert.ok(parts && Math.abs(parts.withinVariance) + Math.abs(parts.withinCovariance) < 1e-15);
  near(parts.reliability, (0.3 ** 2 + 0.2 ** 2) / 2);
  near(parts.resolution, 0.25 ** 2);
});

test('what stands in the first places is the mean over all orders of equal scores', () => {
  const few = fc.array(fc.tuple(fc.integer({ min: 0, max: 1 }), fc.constantFrom(0.2, 0.5, 0.7)), {
    minLength: 1,
    maxLength: 5,
  });
  fc.assert(
    fc.property(few, fc.integer({ min: 1, max: 6 }), (pairs, k) => {
      const { target, probability } = split(pairs);
      const taken = Math.min(k, pairs.length);
      const positives = target.reduce((sum, y) => sum + y, 0);
      const orders = ordersOf(pairs).map((order) => order.toSorted((a, b) => b[1] - a[1]));
      const found =
        orders.reduce((sum, order) => sum + order.slice(0, taken).reduce((hits, [y]) => hits + y, 0), 0) /
        orders.length;
      near(precisionAt(target, probability, k), found / taken);
      near(recallAt(target, probability, k), positives === 0 ? null : found / positives);
      const share = taken / pairs.length;
      near(liftAt(target, probability, share), positives === 0 ? null : found / positives / share);
    }),
    { numRuns: 100 },
  );
});

test('the order of rows changes no figure, and figures alone are those of the whole', () => {
  fc.assert(
    fc.property(rows, fc.integer({ min: 1, max: 1000 }), (pairs, seed) => {
      const even = evenNumbers(seed);
      const weighed = pairs.map((pair) => [...pair, 0.5 + even()] as const);
      const judge = (of: typeof weighed, detail: 'whole' | 'figures') =>
        evaluateBinary({
          target: Float64Array.from(of, ([y]) => y),
          probability: Float64Array.from(of, ([, p]) => p),
          weights: Float64Array.from(of, ([, , w]) => w),
          threshold: 0.4,
          cost: { falsePositive: 1, falseNegative: 3, truePositive: 2 },
          calibration: { draws: 5 },
          detail,
        }).figures;
      const once = judge(weighed, 'figures');
      const again = judge(weighed.toReversed(), 'whole');
      assert.deepEqual(Object.keys(once), Object.keys(again));
      for (const [name, value] of Object.entries(once)) near(value, again[name as 'rocAuc'] as number | null);
    }),
    { numRuns: 50 },
  );
});

test('the step of a row is the first whose score is no higher, also where it has no weight', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 2 })), { minLength: 1 }),
      (given) => {
        const score = Float64Array.from(given, ([s]) => s / 9);
        const weights = Float64Array.from(given, ([, weight]) => weight);
        if (weights.every((weight) => weight === 0)) return;
        const cuts = cutsOf(
          score.map((_, row) => row % 2),
          score,
          weights,
        );
        const last = cuts.score.length - 1;
        const wanted = Array.from(score, (s) => {
          const first = cuts.score.findIndex((cut) => cut <= s);
          return first < 0 ? last : first;
        });
        assert.deepEqual([...stepsByRow(cuts, score)], wanted);
      },
    ),
  );
});

test('rows of weight 0 are not there', () => {
  const { target, probability } = drawn(300, 8);
  const weights = target.map((_, i) => (i < 200 ? 1 : 0));
  const judge = (rows: number, own?: Float64Array) =>
    evaluateBinary({
      target: target.subarray(0, rows),
      probability: probability.subarray(0, rows),
      threshold: 0.5,
      ...(own && { weights: own }),
    });
  const [all, some] = [judge(300, weights), judge(200)];
  for (const [name, value] of Object.entries(some.figures))
    near(all.figures[name as 'rocAuc'] ?? null, value);
  assert.deepEqual(all.intervals.rocAuc, some.intervals.rocAuc);
  assert.deepEqual(all.intervals.precision, some.intervals.precision);
});

test('labels drawn all at once lie as those drawn one by one, sure rows or not, weights or not', () => {
  const even = evenNumbers(4);
  // A third nearly sure of no, a third nearly sure of yes, a third anything.
  const probability = Float64Array.from({ length: 9_000 }, (_, i) =>
    i % 3 === 0 ? even() / 2_000 : i % 3 === 1 ? 1 - even() / 2_000 : even(),
  );
  const target = probability.map((p) => (even() < p ? 1 : 0));
  const cuts = cutsOf(target, probability);
  const bins = fillBins(cuts, { bins: 6 });
  const draws = 400;
  for (const weights of [undefined, { yes: 1, no: 10 }]) {
    const [slow, fast] = [
      redraw(bins, cuts, draws, 1, weights, Infinity),
      redraw(bins, cuts, draws, 2, weights, 0),
    ];
    for (const [b, of] of slow.entries())
      for (const figure of ['positives', 'sum', 'whole'] as const) {
        const [one, other] = [of, fast[b] ?? []].map((sums) => {
          const mean = sums.reduce((sum, s) => sum + s[figure], 0) / draws;
          return {
            mean,
            spread: Math.sqrt(sums.reduce((sum, s) => sum + (s[figure] - mean) ** 2, 0) / draws),
          };
        });
        assert.ok(one && other);
        const off = Math.abs(one.mean - other.mean) / (Math.max(one.spread, 1e-6) * Math.sqrt(2 / draws));
        assert.ok(off < 4, `bin ${b}, mean ${figure}: ${off} standard errors`);
        // Of 400 draws a standard deviation is known to 3.5 %.
        if (one.spread > 1e-6) assert.ok(Math.abs(other.spread / one.spread - 1) < 0.2, `bin ${b} ${figure}`);
      }
  }
});

test('Matthews’ correlation is that of answer and truth; one class leaves it undefined', () => {
  const target = Float64Array.of(0, 0, 0, 1, 1, 1);
  const score = Float64Array.of(0, 0, 1, 1, 1, 0);
  near(confusion(target, score, 0.5).mcc, 1 / 3);
  const same = confusion(Float64Array.of(1, 1), Float64Array.of(0, 1), 0.5);
  assert.deepEqual([same.mcc, same.specificity, same.balancedAccuracy], [null, null, 0.5]);
});
