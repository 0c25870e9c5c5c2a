import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ndcg } from '../../ndcg.ts';
import { slopesBySwaps } from './lambda-rank.oracle.ts';
import { lambdaRank } from './lambda-rank.ts';

const row = fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: -6, max: 6 }));
const groupsOfRows = fc.array(fc.array(row, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 4 });

test('the pulls in each group are those of pairs that swap places', () => {
  fc.assert(
    fc.property(groupsOfRows, (groups) => {
      const all = groups.flat();
      const target = Float64Array.from(all, ([grade]) => grade);
      const scores = Float64Array.from(all, ([, score]) => score / 4);
      const first = new Float64Array(all.length);
      const second = new Float64Array(all.length);
      const rows = {
        ...{ target, from: 0, to: all.length },
        groups: Int32Array.from(groups.flatMap((group, i) => group.map(() => i))),
      };
      lambdaRank.derivatives(rows, [scores], 0, first, second);
      const wanted = groups.flatMap((group) =>
        slopesBySwaps(
          group.map(([grade]) => grade),
          group.map(([, score]) => score / 4),
          30,
        ),
      );
      wanted.forEach((slope, i) => {
        assert.ok(Math.abs(first[i]! - slope) < 1e-6, `${i}: ${first[i]} ${slope}`);
        assert.ok(second[i]! >= 0);
      });
      // A group whose weight is 2 pulls twice.
      const twice = new Float64Array(all.length);
      lambdaRank.derivatives({ ...rows, weights: target.map(() => 2) }, [scores], 0, twice, second);
      assert.deepEqual(
        twice,
        first.map((slope) => 2 * slope),
      );
    }),
    { numRuns: 100 },
  );
});

/** NDCG as the mean over all orders of rows with equal scores. */
function ndcgOverTies(grades: readonly number[], scores: readonly number[], places: number): number {
  const orders = (left: readonly number[]): number[][] => {
    if (left.length === 0) return [[]];
    const top = Math.max(...left.map((i) => scores[i]!));
    return left
      .filter((i) => scores[i] === top)
      .flatMap((i) => orders(left.filter((j) => j !== i)).map((rest) => [i, ...rest]));
  };
  const dcg = (order: readonly number[]): number =>
    order.slice(0, places).reduce((sum, i, place) => sum + (2 ** grades[i]! - 1) / Math.log2(place + 2), 0);
  const ideal = dcg([...grades.keys()].sort((a, b) => grades[b]! - grades[a]!));
  const all = orders([...grades.keys()]);
  return ideal === 0 ? 1 : all.reduce((sum, order) => sum + dcg(order), 0) / all.length / ideal;
}

test('NDCG is the mean over all orders of ties', () => {
  const few = fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 2 })), {
    minLength: 1,
    maxLength: 6,
  });
  fc.assert(
    fc.property(few, fc.integer({ min: 1, max: 7 }), (pairs, places) => {
      const [grades, scores] = [0, 1].map((i) => pairs.map((pair) => pair[i]!));
      const found = ndcg(Float64Array.from(grades!), Float64Array.from(scores!), places);
      assert.ok(Math.abs(found - ndcgOverTies(grades!, scores!, places)) < 1e-12);
    }),
  );
});

// sklearn.metrics.ndcg_score([[1, 0, 7, 3, 0]], [[.5, .9, .2, .8, .1]], k=3), scikit-learn 1.9.1 (its gains are 2^grade − 1 of ours).
test("NDCG is scikit-learn's", () => {
  const found = ndcg(Float64Array.of(1, 0, 3, 2, 0), Float64Array.of(0.5, 0.9, 0.2, 0.8, 0.1), 3);
  assert.ok(Math.abs(found - 0.25474746577380225) < 1e-9, `${found}`);
});
