import { test } from 'node:test';
import { noRedis, openRedis } from '../services/redis.fixture.ts';
import { playLive } from './features-live.fixture.ts';

// TEST_MINUTES=10 plays for as long.
const MINUTES = Number(process.env['TEST_MINUTES'] ?? 2);

test('every look-up is the truth, for long', (t) => playLive(t, MINUTES * 60_000));

test('and with state in Redis', { skip: noRedis }, async (t) => {
  const redis = await openRedis();
  try {
    await playLive(t, MINUTES * 30_000, { MILLRACE_ONLINE: redis.url });
  } finally {
    await redis.close();
  }
});
