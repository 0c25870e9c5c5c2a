import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Judging, judge } from './judged.ts';
import type { Labelled } from './labelled.ts';

const target = Float64Array.of(1, 2, 3, 4, 10, 20, 30, 40);
const labelled: Labelled = {
  at: target,
  target,
  classes: undefined,
  groups: undefined,
  entities: Int32Array.from(target.keys()),
  inputs: [],
  weights: undefined,
  parts: { train: { from: 0, to: 2 }, validation: { from: 2, to: 4 }, test: { from: 4, to: 8 } },
};
/** Always 15: once too high, by 5, and three times too low, by 45 in all. */
const predicted = new Float64Array(4).fill(15);

function judged(trainer: string, options: Judging['trainer']['options']) {
  const judging: Judging = {
    task: 'regression',
    cost: { falsePositive: 1, falseNegative: 1 },
    trainer: { trainer, options },
  };
  return judge(judging, labelled, predicted, null).figures;
}

test('a quantile is judged as one, whether or not its objective is named', () => {
  const wanted = (0.1 * 45 + 0.9 * 5) / 4;
  for (const [trainer, options] of [
    ['gbdt', { quantile: 0.1 }],
    ['gbdt', { quantile: 0.1, objective: 'quantile' }],
    ['search', { of: 'gbdt', fixed: { quantile: 0.1 }, space: {} }],
    ['search', { of: 'gbdt', fixed: {}, space: { quantile: { kind: 'choice', values: [0.1] } } }],
  ] as const) {
    const { pinball } = judged(trainer, options);
    assert.ok(Math.abs((pinball ?? -1) - wanted) < 1e-12, `${trainer}: ${pinball}`);
  }
  const { pinball } = judged('gbdt', { objective: 'quantile' });
  assert.equal(pinball, 50 / 4 / 2, 'a median where no quantile is told');
  for (const options of [{}, { objective: 'absolute' }, { objective: 'poisson' }])
    assert.equal(judged('gbdt', options).pinball ?? null, null, JSON.stringify(options));
});

test('counts have their deviance, and nothing else has', () => {
  assert.ok((judged('gbdt', { objective: 'poisson' }).poissonDeviance ?? 0) > 0);
  assert.equal(judged('gbdt', { quantile: 0.1 }).poissonDeviance ?? null, null);
});
