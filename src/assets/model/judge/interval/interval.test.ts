import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cutsOf } from '../binary/cuts.ts';
import { evaluateBinary } from '../binary/evaluate.ts';
import { prAuc } from '../binary/pr-auc.ts';
import { rocAuc } from '../binary/roc-auc.ts';
import { mae } from '../regression/errors.ts';
import { drawn, evenNumbers } from '../rows.fixture.ts';
import { prAucInfluence } from './average-precision.ts';
import { bootstrap, bootstrapSums } from './bootstrap.ts';
import { delongVariance } from './delong.oracle.ts';
import { rocAucDifference, rocAucInfluence, rocAucInterval } from './delong.ts';
import { groupsOf } from './groups.ts';
import { type Influence, varianceOf } from './influence.ts';
import type { Interval } from './interval.ts';
import { normalCdf, normalQuantile, twoSided } from './normal.ts';
import { wilson } from './wilson.ts';

const near = (found: number | undefined, wanted: number, off: number): void =>
  assert.ok(found !== undefined && Math.abs(found - wanted) <= off, `${found}, wanted ${wanted}`);
const half = (interval: Interval | null): number =>
  interval === null ? Number.NaN : (interval.high - interval.low) / 2;
const Z = 1.959963984540054;

test('the normal distribution: known values, and there and back', () => {
  near(normalQuantile(0.975), Z, 1e-12);
  near(normalQuantile(0.001), -3.090232306167813, 1e-12);
  near(normalCdf(1), 0.8413447460685429, 1e-15);
  near(twoSided(-Z), 0.05, 1e-12);
  assert.ok(Math.abs(twoSided(8) / 1.244192114854357e-15 - 1) < 1e-9);
  for (const share of [1e-12, 0.01, 0.5, 0.77, 1 - 1e-9])
    near(normalCdf(normalQuantile(share)), share, 1e-14);
  assert.deepEqual([normalQuantile(0), normalQuantile(1)], [-Infinity, Infinity]);
});

test('Wilson: known values, and it holds its level for rare shares where the plain one does not', () => {
  // 10 of 100, 0 of 10 and 5 of 5, as statsmodels' proportion_confint(method='wilson') gives.
  near(wilson(0.1, 100)?.low, 0.05522914, 1e-8);
  near(wilson(0.1, 100)?.high, 0.17436566, 1e-8);
  near(wilson(0, 10)?.high, 0.27753279, 1e-8);
  near(wilson(1, 5)?.low, 0.56551753, 1e-8);
  assert.equal(wilson(0, 10)?.low, 0);
  assert.equal(wilson(0.5, 0), null);
  const even = evenNumbers(7);
  let held = 0;
  for (let sample = 0; sample < 2_000; sample++) {
    const truth = 0.005 + 0.05 * even();
    let hits = 0;
    for (let i = 0; i < 200; i++) if (even() < truth) hits++;
    const found = wilson(hits / 200, 200);
    if (found && found.low <= truth && truth <= found.high) held++;
  }
  assert.ok(held > 1_870 && held < 1_960, `${held} of 2,000`);
});

const pairs = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })),
  { minLength: 4, maxLength: 40 },
);

test('DeLong: one AUC and the difference of two are those of all pairs, ties too', () => {
  fc.assert(
    fc.property(pairs, (given) => {
      const target = Float64Array.from(given, ([y]) => y);
      const [a, b] = [1, 2].map((i) => Float64Array.from(given, (row) => (row[i] as number) / 6));
      assert.ok(a && b);
      const positives = target.reduce((sum, y) => sum + y, 0);
      if (positives < 2 || target.length - positives < 2) {
        assert.equal(rocAucInterval(target, a), null);
        return;
      }
      near(
        varianceOf(cutsOf(target, a), rocAucInfluence(cutsOf(target, a)) as Influence) ?? undefined,
        delongVariance(target, a),
        1e-12,
      );
      const found = rocAucInterval(target, a);
      const auc = rocAuc(target, a) as number;
      assert.ok(found && found.low <= auc + 1e-12 && auc - 1e-12 <= found.high && found.low < found.high);
      assert.ok(found.low >= 0 && found.high <= 1);
      const apart = Math.sqrt(Math.max(0, delongVariance(target, a, b)));
      const { difference, interval, pValue } = rocAucDifference(target, a, b);
      near(difference ?? undefined, (rocAuc(target, b) as number) - auc, 1e-12);
      if (apart < 1e-6) return;
      near(half(interval), Z * apart, 1e-9);
      near(pValue ?? undefined, twoSided((difference as number) / apart), 1e-9);
    }),
    { numRuns: 300 },
  );
});

test('DeLong: of many rows the interval is the plain one about the figure', () => {
  const { target, probability } = drawn(4_000, 17);
  const error = Math.sqrt(delongVariance(target, probability));
  const found = rocAucInterval(target, probability);
  const auc = rocAuc(target, probability) as number;
  near(found?.low, auc - Z * error, 0.1 * error);
  near(found?.high, auc + Z * error, 0.1 * error);
});

test('weights that are all alike change no interval, and each row its own entity hardly one', () => {
  const { target, probability } = drawn(400, 5);
  const plain = rocAucInterval(target, probability) as Interval;
  const weighed = rocAucInterval(target, probability, { weights: new Float64Array(400).fill(3) });
  near(weighed?.low, plain.low, 1e-12);
  const apart = rocAucInterval(target, probability, { entities: Int32Array.from(target, (_, i) => i) });
  near(half(apart) / half(plain), 1, 0.01);
});

test('rows written out four times: intervals by entity stay, those by row halve', () => {
  const { target, probability } = drawn(500, 6);
  const often = (values: Float64Array) =>
    Float64Array.from({ length: 2_000 }, (_, i) => values[i % 500] as number);
  const entities = Int32Array.from({ length: 2_000 }, (_, i) => i % 500);
  const given = { target: often(target), probability: often(probability), threshold: 0.5 };
  const once = evaluateBinary({ target, probability, threshold: 0.5, entities: entities.subarray(0, 500) });
  const byRow = evaluateBinary(given);
  const byEntity = evaluateBinary({ ...given, entities });
  for (const name of ['rocAuc', 'prAuc', 'logLoss', 'brier', 'accuracy', 'precision', 'mcc'] as const) {
    const wide = half(once.intervals[name] ?? null);
    near(half(byEntity.intervals[name] ?? null) / wide, 1, 0.02);
    near(half(byRow.intervals[name] ?? null) / wide, 0.5, 0.08);
  }
});

test('PR AUC: its influences are its slopes, its error that of a bootstrap, and its interval holds', () => {
  const { target, probability } = drawn(600, 9, 3);
  const weights = new Float64Array(600).fill(1);
  const influence = prAucInfluence(cutsOf(target, probability));
  assert.ok(influence);
  const base = prAuc(target, probability) as number;
  const ranked = cutsOf(target, probability).score;
  for (const row of [0, 1, 17, 18, 300, 599]) {
    const step = ranked.indexOf(probability[row] as number);
    const slope = (target[row] === 1 ? influence.positive : influence.negative)[step] as number;
    weights[row] = 1 + 1e-6;
    near(((prAuc(target, probability, weights) as number) - base) / 1e-6, slope, 1e-6);
    weights[row] = 1;
  }
  const error = Math.sqrt(varianceOf(cutsOf(target, probability), influence) as number);
  const resampled = bootstrap({
    rows: 600,
    figure: (drawnWeights) => prAuc(target, probability, drawnWeights),
    replicates: 300,
  });
  near((half(resampled) / Z / error - 1) as number, 0, 0.15);
});

test('nine in ten intervals of ROC and PR AUC hold the truth at level 0.9', () => {
  // What the figures are of all rows there could be: of very many.
  const many = drawn(400_000, 1, 3);
  const truth = {
    rocAuc: rocAuc(many.target, many.probability),
    prAuc: prAuc(many.target, many.probability),
  };
  const held = { rocAuc: 0, prAuc: 0 };
  const samples = 300;
  for (let seed = 2; seed < samples + 2; seed++) {
    const { target, probability } = drawn(250, seed, 3);
    const found = evaluateBinary({
      target,
      probability,
      threshold: 0.5,
      calibration: { draws: 1 },
    }).intervals;
    for (const name of ['rocAuc', 'prAuc'] as const) {
      const interval = found[name];
      if (interval && interval.low <= (truth[name] as number) && (truth[name] as number) <= interval.high)
        held[name]++;
    }
  }
  // At 0.95: 285 of 300 are expected, give or take 4; small samples cost some.
  for (const [name, times] of Object.entries(held))
    assert.ok(times >= 270 && times <= 298, `${name}: ${times} of ${samples}`);
});

test('a bootstrap of sums: the known error of a mean, wider on the long side by BCa, the same for a seed', () => {
  const even = evenNumbers(3);
  const values = Float64Array.from({ length: 80 }, () => -Math.log(1 - even()));
  const sums = {
    groups: 80,
    width: 2,
    values: Float64Array.from({ length: 160 }, (_, i) => (i % 2 === 0 ? 1 : (values[i >> 1] as number))),
  };
  const mean = (total: Float64Array) => ({ mean: (total[1] as number) / (total[0] as number) });
  const at = values.reduce((sum, value) => sum + value, 0) / 80;
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - at) ** 2, 0) / 80 / 80);
  const percentile = bootstrapSums(sums, mean, { replicates: 10_000 }).mean as Interval;
  near(half(percentile) / (Z * spread), 1, 0.08);
  const bca = bootstrapSums(sums, mean, { method: 'bca', replicates: 10_000 }).mean as Interval;
  assert.ok(bca.high - at > at - bca.low && bca.high > percentile.high, 'the long tail is above');
  assert.deepEqual(bootstrapSums(sums, mean), bootstrapSums(sums, mean));
  assert.notDeepEqual(bootstrapSums(sums, mean, { seed: 2 }), bootstrapSums(sums, mean));
});

test('many rows are dealt into groups and give the same error; strata keep their size', () => {
  const even = evenNumbers(11);
  const target = Float64Array.from({ length: 30_000 }, even);
  const predicted = target.map(() => 0.5);
  const groups = groupsOf(30_000);
  assert.equal(groups.count, 2_000);
  const found = bootstrap({
    rows: 30_000,
    figure: (weights) => mae(target, predicted, weights),
    replicates: 200,
  });
  // |x − 0.5| is even within [0, 0.5): its standard deviation is 0.5 / √12.
  near(half(found) / ((Z * 0.5) / Math.sqrt(12 * 30_000)), 1, 0.2);
  const strata = Int8Array.from({ length: 50 }, (_, i) => (i < 5 ? 1 : 0));
  const shares = new Set<number>();
  bootstrap({
    rows: 50,
    strata,
    figure: (weights) => {
      shares.add(weights.subarray(0, 5).reduce((sum, w) => sum + w, 0));
      return null;
    },
  });
  assert.deepEqual([...shares], [5]);
  assert.throws(() => bootstrap({ rows: 5, figure: () => 1, replicates: 3 }), { code: 'MILL_JUDGE_INPUT' });
});
