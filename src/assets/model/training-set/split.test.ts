import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Split, splitByTime } from './split.ts';

const instants = fc
  .array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 })
  .map((list) => Float64Array.from(list.sort((a, b) => a - b)));

/** Every row is in one part, parts follow each other, and no instant is divided between two. */
function sound(at: Float64Array, { train, validation, test: judge }: Split): void {
  assert.deepEqual(
    [train.from, train.to, validation.to, judge.to],
    [0, validation.from, judge.from, at.length],
  );
  assert.ok(train.to <= validation.to && validation.to <= judge.to);
  for (const row of [train.to, validation.to])
    if (row > 0 && row < at.length) assert.notEqual(at[row - 1], at[row]);
}

test('by shares: whole, in order, no instant divided, as near to the shares as instants allow', () => {
  fc.assert(
    fc.property(instants, fc.double({ min: 0.1, max: 0.8, noNaN: true }), (at, train) => {
      const split = splitByTime(at, { train, validation: 0.1 });
      sound(at, split);
      const wanted = Math.round(at.length * train);
      const same = at.filter((value) => value === at[Math.min(wanted, at.length - 1)]).length;
      assert.ok(split.train.to >= wanted && split.train.to <= wanted + same);
    }),
  );
});

test('by instants: each part has exactly the rows of its time', () => {
  fc.assert(
    fc.property(
      instants,
      fc.integer({ min: -1, max: 42 }),
      fc.integer({ min: 1, max: 20 }),
      (at, from, length) => {
        const split = splitByTime(at, { validationFrom: from, testFrom: from + length });
        sound(at, split);
        assert.equal(split.train.to, at.filter((value) => value < from).length);
        assert.equal(split.test.to - split.test.from, at.filter((value) => value >= from + length).length);
      },
    ),
  );
});
