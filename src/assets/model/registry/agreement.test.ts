import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { agreementOf, type Said } from './agreement.ts';

const said = (scores: readonly number[], classes?: readonly string[]): Said => {
  return { scores: Float64Array.from(scores), threshold: 0.3, classes };
};

test('decisions: each model by its own threshold, the first of equal classes', () => {
  const other = { ...said([0.1, 0.5, 0.9]), threshold: 0.6 };
  assert.deepEqual(agreementOf('binary', said([0.3, 0.4, 0.2]), other, undefined), { alike: 0 });
  assert.deepEqual(agreementOf('binary', said([0.3, 0.4, 0.2]), said([0.4, 0.2, 0]), undefined), {
    alike: 2,
  });
  const classes = ['a', 'b'];
  const [one, two] = [said([0.5, 0.5, 0.2, 0.8], classes), said([0.6, 0.4, 0.7, 0.3], classes)];
  assert.deepEqual(agreementOf('multiclass', one, two, undefined), { alike: 1 });
});

test('numbers: how far apart on average; of no rows, not at all', () => {
  assert.deepEqual(agreementOf('regression', said([1, 2, 3]), said([2, 2, -1]), undefined), { apart: 5 / 3 });
  assert.deepEqual(agreementOf('regression', said([]), said([]), undefined), { apart: 0 });
});

test('orders: as putting each list in both orders and laying them side by side', () => {
  const row = fc.record({ a: fc.integer({ min: 0, max: 6 }), b: fc.integer({ min: 0, max: 6 }) });
  const lists = fc.array(fc.array(row, { minLength: 1, maxLength: 14 }), { maxLength: 6 });
  fc.assert(
    fc.property(lists, (all) => {
      const groups = Int32Array.from(all.flatMap((list, i) => list.map(() => i)));
      const rows = all.flat();
      const [a, b] = [said(rows.map((one) => one.a)), said(rows.map((one) => one.b))];
      const judged = all
        .filter((list) => list.length > 1)
        .map((list) => [
          list.toSorted((one, other) => other.a - one.a).slice(0, 10),
          list.toSorted((one, other) => other.b - one.b).slice(0, 10),
        ]);
      const same = judged.flatMap(([one = [], other = []]) => one.filter((item) => other.includes(item)));
      const places = judged.flatMap(([one = []]) => one);
      assert.deepEqual(agreementOf('ranking', a, b, groups), {
        lists: {
          rows: judged.length,
          first: judged.filter(([one, other]) => one?.[0] === other?.[0]).length,
          topTen: places.length === 0 ? 1 : same.length / places.length,
        },
      });
    }),
  );
});
