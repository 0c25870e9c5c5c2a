import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failEveryCall } from './every-call.fixture.ts';

test('every kind of call of every port and of the system below fails in every way: at least 500 points', async (t) => {
  const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
  const met = await failEveryCall(t, { ports: 210, system: 210, kills: 60, seed });
  assert.ok(met >= 500, `only ${met} points were met`);
});
