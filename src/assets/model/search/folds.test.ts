import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MillraceError } from '../../../base/index.ts';
import { foldsOf } from './folds.ts';

const instants = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 40, maxLength: 120 });

test('by time: every fold is later than what it is told from, whose answers were known when it began', () => {
  fc.assert(
    fc.property(
      instants,
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 2, max: 4 }),
      (times, knownAfter, folds) => {
        const at = Float64Array.from(times);
        fc.pre(new Set(times).size > 30);
        // Where most rows are of one instant, or none was known in time, there is nothing to fold.
        const refused = (): boolean => {
          const first = Math.round(times.length / (folds + 1));
          const sorted = at.toSorted();
          return (
            sorted[0] === sorted[first] || (sorted[0] as number) + knownAfter > (sorted[first] as number)
          );
        };
        fc.pre(!refused());
        const made = foldsOf({ at, knownAfter }, { folds, by: 'time' }, 1);
        const seen = new Set<number>();
        for (const { train, validation } of made) {
          const begins = Math.min(...Array.from(validation, (row) => at[row] as number));
          for (const row of train)
            assert.ok((at[row] as number) + knownAfter <= begins && (at[row] as number) < begins);
          for (const row of validation) {
            assert.ok(!seen.has(row), 'no row judges twice');
            seen.add(row);
          }
          // All that could be known is learnt from.
          const known = [...at].filter(
            (instant) => instant + knownAfter <= begins && instant < begins,
          ).length;
          assert.equal(train.length, known);
        }
        assert.equal(made.length, folds);
      },
    ),
  );
});

test('by group or at random: each row judges once, no group is on both sides, and folds are as even as groups allow', () => {
  fc.assert(
    fc.property(
      instants,
      fc.constantFrom('groups', 'lists', 'rows'),
      fc.integer({ min: 2, max: 6 }),
      fc.integer(),
      (ids, what, folds, seed) => {
        const groups = what === 'rows' ? Int32Array.from(ids.keys()) : Int32Array.from(ids);
        fc.pre(new Set(groups).size >= folds);
        const rows = {
          ...{ at: new Float64Array(ids.length), knownAfter: 0 },
          ...(what === 'rows' ? {} : { [what]: groups }),
        };
        const made = foldsOf(rows, { folds, by: what === 'groups' ? 'group' : 'random' }, seed);
        const judged = made.flatMap(({ validation }) => [...validation]).sort((a, b) => a - b);
        assert.deepEqual(judged, [...ids.keys()]);
        for (const { train, validation } of made) {
          const learnt = new Set(Array.from(train, (row) => groups[row]));
          assert.ok([...validation].every((row) => !learnt.has(groups[row]!)));
          assert.equal(train.length + validation.length, ids.length);
        }
        const sizes = made.map(({ validation }) => validation.length);
        const largest = Math.max(...groups.map((group) => groups.filter((other) => other === group).length));
        assert.ok(Math.max(...sizes) - Math.min(...sizes) <= largest, `${sizes}`);
      },
    ),
  );
});

test('as many groups as folds suffice, whatever the seed, and another seed is other folds', () => {
  const groups = Int32Array.from({ length: 100 }, (_, row) => row % 10);
  const rows = { at: new Float64Array(100), knownAfter: 0, groups };
  const made = Array.from({ length: 50 }, (_, seed) => foldsOf(rows, { folds: 5, by: 'group' }, seed));
  for (const folds of made) for (const { validation } of folds) assert.equal(validation.length, 20);
  assert.ok(new Set(made.map(([first]) => `${first?.validation}`)).size > 10);
  assert.throws(
    () => foldsOf(rows, { folds: 11, by: 'group' }, 1),
    /Of 11 folds by group over 100 rows of 10 groups/,
  );
});

test('by time, a list of an order is judged whole by what was over and known when it began', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 4 })), {
        ...{ minLength: 20, maxLength: 40 },
      }),
      fc.integer({ min: 0, max: 3 }),
      (made, knownAfter) => {
        // Each list takes some instants, and lists overlap.
        const all = made.flatMap(([begun, lasts], list) =>
          Array.from({ length: lasts + 1 }, (_, i) => ({ list, at: begun + i, begun, ended: begun + lasts })),
        );
        const rows = {
          ...{ at: Float64Array.from(all, ({ at }) => at), knownAfter },
          lists: Int32Array.from(all, ({ list }) => list),
        };
        const folds = whenThereAre(() => foldsOf(rows, { folds: 2, by: 'time' }, 1));
        for (const { train, validation } of folds) {
          const [learnt, judged] = [train, validation].map((part) => Array.from(part, (row) => all[row]!));
          const begins = Math.min(...judged!.map(({ begun }) => begun));
          assert.ok(learnt!.every(({ ended }) => ended < begins && ended + knownAfter <= begins));
          for (const part of [learnt!, judged!]) {
            const lists = new Set(part.map(({ list }) => list));
            assert.equal(part.length, all.filter(({ list }) => lists.has(list)).length, 'lists are whole');
          }
        }
      },
    ),
  );
});

/** Where most begins at one instant, or nothing is over in time, there is nothing to fold. */
function whenThereAre<T>(folds: () => T[]): T[] {
  try {
    return folds();
  } catch (error) {
    if ((error as MillraceError).code === 'MILL_SEARCH_FOLDS') return [];
    throw error;
  }
}

test('too few rows for so many folds are refused with both numbers', () => {
  assert.throws(
    () => foldsOf({ at: new Float64Array(3), knownAfter: 0 }, { folds: 3, by: 'time' }, 1),
    /Of 3 folds by time over 3 rows/,
  );
});
