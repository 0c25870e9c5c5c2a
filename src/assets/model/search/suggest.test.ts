import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { randomStream } from '../train/index.ts';
import { goesOn, rungsOf } from './halving.ts';
import { randomPoint } from './random-point.ts';
import type { Point, SpaceSpec } from './space.ts';
import { tpePoint } from './tpe.ts';
import { bestOf, type Trial } from './trial.ts';

const mixed: SpaceSpec = {
  rate: { kind: 'float', low: 0.001, high: 1, log: true },
  depth: { kind: 'int', low: 2, high: 9 },
  leaves: { kind: 'int', low: 2, high: 4096, log: true },
  grow: { kind: 'choice', values: ['leaf', 'depth', null] },
  only: { kind: 'float', low: 3, high: 3 },
};

function isWithin(point: Point): void {
  const { rate, depth, leaves, grow, only } = point as Record<string, number>;
  assert.ok(rate! >= 0.001 && rate! <= 1);
  assert.ok(Number.isInteger(depth) && depth! >= 2 && depth! <= 9);
  assert.ok(Number.isInteger(leaves) && leaves! >= 2 && leaves! <= 4096);
  assert.ok(['leaf', 'depth', null].includes(grow as never));
  assert.equal(only, 3);
}

test('every point is within the space, whatever was seen', () => {
  const seen = fc.array(
    fc.record({
      seed: fc.integer(),
      status: fc.constantFrom<Trial['status']>('done', 'done', 'done', 'pruned', 'failed', 'running'),
      loss: fc.oneof(fc.double(), fc.constantFrom(Number.NaN, null)),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(seen, fc.integer(), (made, seed) => {
      const trials = made.map(({ seed, status, loss }, number): Trial => {
        return { number, point: randomPoint(mixed, randomStream(seed)), status, loss, rungs: [] };
      });
      const point = tpePoint(mixed, trials, randomStream(seed));
      isWithin(point);
      assert.deepEqual(tpePoint(mixed, trials, randomStream(seed)), point, 'the same twice');
    }),
  );
});

test('logarithmic dimensions are drawn evenly by logarithm', () => {
  const random = randomStream(7);
  const below = Array.from({ length: 2000 }, () => randomPoint(mixed, random)['rate'] as number).filter(
    (rate) => rate < 0.0316,
  );
  assert.ok(Math.abs(below.length / 2000 - 0.5) < 0.04, `${below.length}`);
});

/** Branin's function, whose least value is 0.397887. */
function branin({ x, y }: Record<string, number>): number {
  const [a, b] = [x as number, y as number];
  return (
    (b - (5.1 * a * a) / (4 * Math.PI ** 2) + (5 * a) / Math.PI - 6) ** 2 +
    10 * (1 - 1 / (8 * Math.PI)) * Math.cos(a) +
    10
  );
}

test('TPE finds better points than chance does: 60 trials of a known function, 40 seeds', () => {
  const space: SpaceSpec = {
    x: { kind: 'float', low: -5, high: 10 },
    y: { kind: 'float', low: 0, high: 15 },
  };
  const best = (suggest: (trials: Trial[], random: () => number) => Point, seed: number): number => {
    const trials: Trial[] = [];
    for (let number = 0; number < 60; number++) {
      const point = suggest(trials, randomStream(1000 * seed + number));
      trials.push({
        number,
        point,
        status: 'done',
        loss: branin(point as Record<string, number>),
        rungs: [],
      });
    }
    return bestOf(trials)?.loss as number;
  };
  let wins = 0;
  let [tpe, chance] = [0, 0];
  for (let seed = 0; seed < 40; seed++) {
    const byTpe = best((trials, random) => tpePoint(space, trials, random), seed);
    const byChance = best((_, random) => randomPoint(space, random), seed);
    if (byTpe < byChance) wins++;
    tpe += byTpe / 40;
    chance += byChance / 40;
  }
  assert.ok(wins >= 28, `${wins} of 40`);
  assert.ok(tpe < chance, `${tpe} beside ${chance}`);
});

test('of trials at a stage the best quarter goes on; of fewer than four the best', () => {
  assert.deepEqual(rungsOf(300, 30), [30, 120]);
  assert.deepEqual(rungsOf(10, 20), []);
  assert.equal(goesOn(1, []), true);
  assert.equal(goesOn(1, [0.5]), false);
  assert.equal(goesOn(1, [2, 3]), true);
  assert.equal(goesOn(2, [1, 3, 4, 5, 6, 7, 8]), true, 'second of eight');
  assert.equal(goesOn(3.5, [1, 3, 4, 5, 6, 7, 8]), false, 'third of eight');
  assert.equal(goesOn(Number.NaN, []), false);
  assert.equal(goesOn(1, [Number.NaN]), true);
});
