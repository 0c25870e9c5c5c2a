import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateBinary, evaluateRegression } from './evaluate.ts';
import type { BinaryEvaluation } from './evaluation.ts';
import { chooseThreshold } from './index.ts';
import { seededUint32 } from './random.ts';
import { CURVE_POINTS, lookedAt, thin } from './thin.ts';

const cost = { falsePositive: 2, falseNegative: 80 };

function sample(n: number, seed: number) {
  const next = seededUint32(seed);
  const probability = Float64Array.from({ length: n }, () => (next() / 2 ** 32) ** 3);
  return { probability, target: probability.map((p) => (next() / 2 ** 32 < p ? 1 : 0)) };
}

/** Every number of an evaluation, wherever it stands. */
function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap(numbersIn);
}

function plain(value: object): void {
  assert.deepEqual(JSON.parse(JSON.stringify(value)), value);
  assert.ok(Object.isFrozen(value));
  assert.ok(numbersIn(value).every(Number.isFinite));
}

test('an evaluation is frozen plain JSON and its parts agree', () => {
  const { target, probability } = sample(20_000, 5);
  const other = sample(20_000, 6);
  const { threshold } = chooseThreshold({ ...other, cost });
  const found = evaluateBinary({ target, probability, threshold, cost });
  plain(found);
  assert.equal(found.positives, found.confusion.truePositives + found.confusion.falseNegatives);
  assert.equal(
    found.expectedCost,
    (2 * found.confusion.falsePositives + 80 * found.confusion.falseNegatives) / 20_000,
  );
  assert.equal(found.costOfAllNo, (80 * found.positives) / 20_000);
  assert.equal(found.costOfAllYes, (2 * (20_000 - found.positives)) / 20_000);
  assert.equal(found.costCurve[0]?.cost, found.costOfAllYes);
  assert.equal(found.costCurve.at(-1)?.cost, found.costOfAllNo);
  for (const curve of [found.costCurve, found.rocCurve, found.prCurve])
    assert.ok(curve.length <= CURVE_POINTS && curve.length > 100, `${curve.length}`);
  assert.deepEqual(found.rocCurve[0], { threshold: null, falsePositiveRate: 0, truePositiveRate: 0 });
  const bars = found.scoreHistogram.reduce((n, bar) => n + bar.negatives + bar.positives, 0);
  assert.equal(bars, 20_000);
  assert.ok((found.logLoss as number) < (found.baseline.logLoss as number));
  assert.ok(JSON.stringify(found).length < 60_000);
});

test('the thinned ROC curve keeps the area within 0.001, the cost curve keeps its lowest point', () => {
  const { target, probability } = sample(20_000, 5);
  const found = evaluateBinary({ target, probability, threshold: 0.5, cost });
  let area = 0;
  for (const [i, point] of found.rocCurve.entries()) {
    const before = found.rocCurve[Math.max(0, i - 1)] as typeof point;
    area +=
      (point.falsePositiveRate - before.falsePositiveRate) *
      ((point.truePositiveRate + before.truePositiveRate) / 2);
  }
  assert.ok(Math.abs(area - (found.rocAuc as number)) < 1e-3);
  const lowest = chooseThreshold({ target, probability, cost });
  const kept = found.costCurve.find((point) => point.threshold === lowest.threshold);
  assert.equal(kept && kept.cost * 1000, lowest.costPerThousand);
});

test('figures that one class does not define are null', () => {
  const judge = (target: number[], probability: number[]): BinaryEvaluation => {
    const found = evaluateBinary({
      target: Float64Array.from(target),
      probability: Float64Array.from(probability),
      threshold: 0.5,
    });
    plain(found);
    return found;
  };
  const negatives = judge([0, 0], [0.1, 0.7]);
  assert.deepEqual([negatives.rocAuc, negatives.prAuc, negatives.confusion.recall], [null, null, null]);
  assert.deepEqual([negatives.expectedCost, negatives.costOfAllNo], [null, null]);
  assert.equal(negatives.confusion.precision, 0);
  const none = judge([], []);
  assert.deepEqual([none.logLoss, none.brier, none.ece, none.confusion.accuracy], [null, null, null, null]);
  assert.equal(judge([1], [1]).prAuc, 1);
});

test('a regression evaluation: parts agree, nothing undefined is a number', () => {
  const next = seededUint32(9);
  const predicted = Float64Array.from({ length: 5000 }, () => next() / 2 ** 32);
  const target = predicted.map((p) => p + (next() / 2 ** 32 - 0.5) / 10);
  const found = evaluateRegression({ target, predicted });
  plain(found);
  assert.ok((found.r2 as number) > 0.98 && (found.rmse as number) > (found.mae as number));
  assert.equal(found.predictionCurve.length, 20);
  assert.equal(
    found.errorHistogram.reduce((n, bar) => n + bar.rows, 0),
    5000,
  );
  const none = evaluateRegression({ target: new Float64Array(), predicted: new Float64Array() });
  plain(none);
  assert.deepEqual([none.rmse, none.r2, none.meanTarget, none.baseline.value], [null, null, null, null]);
  const flat = evaluateRegression({ target: Float64Array.of(1, 1), predicted: Float64Array.of(2, 2) });
  // Ten times 0.1 do not sum to 1; their mean is 0.1 all the same, so the target counts as constant.
  const tenths = new Float64Array(10).fill(0.1);
  assert.equal(evaluateRegression({ target: tenths, predicted: tenths.map((v) => v + 1) }).r2, 0);
  assert.deepEqual([flat.r2, flat.errorHistogram.length, flat.predictionCurve.length], [0, 1, 1]);
});

test('thinning keeps the ends and what it is told, in order, and no more than asked for', () => {
  const x = Float64Array.from({ length: 5000 }, (_, i) => i);
  const flatThenSteep = x.map((i) => (i < 4900 ? 0 : i - 4900));
  const kept = thin(x, flatThenSteep, [1234, 0, 4999]);
  assert.ok(kept.length <= CURVE_POINTS && kept.length > 150);
  assert.deepEqual(
    kept,
    [...new Set(kept)].sort((a, b) => a - b),
  );
  for (const i of [0, 1234, 4999]) assert.ok(kept.includes(i));
  assert.ok(kept.filter((i) => i >= 4900).length > 80, 'the steep end is half of the length');
  // All of the length is walked before the last point is reached.
  const still = x.map((i) => Math.min(i, 4000));
  for (const most of [10, 57, CURVE_POINTS]) assert.ok(thin(still, still, [], most).length <= most);
  assert.deepEqual(thin([0, 0, 0], [1, 1, 1]), [0, 1, 2]);
});

test('of a long curve the beginning, the end and what is to be kept are looked at, in order', () => {
  assert.deepEqual([...lookedAt(5)], [0, 1, 2, 3, 4]);
  const points = lookedAt(1_000_000, [777_777]);
  assert.ok(points.length > 19_000 && points.length <= 20_002, `${points.length}`);
  for (const i of [0, 1, 999, 777_777, 999_999]) assert.ok(points.includes(i), `${i}`);
  assert.deepEqual(points, points.toSorted());
  const gaps = points.subarray(1).map((at, i) => at - (points[i] as number));
  assert.ok(Math.max(...gaps) <= 54, 'evenly spaced');
});
