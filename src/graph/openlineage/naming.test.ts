import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '../../base/index.ts';
import { runUuid } from './naming.ts';

test('a run, and each step of it, has one UUID of version 7 with the time of its beginning', () => {
  const millis = Date.UTC(2026, 0, 8, 12, 34, 56, 789);
  const run = newId(millis);
  const ids = ['', 'a', 'b', 'a#2'].map((step) => runUuid(run, step));
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(Number.parseInt(id.replace('-', '').slice(0, 12), 16), millis);
  }
  assert.deepEqual(
    ['', 'a', 'b', 'a#2'].map((step) => runUuid(run, step)),
    ids,
    'another process comes to the same',
  );
  assert.notEqual(runUuid(newId(millis), 'a'), ids[1]);
});
