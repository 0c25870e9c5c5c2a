import { test } from 'node:test';
import { noRedis, openRedis } from '../services/redis.fixture.ts';
import { playLive } from './features-live.fixture.ts';

// The law of Sameness, live: state at snapshot n and head together are the truth, whatever moves meanwhile and whoever is killed.

test('every look-up is the truth over all acknowledged rows, while states move and servers are killed', (t) =>
  playLive(t, 30_000));

test('and with state in Redis', { skip: noRedis }, async (t) => {
  const redis = await openRedis();
  try {
    await playLive(t, 15_000, { MILLRACE_ONLINE: redis.url });
  } finally {
    await redis.close();
  }
});
