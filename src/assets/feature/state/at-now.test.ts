import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instant, SECOND } from '../../../base/index.ts';
import type { FeaturesBody } from '../spec.ts';
import { atNow } from './at-now.ts';
import { AsOfTooEarly } from './too-early.ts';

const body = { entity: { name: 'card', keys: ['card'] }, from: 'payments' } as unknown as FeaturesBody;
const NOON: Instant = Date.UTC(2026, 0, 1, 12) * 1000;

/** Asks by a clock that goes on by a millisecond each time, of states made so much after noon, one after the other. */
async function asked(...made: number[]): Promise<{ t: Instant; tries: number }> {
  let now = NOON;
  let tries = 0;
  const t = await atNow({ now: () => (now += 1000) }, async (t) => {
    const from = NOON + (made[Math.min(tries++, made.length - 1)] as number);
    if (t < from) throw new AsOfTooEarly(body, from, t);
    return t;
  });
  return { t: t - NOON, tries };
}

test('a state that moved on meanwhile is asked again; one made by a clock ahead, as of when it was made', async () => {
  assert.deepEqual(await asked(-SECOND), { t: 1000, tries: 1 });
  assert.deepEqual(await asked(1500), { t: 2000, tries: 2 });
  assert.deepEqual(await asked(SECOND), { t: SECOND, tries: 2 });
  assert.deepEqual(await asked(SECOND, 2 * SECOND, 4 * SECOND), { t: 4 * SECOND, tries: 4 });
});

test('clocks that are further apart are told of, and by how much', async () => {
  await assert.rejects(asked(90.5 * SECOND), {
    code: 'MILL_FEATURE_AS_OF_TOO_EARLY',
    message: /as of 2026-01-01T12:00:00\.005Z, but .* made at 2026-01-01T12:01:30\.500Z, 90\.495 s later/,
  });
});
