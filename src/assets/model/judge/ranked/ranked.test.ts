import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evenNumbers } from '../rows.fixture.ts';
import { evaluateRanking } from './evaluate.ts';
import { overAllOrders, plainly } from './of-list.oracle.ts';

const near = (a: number | null | undefined, b: number | null, what: string): void =>
  assert.ok(typeof a === 'number' && b !== null && Math.abs(a - b) < 1e-9, `${what}: ${a} ${b}`);

test('figures of a list are the mean over all orders that its scores allow', () => {
  const items = fc.array(
    fc.record({ relevance: fc.constantFrom(0, 0, 1, 3), score: fc.constantFrom(0.1, 0.4, 0.4, 0.9) }),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(items, fc.integer({ min: 1, max: 7 }), (list, k) => {
      fc.pre(list.some(({ relevance }) => relevance > 0));
      const found = evaluateRanking({
        relevance: Float64Array.from(list, ({ relevance }) => relevance),
        score: Float64Array.from(list, ({ score }) => score),
        group: new Int32Array(list.length),
        at: [k],
      });
      const at = found.at[0];
      const mean = (figure: (order: readonly number[]) => number): number => overAllOrders(list, figure);
      near(
        at?.ndcg,
        mean((order) => plainly.ndcg(order, k)),
        'ndcg',
      );
      near(at?.precision, mean((order) => plainly.hits(order, k)) / k, 'precision');
      const relevant = list.filter(({ relevance }) => relevance > 0).length;
      near(at?.recall, mean((order) => plainly.hits(order, k)) / relevant, 'recall');
      near(
        at?.hitRate,
        mean((order) => plainly.hit(order, k)),
        'hit rate',
      );
      near(found.mrr, mean(plainly.reciprocal), 'mrr');
      near(found.map, mean(plainly.averagePrecision), 'map');
    }),
    { numRuns: 200 },
  );
});

/** Two lists that stand mixed, and one without anything relevant. */
const mixed = {
  relevance: Float64Array.of(0, 2, 1, 0, 0, 0, 1),
  score: Float64Array.of(0.9, 0.8, 0.3, 0.7, 0.5, 0.4, 0.1),
  group: Int32Array.of(7, 3, 7, 3, 3, 9, 3),
};

test('lists need not stand together; one without a relevant item gives what is asked', () => {
  const left = evaluateRanking(mixed);
  assert.deepEqual([left.groups, left.groupsWithoutRelevant], [3, 1]);
  near(left.map, ((1 + 2 / 4) / 2 + 1 / 2) / 2, 'map');
  near(left.mrr, (1 + 1 / 2 + 0) / 3, 'mrr');
  near(evaluateRanking({ ...mixed, withoutRelevant: 'zero' }).map, ((1 + 2 / 4) / 2 + 1 / 2) / 3, 'zero');
  near(evaluateRanking({ ...mixed, withoutRelevant: 'one' }).map, ((1 + 2 / 4) / 2 + 1 / 2 + 1) / 3, 'one');
  near(left.at[0]?.ndcg, (1 + 0) / 2, 'ndcg at 1');
  const exponential = evaluateRanking({ ...mixed, gain: 'exponential', at: [10] }).at[0];
  const own = (3 + 1 / Math.log2(5)) / (3 + 1 / Math.log2(3));
  near(exponential?.ndcg, (own + 1 / Math.log2(3)) / 2, 'exponential gain');
  assert.deepEqual(
    evaluateRanking({ ...mixed, at: [5, 1, 5] }).at.map(({ k }) => k),
    [1, 5],
  );
});

test('coverage is the share of all items that are shown', () => {
  const items = { of: Int32Array.of(1, 1, 2, 3, 4, 1, 5), count: 10 };
  const found = evaluateRanking({ ...mixed, items, at: [1, 2, 10] });
  assert.deepEqual(
    found.at.map(({ coverage }) => coverage),
    [0.1, 0.3, 0.5],
  );
  assert.equal(found.figures.coverage, 0.5);
  assert.throws(() => evaluateRanking({ ...mixed, items: { ...items, count: 2 } }), {
    code: 'MILL_JUDGE_INPUT',
  });
});

test('intervals are of lists: they shrink with their number and hold the mean', () => {
  const even = evenNumbers(5);
  const width = (lists: number): number => {
    const group = Int32Array.from({ length: lists * 8 }, (_, i) => i >> 3);
    const score = Float64Array.from(group, even);
    const relevance = score.map((s) => (even() < s / 2 ? 1 : 0));
    const found = evaluateRanking({ relevance, score, group });
    for (const name of ['ndcg', 'map', 'mrr', 'recallAt10'] as const) {
      const interval = found.intervals[name];
      assert.ok(interval, name);
      const value = found.figures[name] as number;
      assert.ok(interval.low < value && value <= interval.high);
      // All eight are shown: it cannot be higher.
      assert.equal(interval.high === 1, name === 'recallAt10');
    }
    return (found.intervals.mrr?.high as number) - (found.intervals.mrr?.low as number);
  };
  const ratio = width(100) / width(1_600);
  assert.ok(ratio > 3 && ratio < 5.3, `${ratio}, wanted about 4`);
});

test('nothing to judge is null, and what cannot be judged is refused', () => {
  const none = new Float64Array();
  const found = evaluateRanking({ relevance: none, score: none, group: new Int32Array() });
  for (const value of Object.values(found.figures)) assert.equal(value, null);
  assert.deepEqual(JSON.parse(JSON.stringify(found)), found);
  const refused = { code: 'MILL_JUDGE_INPUT' };
  assert.throws(() => evaluateRanking({ ...mixed, at: [0] }), refused);
  assert.throws(() => evaluateRanking({ ...mixed, group: Int32Array.of(1) }), refused);
  assert.throws(() => evaluateRanking({ ...mixed, relevance: mixed.relevance.map((r) => r - 1) }), refused);
  assert.throws(
    () => evaluateRanking({ ...mixed, gain: 'exponential', relevance: mixed.relevance.map((r) => 100 * r) }),
    refused,
  );
});
