import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluateBinary, evaluateMulticlass, evaluateRanking, evaluateRegression } from '../evaluate.ts';
import { FIGURES } from '../figures.ts';
import { evenNumbers } from '../rows.fixture.ts';
import { rocAucInterval } from './delong.ts';
import { studentQuantile } from './normal.ts';
import { wilson } from './wilson.ts';

const NAMES = [
  'rocAuc',
  'prAuc',
  'precision',
  'recall',
  'specificity',
  'f1',
  'mcc',
  'accuracy',
  'balancedAccuracy',
  'expectedCost',
] as const;

interface Answers {
  readonly positives: number;
  readonly missed: number;
  readonly alarms: number;
  /** Rows of each entity. */
  readonly each: number;
}

/** So many of 600 rows are positive; of these the first so many are missed, and as many negatives as said are taken for one. */
function judged({ positives, missed, alarms, each }: Answers) {
  const target = Float64Array.from({ length: 600 }, (_, row) => (row < positives ? 1 : 0));
  const probability = target.map((y, row) => {
    const yes = y === 1 ? row >= missed : row < positives + alarms;
    return (yes ? 0.8 : 0.1) + row / 10_000;
  });
  const entities = Int32Array.from(target, (_, row) => Math.floor(row / each));
  const cost = { falsePositive: 1, falseNegative: 8 };
  return evaluateBinary({ target, probability, entities, cost, threshold: 0.5, calibration: { draws: 1 } });
}

test('a model without a miss has intervals, with one end at the best and the other where a person would put it', () => {
  const { intervals, figures } = judged({ positives: 48, missed: 0, alarms: 0, each: 1 });
  assert.deepEqual(intervals.recall, wilson(1, 48));
  assert.deepEqual(intervals.precision, wilson(1, 48));
  for (const name of NAMES) {
    const { low, high } = intervals[name] as { low: number; high: number };
    const lower = FIGURES[name].better === 'lower';
    assert.equal(lower ? low : high, figures[name], name);
    assert.ok(low < high, name);
    if (!lower) assert.ok(low > 0.7, `${name} ${low}`);
  }
  // Of entities of eight rows each counts once: six are all positive.
  assert.deepEqual(judged({ positives: 48, missed: 0, alarms: 0, each: 8 }).intervals.recall, wilson(1, 6));
});

test('near the best a miss less never makes the worse end of an interval worse', () => {
  const shape = fc.record({
    positives: fc.integer({ min: 40, max: 120 }).map((n) => n - (n % 4)),
    missed: fc.integer({ min: 1, max: 6 }),
    alarms: fc.integer({ min: 0, max: 6 }),
    each: fc.constantFrom(1, 2, 4),
  });
  fc.assert(
    fc.property(shape, (answers) => {
      const [more, less] = [judged(answers), judged({ ...answers, missed: answers.missed - 1 })];
      for (const name of NAMES) {
        const [before, after] = [more.intervals[name], less.intervals[name]];
        assert.ok(before && after, name);
        const gain = FIGURES[name].better === 'lower' ? before.high - after.high : after.low - before.low;
        // What is drawn differs a little from one to the next.
        assert.ok(
          gain > -0.015 * (FIGURES[name].unit === 'money' ? 8 : 1),
          `${name} ${JSON.stringify([before, after])}`,
        );
      }
    }),
    { numRuns: 40 },
  );
});

test('a few rows a little out of order make ROC AUC no surer than none', () => {
  const target = Float64Array.from({ length: 600 }, (_, row) => (row < 40 ? 1 : 0));
  const score = target.map((y, row) => (y === 1 ? 1_000 - row : 600 - row));
  const clear = rocAucInterval(target, score);
  for (const swapped of [1, 10, 20]) {
    const given = score.map((value, row) => (row >= 40 && row < 40 + swapped ? 960.5 : value));
    const found = rocAucInterval(target, given);
    assert.ok(
      clear && found && found.low < clear.low + 0.002,
      `${swapped}: ${found?.low}, none: ${clear?.low}`,
    );
  }
});

test('Matthews’ correlation of answers that are all right, or all wrong, is 1 or −1 to the bit', () => {
  for (const [positives, rows] of [
    [7, 30],
    [1, 3],
    [49, 101],
  ] as const)
    for (const wrong of [0, 1]) {
      const target = Float64Array.from({ length: rows }, (_, row) => (row < positives ? 1 : 0));
      const { figures, intervals } = evaluateBinary({
        target,
        probability: target.map((y) => Math.abs(y - wrong)),
        threshold: 0.5,
      });
      assert.equal(figures.mcc, wrong ? -1 : 1);
      if (rows > 10) assert.equal(intervals.mcc?.[wrong ? 'low' : 'high'], figures.mcc);
    }
  const right = evaluateMulticlass({
    target: Int32Array.from({ length: 33 }, (_, row) => row % 3),
    probabilities: Float64Array.from({ length: 99 }, (_, i) => (i % 3 === Math.floor(i / 3) % 3 ? 1 : 0)),
    classes: ['a', 'b', 'c'],
  });
  assert.equal(right.figures.mcc, 1);
  for (const name of [
    'mcc',
    'macroF1',
    'macroRecall',
    'rocAuc',
    'prAuc',
    'accuracy',
    'balancedAccuracy',
  ] as const) {
    const interval = right.intervals[name];
    assert.ok(interval && interval.low > 0.4 && interval.low < 1, `${name} ${JSON.stringify(interval)}`);
    assert.equal(interval.high, 1, name);
  }
});

test('an interval holds its figure, also of answers that are all alike', () => {
  const few = (most: number) => fc.integer({ min: 1, max: most });
  const sample = fc.record({
    rows: fc.integer({ min: 10, max: 120 }),
    ...{
      seed: fc.nat(1e6),
      scores: few(6),
      classes: fc.integer({ min: 2, max: 4 }),
      each: few(4),
      most: few(3),
    },
  });
  fc.assert(
    fc.property(sample, ({ rows, seed, scores, classes, each, most }) => {
      const next = evenNumbers(seed + 1);
      const draw = (of: number): number => Math.floor(next() * of);
      const target = Float64Array.from({ length: rows }, () => draw(2));
      const probability = target.map(() => (1 + draw(scores)) / (scores + 1));
      const weights = target.map(() => 1 + draw(most));
      const entities = Int32Array.from(target, (_, row) => Math.floor(row / each));
      const common = { weights, entities, calibration: { draws: 1 } };
      const threshold = 0.5;
      const told = [
        evaluateBinary({
          ...common,
          target,
          probability,
          threshold,
          cost: { falsePositive: 1, falseNegative: 8 },
        }),
        evaluateRegression({ target, predicted: probability, weights, entities }),
        evaluateMulticlass({
          ...common,
          target: Int32Array.from(target, () => draw(classes)),
          probabilities: Float64Array.from({ length: rows * classes }, () => 1 / classes),
          classes: Array.from({ length: classes }, (_, k) => `${k}`),
        }),
      ];
      for (const { task, figures, intervals } of told)
        for (const [name, interval] of Object.entries(intervals)) {
          const figure = (figures as Record<string, number | null>)[name] ?? null;
          if (interval === null || figure === null) continue;
          const { low, high } = interval;
          assert.ok(
            low <= figure + 1e-9 && figure - 1e-9 <= high,
            `${task} ${name}: ${figure}, ${low} to ${high}`,
          );
        }
    }),
    { numRuns: 300 },
  );
});

test('of fewer than ten that are apart no interval is told, and it is said how many there are', () => {
  const rows = 90;
  const even = evenNumbers(5);
  const target = Float64Array.from({ length: rows }, () => (even() < 0.4 ? 1 : 0));
  const probability = target.map(even);
  const of = (entities: number): Int32Array => Int32Array.from(target, (_, row) => row % entities);
  for (const [entities, told] of [
    [9, false],
    [10, true],
  ] as const) {
    const given = { target, entities: of(entities) };
    const evaluations = [
      evaluateBinary({ ...given, probability, threshold: 0.5 }),
      evaluateMulticlass({
        ...given,
        probabilities: Float64Array.from([...probability].flatMap((p) => [1 - p, p])),
        classes: ['a', 'b'],
      }),
      evaluateRegression({ ...given, predicted: probability }),
      evaluateRanking({ relevance: target, score: probability, group: of(entities) }),
    ];
    for (const { task, apart, intervals } of evaluations) {
      assert.equal(apart, entities, task);
      const some = Object.values(intervals).some((interval) => interval !== null);
      assert.equal(some, told, task);
    }
  }
});

test('Student’s quantiles', () => {
  for (const [freedom, wanted] of [
    [9, 2.262157],
    [14, 2.144787],
    [29, 2.04523],
    [1_999, 1.961152],
  ] as const)
    assert.ok(Math.abs(studentQuantile(0.975, freedom) / wanted - 1) < 0.002, `${freedom}`);
});
