import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failEveryCall } from './every-call.fixture.ts';

// With every-system-call.slow.test.ts at least 500 points. They differ from run to run: a seed repeats them.

test('every kind of call of every port fails in every way, and processes die between calls of ports', async (t) => {
  const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
  const met = await failEveryCall(t, { ports: 240, system: 0, kills: 30, seed });
  assert.ok(met >= 250, `only ${met} points were met`);
});
