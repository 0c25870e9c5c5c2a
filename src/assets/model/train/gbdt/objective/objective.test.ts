import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomStream } from '../../random.ts';
import { answer } from '../link.ts';
import { logLoss } from './log-loss.ts';
import type { LossRows, Objective } from './objective.ts';
import { absoluteError, pinballLoss } from './pinball.ts';
import { poissonDeviance } from './poisson.ts';
import { softmaxLoss } from './softmax.ts';
import { squaredError } from './squared-error.ts';

interface Law {
  readonly objective: Objective;
  readonly draw: (random: () => number) => number;
  /** The loss's first derivative is so many times the one that trees get; the second likewise (null: there is none). */
  readonly first: number;
  readonly second: number | null;
}

const numbers = (random: () => number): number => 4 * random() - 2;
const laws: Readonly<Record<string, Law>> = {
  'squared error': { objective: squaredError, draw: numbers, first: 2, second: 2 },
  'log loss': { objective: logLoss, draw: (random) => (random() < 0.4 ? 1 : 0), first: 1, second: 1 },
  softmax: {
    objective: softmaxLoss(4),
    draw: (random) => Math.floor(3 * random()),
    first: 1,
    second: 3 / 4,
  },
  'pinball loss': { objective: pinballLoss(0.8), draw: numbers, first: 1, second: null },
  'absolute error': { objective: absoluteError, draw: numbers, first: 1, second: null },
  'Poisson deviance': {
    objective: poissonDeviance,
    draw: (random) => Math.floor(5 * random()),
    first: 2,
    second: 2 * Math.exp(-0.7),
  },
};

const cases = fc.record({
  seed: fc.integer({ min: 1, max: 1e6 }),
  count: fc.integer({ min: 1, max: 12 }),
  before: fc.integer({ min: 0, max: 3 }),
  weighted: fc.boolean(),
});

function rowsOf(
  { seed, count, before, weighted }: { seed: number; count: number; before: number; weighted: boolean },
  draw: Law['draw'],
): { rows: LossRows; random: () => number } {
  const random = randomStream(seed);
  const target = Float64Array.from({ length: before + count + 2 }, () => draw(random));
  const rows = { target, from: before, to: before + count };
  return {
    random,
    rows: weighted ? { ...rows, weights: target.map(() => 0.5 + 3 * random()) } : rows,
  };
}

for (const [name, { objective, draw, first: times, second: bent }] of Object.entries(laws)) {
  test(`${name}: derivatives are those of the loss`, () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { rows, random } = rowsOf(given, draw);
        const { count } = given;
        const scores = Array.from({ length: objective.outputs }, () =>
          Float64Array.from({ length: count }, () => numbers(random)),
        );
        const whole = rows.weights?.subarray(rows.from, rows.to).reduce((a, b) => a + b) ?? count;
        const first = new Float64Array(count);
        const second = new Float64Array(count);
        const step = 1e-4;
        objective.begin?.(scores);
        for (let output = 0; output < objective.outputs; output++) {
          objective.derivatives(rows, scores, output, first, second);
          for (let i = 0; i < count; i++) {
            // Sharp corners have no slope.
            if (bent === null && Math.abs(scores[0]![i]! - rows.target[rows.from + i]!) < 2 * step) continue;
            const at = (by: number): number => {
              const moved = scores.map((own) => own.slice());
              moved[output]![i]! += by;
              return objective.loss(rows, moved)! * whole;
            };
            const slope = (at(step) - at(-step)) / (2 * step);
            assert.ok(
              Math.abs(slope - times * first[i]!) < 1e-5 * Math.max(1, whole),
              `${slope} ${first[i]}`,
            );
            if (bent === null) continue;
            const bend = (at(step) - 2 * at(0) + at(-step)) / step ** 2;
            assert.ok(Math.abs(bend - bent * second[i]!) < 1e-4 * Math.max(1, whole), `${bend} ${second[i]}`);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test(`${name}: no other constant score is better than the base`, () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { rows } = rowsOf(given, draw);
        const { from, to, target } = rows;
        // Without both classes, or with counts of 0 alone, the base is at the end of the scale.
        if (name === 'log loss' && new Set(target.subarray(from, to)).size < 2) return;
        const base = objective.base(rows);
        const at = (moved: readonly number[]): number =>
          objective.loss(
            rows,
            moved.map((score) => new Float64Array(to - from).fill(score)),
          )!;
        for (let output = 0; output < base.length; output++)
          for (const by of [-1, -0.05, 0.05, 1])
            assert.ok(
              at(base) <= at(base.map((score, k) => (k === output ? score + by : score))) + 1e-9,
              `${base} ${output} ${by}`,
            );
      }),
      { numRuns: 60 },
    );
  });
}

test('softmax: probabilities sum to 1, a class without rows is all but impossible and is not grown for', () => {
  const objective = softmaxLoss(3);
  const base = objective.base({ target: Float64Array.of(0, 2, 2, 2), from: 0, to: 4 });
  assert.deepEqual(
    [0, 1, 2].map((k) => objective.isFixed!(k)),
    [false, true, false],
  );
  const p = answer(
    'softmax',
    base.map((score) => Float64Array.of(score, score + 1000)),
  );
  for (const row of [p.subarray(0, 3), p.subarray(3)]) {
    assert.ok(Math.abs(row[0]! - 0.25) < 1e-12 && Math.abs(row[2]! - 0.75) < 1e-12, `${row}`);
    assert.ok(row[1]! > 0 && row[1]! < 1.1e-15);
  }
});

test("pinball: a leaf's value leaves its rows no better one", () => {
  fc.assert(
    fc.property(cases, fc.constantFrom(0.05, 0.5, 0.8), (given, share) => {
      const { rows, random } = rowsOf(given, (draw) => Math.floor(5 * draw()));
      const scores = Float64Array.from({ length: given.count }, () => Math.floor(3 * random()));
      const leaf = Int32Array.from(scores.keys()).filter(() => random() < 0.7);
      if (leaf.length === 0) return;
      const objective = pinballLoss(share);
      const best = objective.leaf!(rows, [scores], leaf);
      const at = (value: number): number =>
        objective.loss(rows, [scores.map((score, i) => (leaf.includes(i) ? score + value : score))])!;
      for (let value = -5; value <= 5; value += 0.25) assert.ok(at(best) <= at(value) + 1e-9, `${value}`);
    }),
    { numRuns: 100 },
  );
});
