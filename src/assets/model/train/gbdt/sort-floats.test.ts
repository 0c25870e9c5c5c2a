import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sortFloats } from './sort-floats.ts';

test('floats are sorted as numbers are, −0 as 0', () => {
  const values = fc.array(fc.oneof(fc.float({ noNaN: true }), fc.constantFrom(0, -0, 1, -1)), {
    maxLength: 50,
  });
  fc.assert(
    fc.property(values, (given) => {
      const wanted = given.map((value) => value + 0).sort((a, b) => a - b);
      assert.deepEqual([...sortFloats(Float32Array.from(given))], wanted);
    }),
    { numRuns: 500 },
  );
});
