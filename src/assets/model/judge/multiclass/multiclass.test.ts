import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluateBinary } from '../binary/evaluate.ts';
import { drawn } from '../rows.fixture.ts';
import { evaluateMulticlass } from './evaluate.ts';
import { pairwiseByPairs } from './roc-auc.oracle.ts';
import { againstEach, classRankings } from './roc-auc.ts';

function near(a: number | null | undefined, b: number | null | undefined, what = ''): void {
  if (typeof a !== 'number' || typeof b !== 'number') assert.equal(a ?? null, b ?? null, what);
  else assert.ok(Math.abs(a - b) < 1e-9, `${what}: ${a} ${b}`);
}

const classes = ['a', 'b', 'c'];
const rows = fc.array(
  fc.record({
    y: fc.integer({ min: 0, max: 2 }),
    p: fc.constantFrom([0.2, 0.3, 0.5], [0.5, 0.5, 0], [0.25, 0.25, 0.5], [1, 0, 0], [0.1, 0.8, 0.1]),
    w: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 1, maxLength: 30 },
);
type Rows = readonly { y: number; p: readonly number[]; w: number }[];
const given = (of: Rows) => ({
  target: Int32Array.from(of, ({ y }) => y),
  probabilities: Float64Array.from(of.flatMap(({ p }) => p)),
  classes,
  calibration: { draws: 5 },
});

test('whole weights are rows written out so often, and the order of rows changes nothing', () => {
  fc.assert(
    fc.property(rows, (of) => {
      const weights = Float64Array.from(of, ({ w }) => w);
      const weighed = evaluateMulticlass({ ...given(of), weights, detail: 'figures' });
      const often = of.flatMap((row) => new Array<(typeof of)[0]>(row.w).fill(row));
      const written = evaluateMulticlass({ ...given(often.toReversed()), detail: 'figures' });
      for (const [name, value] of Object.entries(written.figures)) {
        // Chance is that of the rows that were seen.
        if (name === 'calibrationError') continue;
        near(weighed.figures[name as 'accuracy'], value, name);
      }
      near(weighed.ece, written.ece, 'ece');
      assert.deepEqual(weighed.confusion, written.confusion);
    }),
  );
});

test('one class against another is that of all pairs', () => {
  fc.assert(
    fc.property(rows, (of) => {
      const { target, probabilities } = given(of);
      near(
        againstEach(classRankings(target, probabilities, 3), 'macro'),
        pairwiseByPairs(target, probabilities, 3),
      );
    }),
  );
});

test('two classes are judged as a binary model is', () => {
  const { target, probability } = drawn(500, 3);
  const two = Float64Array.from({ length: 1_000 }, (_, i) => {
    const p = probability[i >> 1] as number;
    return i % 2 === 0 ? 1 - p : p;
  });
  const many = evaluateMulticlass({ target, probabilities: two, classes: ['no', 'yes'] });
  // The first class wins a tie, so yes needs more than a half: no probability is exactly that.
  const one = evaluateBinary({ target, probability, threshold: 0.5 });
  for (const name of ['accuracy', 'balancedAccuracy', 'mcc', 'logLoss', 'rocAuc'] as const)
    near(many.figures[name], one.figures[name], name);
  near(many.brier, 2 * (one.brier as number));
  const yes = many.byClass[1];
  near(yes?.precision, one.confusion.precision);
  near(yes?.recall, one.confusion.recall);
  near(yes?.f1, one.confusion.f1);
  near(yes?.prAuc, one.prAuc);
  for (const name of ['accuracy', 'logLoss', 'mcc'] as const) {
    const [a, b] = [many.intervals[name], one.intervals[name]];
    assert.ok(a && b && Math.abs(a.high - a.low - (b.high - b.low)) < 0.15 * (b.high - b.low), name);
  }
});

test('an evaluation is frozen plain JSON; what is missing is null, and too much is left out', () => {
  const none = evaluateMulticlass({ target: new Int32Array(), probabilities: new Float64Array(), classes });
  for (const value of Object.values(none.figures)) assert.equal(value, null);
  const one = evaluateMulticlass({
    target: Int32Array.of(1, 1),
    probabilities: Float64Array.of(0.2, 0.3, 0.5, 0.2, 0.6, 0.2),
    classes,
    baseShares: [0.1, 0.7, 0.2],
  });
  assert.deepEqual(JSON.parse(JSON.stringify(one)), one);
  assert.ok(Object.isFrozen(one.byClass[0]));
  assert.equal(one.figures.rocAuc, null);
  assert.equal(one.byClass[0]?.recall, null);
  assert.equal(one.baseline.accuracy, 1);
  near(one.baseline.logLoss, -Math.log(0.7));
  const names = Array.from({ length: 60 }, (_, c) => `${c}`);
  const flat = evaluateMulticlass({
    target: Int32Array.from({ length: 60 }, (_, c) => c),
    probabilities: new Float64Array(3_600).fill(1 / 60),
    classes: names,
  });
  assert.deepEqual(flat.confusion, []);
  near(flat.accuracy, 1 / 60);
  // All are tied: later classes come first, as in scikit-learn.
  assert.deepEqual(flat.topAccuracy, [
    { k: 3, accuracy: 3 / 60 },
    { k: 5, accuracy: 5 / 60 },
  ]);
});

test('input that cannot be judged is refused', () => {
  const refused = { code: 'MILL_JUDGE_INPUT' };
  const judge = (target: number[], probabilities: number[], names = classes) =>
    evaluateMulticlass({
      target: Int32Array.from(target),
      probabilities: Float64Array.from(probabilities),
      classes: names,
    });
  assert.throws(() => judge([3], [0.2, 0.3, 0.5]), refused);
  assert.throws(() => judge([0], [0.2, 0.3]), refused);
  assert.throws(() => judge([0], [0.2, 0.3, 0.6]), refused);
  assert.throws(() => judge([0], [0.2, -0.2, 1]), refused);
  assert.throws(() => judge([0], [1], ['a']), refused);
  assert.throws(() => judge([0], [0.2, 0.8], ['a', 'a']), refused);
});
