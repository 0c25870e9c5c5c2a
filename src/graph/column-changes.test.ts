import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ColumnPromise } from '../store/state/index.ts';
import { columnChanges } from './column-changes.ts';

const a: ColumnPromise = { type: 'double', nullable: false, rules: [] };
const between = (min?: number, max?: number) => ({
  rule: 'between',
  ...(min === undefined ? {} : { min }),
  ...(max === undefined ? {} : { max }),
});
const oneOf = (...values: string[]) => ({ rule: 'oneOf', values });

/** What is said of a column when its promise changes: `breaking: …` or `safe: …`. */
const told = (before: Partial<ColumnPromise>, after: Partial<ColumnPromise>): string[] =>
  columnChanges({ c: { ...a, ...before } }, { c: { ...a, ...after } }).map(
    ({ what, breaking }) => `${breaking ? 'breaking' : 'safe'}: ${what}`,
  );

test('each change of a promise, and whether readers can go on counting on it', () => {
  assert.deepEqual(told({}, {}), []);
  assert.deepEqual(told({}, { type: 'integer' }), ['breaking: double → integer']);
  assert.deepEqual(told({}, { at: '/a/b' }), ['breaking: is taken from /a/b']);
  assert.deepEqual(told({ at: '/a/b' }, {}), ['breaking: is taken from the member of its name']);
  assert.deepEqual(told({ at: '/a/b' }, { at: '/a/b' }), []);
  assert.deepEqual(told({}, { nullable: true }), ['safe: may be null']);
  assert.deepEqual(told({ nullable: true }, {}), ['breaking: may not be null']);
  assert.deepEqual(told({}, { rules: [between(0, 9)] }), ['breaking: has a tighter rule']);
  assert.deepEqual(told({ rules: [between(0, 9)] }, {}), ['safe: has a looser rule']);
  assert.deepEqual(told({ rules: [between(0, 9)] }, { rules: [between(0, 10)] }), [
    'safe: has a looser rule',
  ]);
  assert.deepEqual(told({ rules: [between(0, 9)] }, { rules: [between(1, 10)] }), [
    'breaking: has a tighter rule',
  ]);
  assert.deepEqual(told({ rules: [between(0, 9)] }, { rules: [between(0)] }), ['safe: has a looser rule']);
  assert.deepEqual(told({ rules: [between(0)] }, { rules: [between(0, 9)] }), [
    'breaking: has a tighter rule',
  ]);
  assert.deepEqual(told({ rules: [oneOf('x')] }, { rules: [oneOf('y', 'x')] }), ['safe: has a looser rule']);
  assert.deepEqual(told({ rules: [oneOf('x', 'y')] }, { rules: [oneOf('x')] }), [
    'breaking: has a tighter rule',
  ]);
  const pattern = (text: string) => ({ rule: 'matches', pattern: text });
  assert.deepEqual(told({ rules: [pattern('a')] }, { rules: [pattern('b')] }), [
    'breaking: has a tighter rule',
  ]);
  // One rule in place of another of its kind, and one more.
  assert.deepEqual(told({ rules: [between(0, 9)] }, { rules: [between(0, 10), oneOf('x')] }), [
    'breaking: has a tighter rule',
  ]);
});

test('columns that come and go', () => {
  assert.deepEqual(columnChanges({ old: a, stays: a }, { stays: a, young: a }), [
    { column: 'old', what: 'is dropped (renamed to young?)', breaking: true },
    { column: 'young', what: 'is added', breaking: false },
  ]);
  assert.deepEqual(columnChanges({ old: a }, { young: { ...a, type: 'string' } })[0]?.what, 'is dropped');
});

test('what lets fewer numbers pass is never called looser', () => {
  const bound = fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined });
  const rule = fc.tuple(bound, bound).map(([min, max]) => between(min, max));
  const passes = (rules: readonly { min?: number; max?: number }[], x: number): boolean =>
    rules.every(({ min = -Infinity, max = Infinity }) => min <= x && x <= max);
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 2 }), fc.array(rule, { maxLength: 2 }), (before, after) => {
      const breaking = told({ rules: before }, { rules: after }).some((text) => text.startsWith('breaking'));
      for (let x = -5; x <= 5; x++)
        if (passes(before, x) && !passes(after, x)) assert.ok(breaking, `${x} passed before`);
    }),
  );
});
