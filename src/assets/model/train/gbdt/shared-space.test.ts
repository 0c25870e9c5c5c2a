import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedSpace } from './shared-space.ts';

test('arrays of a space lie in one memory, side by side, zero at first', () => {
  const space = sharedSpace();
  const arrays = [space.bytes(3), space.floats(70_000), space.ints(5), space.words(1), space.floats(0)];
  let end = 0;
  for (const [i, array] of arrays.entries()) {
    assert.ok(array.every((value) => value === 0));
    assert.ok(array.byteOffset >= end && array.byteOffset % 64 === 0 && space.gave(array));
    end = array.byteOffset + array.byteLength;
    array.fill(i + 1);
  }
  // The memory has grown since, and it is still the same.
  const whole = new Uint8Array(space.memory!.buffer);
  assert.deepEqual([...whole.subarray(0, 4)], [1, 1, 1, 0]);
  assert.equal(new Float64Array(space.memory!.buffer, arrays[1]!.byteOffset, 70_000)[69_999], 2);
  assert.ok(!space.gave(sharedSpace().floats(1)));
});

test('where arrays are too many for one memory there is none, and they lie by themselves', () => {
  const space = sharedSpace(2 ** 20);
  const fits = space.floats(100_000);
  assert.ok(space.memory !== undefined);
  const beyond = space.floats(100_000);
  assert.equal(space.memory, undefined);
  assert.equal(beyond.length, 100_000);
  assert.ok(fits.buffer !== beyond.buffer && space.gave(fits) && !space.gave(beyond));
});

test('a page less than 4 GiB is the most', () => {
  const space = sharedSpace();
  assert.equal(space.floats(2 ** 28).length, 2 ** 28);
  assert.ok(space.memory !== undefined);
  assert.equal(space.bytes(2 ** 31 - 65_536).length, 2 ** 31 - 65_536);
  assert.ok(space.memory !== undefined);
  space.bytes(1);
  assert.equal(space.memory, undefined);
});
