import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateBinary } from '../evaluate.ts';
import type { FigureName } from '../figures.ts';
import { evenNumbers } from '../rows.fixture.ts';

/** How many of so many intervals hold what the figure is of very many entities, where rows of one resemble each other. */
function held(entities: number, times: number): Partial<Record<FigureName, number>> {
  const even = evenNumbers(entities);
  const normal = (): number => Math.sqrt(-2 * Math.log(even() + 1e-12)) * Math.cos(2 * Math.PI * even());
  const each = 12;
  const sample = (count: number) => {
    const own = Float64Array.from({ length: count }, () => 0.7 * normal());
    const target = Float64Array.from({ length: count * each }, () => (even() < 0.3 ? 1 : 0));
    const probability = target.map(
      (y, row) => 1 / (1 + Math.exp(1 - 2.2 * y - (own[row % count] as number) - normal())),
    );
    return {
      target,
      probability,
      threshold: 0.5,
      entities: Int32Array.from(target, (_, row) => row % count),
    };
  };
  const truth = evaluateBinary({ ...sample(20_000), detail: 'figures' }).figures;
  const found: Partial<Record<FigureName, number>> = {};
  for (let time = 0; time < times; time++) {
    const { intervals } = evaluateBinary({ ...sample(entities), calibration: { draws: 1 } });
    for (const name of Object.keys(intervals) as FigureName[]) {
      const [interval, wanted] = [intervals[name], truth[name]];
      if (!interval || wanted === null || wanted === undefined) continue;
      found[name] = (found[name] ?? 0) + (interval.low <= wanted && wanted <= interval.high ? 1 : 0);
    }
  }
  return found;
}

test('intervals hold their level from ten entities on, for every figure', () => {
  // 190 are expected, give or take 3; a bootstrap of ten loses some.
  for (const entities of [10, 14, 20, 60, 200])
    for (const [name, times] of Object.entries(held(entities, 200)))
      assert.ok(times >= (entities === 10 ? 174 : 178), `${name} of ${entities} entities: ${times} of 200`);
});

test('a rare miss among few positives: what answers tell holds its level', () => {
  const even = evenNumbers(9);
  for (const truth of [0.95, 0.98]) {
    const found = { recall: 0, balancedAccuracy: 0, f1: 0, rocAuc: 0 };
    for (let time = 0; time < 400; time++) {
      const target = Float64Array.from({ length: 240 }, (_, row) => (row < 40 ? 1 : 0));
      const probability = target.map((y) => (even() < (y === 1 ? truth : 0.02) ? 0.9 : 0.1));
      const entities = Int32Array.from(target, (_, row) => row);
      const { intervals } = evaluateBinary({
        target,
        probability,
        entities,
        threshold: 0.5,
        calibration: { draws: 1 },
      });
      const f1 = (2 * 40 * truth) / (40 * truth + 4 + 40);
      for (const [name, wanted] of [
        ['recall', truth],
        ['balancedAccuracy', (truth + 0.98) / 2],
        ['f1', f1],
        ['rocAuc', (truth + 0.98) / 2],
      ] as const) {
        const interval = intervals[name];
        if (interval && interval.low <= wanted && wanted <= interval.high) found[name]++;
      }
    }
    // 380 are expected, give or take 4.
    for (const [name, times] of Object.entries(found))
      assert.ok(times >= 366, `${name} at ${truth}: ${times} of 400`);
  }
});
