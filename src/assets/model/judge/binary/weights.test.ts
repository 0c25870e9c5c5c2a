import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { calibration, chooseThreshold, evaluateBinary } from '../index.ts';
import { orderOf } from '../order.ts';
import { seededUint32 } from '../random.ts';
import { cutsByWeight, cutsOf } from './cuts.ts';

const rows = fc.array(
  fc.record({
    y: fc.constantFrom(0, 1),
    p: fc.constantFrom(0, 0.1, 0.25, 0.5, 0.9, 1),
    w: fc.integer({ min: 1, max: 4 }),
  }),
  { minLength: 1, maxLength: 40 },
);
const cost = { falsePositive: 2, falseNegative: 7 };
const near = (a: number | null, b: number | null, what: string): void => {
  if (a === null || b === null) assert.equal(a, b, what);
  else assert.ok(Math.abs(a - b) < 1e-9, `${what}: ${a} and ${b}`);
};

test('figures of rows with whole weights are those of the rows written out so often', () => {
  fc.assert(
    fc.property(rows, (given) => {
      const often = given.flatMap((row) => new Array<(typeof given)[0]>(row.w).fill(row));
      const of = (list: typeof given) => ({
        target: Float64Array.from(list, ({ y }) => y),
        probability: Float64Array.from(list, ({ p }) => p),
      });
      const weighed = { ...of(given), weights: Float64Array.from(given, ({ w }) => w) };
      const chosen = chooseThreshold({ ...weighed, cost });
      near(chosen.threshold, chooseThreshold({ ...of(often), cost }).threshold, 'threshold');
      const a = evaluateBinary({ ...weighed, threshold: chosen.threshold, cost });
      const b = evaluateBinary({ ...of(often), threshold: chosen.threshold, cost });
      for (const figure of [
        'positives',
        'rocAuc',
        'prAuc',
        'logLoss',
        'brier',
        'ece',
        'expectedCost',
        'costOfAllYes',
        'costOfAllNo',
      ] as const)
        near(a[figure], b[figure], figure);
      for (const [name, value] of Object.entries(b.confusion))
        near(a.confusion[name as 'recall'], value as number | null, name);
      near(a.baseline.logLoss, b.baseline.logLoss, 'baseline');
      assert.equal(a.rows, given.length);
    }),
  );
});

test('a calibrated model is told to be one also when only a tenth of the negatives is judged', () => {
  const next = seededUint32(5);
  const draw = (): number => next() / 2 ** 32;
  let above = 0;
  for (let model = 0; model < 40; model++) {
    const kept: [y: number, p: number][] = [];
    for (let i = 0; i < 5_000; i++) {
      const p = draw() ** 3;
      const y = draw() < p ? 1 : 0;
      if (y === 1 || draw() < 0.1) kept.push([y, p]);
    }
    const found = calibration(
      Float64Array.from(kept, ([y]) => y),
      Float64Array.from(kept, ([, p]) => p),
      { weights: Float64Array.from(kept, ([y]) => (y === 1 ? 1 : 10)) },
    );
    if (found !== null && found.ece > found.eceNull.q95) above++;
  }
  // Of 40 true models 2 are expected above the 95 % quantile; more than 6 come about once in a hundred times.
  assert.ok(above <= 6, `${above} of 40`);
});

test('weights that are one for each class give the cuts that any weights give', () => {
  fc.assert(
    fc.property(rows, fc.double({ min: 0.1, max: 9, noNaN: true }), (given, no) => {
      const target = Float64Array.from(given, ({ y }) => y);
      const score = Float64Array.from(given, ({ p }) => p);
      const weights = target.map((y) => (y === 1 ? 1.5 : no));
      const quick = cutsOf(target, score, weights);
      const plain = cutsByWeight(target, score, weights, orderOf(score));
      assert.deepEqual([quick.rows, quick.score], [plain.rows, plain.score]);
      assert.deepEqual(quick.weighed?.rows, plain.weighed?.rows);
      for (const name of ['truePositives', 'falsePositives'] as const)
        for (const [k, count] of plain[name].entries()) near(quick[name][k] as number, count, name);
      for (const name of ['positiveSquares', 'negativeSquares'] as const)
        for (const [k, sum] of plain.weighed?.[name].entries() ?? [])
          near(quick.weighed?.[name][k] as number, sum, name);
      for (const name of ['whole', 'positives', 'negatives'] as const) near(quick[name], plain[name], name);
    }),
  );
});
