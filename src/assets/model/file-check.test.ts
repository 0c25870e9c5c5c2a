import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkFile } from './file-check.ts';

const of = (...values: number[]): Float64Array => Float64Array.from(values);

test('probabilities may be 1e-5 apart, however small they are', () => {
  const passes = (found: number) =>
    checkFile([{ found: of(0.5, found), wanted: of(0.5, 1e-6) }], { probabilities: true }).passed;
  assert.deepEqual([passes(5e-6), passes(1e-4), passes(Number.NaN)], [true, false, false]);
});

test('numbers are held against the largest of them, be they thousands or millionths', () => {
  for (const scale of [1e-6, 1, 1e6]) {
    const passes = (found: number) =>
      checkFile([{ found: of(0, found * scale), wanted: of(0, scale) }], { probabilities: false }).passed;
    assert.deepEqual([passes(1 + 1e-6), passes(1 + 1e-4), passes(0)], [true, false, false], `${scale}`);
  }
  assert.equal(checkFile([{ found: of(0, 0), wanted: of(0, 0) }], { probabilities: false }).passed, true);
});

test('of several comparisons the worst is told', () => {
  const { passed, observed } = checkFile(
    [
      { found: of(0.5), wanted: of(0.5) },
      { found: of(0.25), wanted: of(0.5) },
    ],
    { probabilities: true },
  );
  assert.deepEqual([passed, observed], [false, '2.5e-1']);
});
