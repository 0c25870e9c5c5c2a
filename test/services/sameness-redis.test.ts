import assert from 'node:assert/strict';
import { test } from 'node:test';
import { provesSameness } from '../../src/assets/feature/sameness.fixture.ts';
import { openOnlineStore } from '../../src/store/online/index.ts';
import { noRedis, openRedis } from './redis.fixture.ts';

test('offline = online in Redis = oracle, to the bit, for random histories', {
  skip: noRedis,
}, async (context) => {
  const redis = await openRedis();
  try {
    const answers = await provesSameness(60, () =>
      openOnlineStore('unused', { MILLRACE_ONLINE: `${redis.url}?project=sameness` }),
    );
    context.diagnostic(`${answers} answers`);
    assert(answers > 20_000);
  } finally {
    await redis.close();
  }
});
