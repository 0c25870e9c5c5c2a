import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failEveryCall } from './every-call.fixture.ts';

// A part of what the slow tests beside it do, evenly spread and always the same.
test('a call of a port or of the system that fails, hangs or is cut off by death leaves nothing that the next run does not mend', async (t) => {
  const met = await failEveryCall(t, {
    ports: 10,
    system: 10,
    kills: 3,
    seed: Number(process.env['TEST_SEED'] ?? 7),
  });
  assert.ok(met >= 18, `only ${met} points were met`);
});
