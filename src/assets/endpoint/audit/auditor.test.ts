import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isSampled } from './auditor.ts';

test('one in n is sampled, by the id alone: the same ones each time, none where none are wanted', () => {
  const ids = Array.from({ length: 20_000 }, (_, i) => `01kabq${i}`);
  for (const every of [1, 10, 100]) {
    const sampled = ids.filter((id) => isSampled(id, every));
    assert.deepEqual(
      ids.filter((id) => isSampled(id, every)),
      sampled,
    );
    const expected = ids.length / every;
    assert.ok(
      Math.abs(sampled.length - expected) <= 5 * Math.sqrt(expected),
      `${sampled.length} of ${every}`,
    );
  }
  fc.assert(fc.property(fc.string(), (id) => !isSampled(id, 0) && isSampled(id, 1)));
});
