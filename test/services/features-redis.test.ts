import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newFolder, openTill, payment, removeFolder } from '../../src/server/features.fixture.ts';
import { noRedis, openRedis } from './redis.fixture.ts';

test('a store that is down is told as such, and taken up again', { skip: noRedis }, async () => {
  const folder = newFolder();
  const redis = await openRedis();
  try {
    const till = await openTill(folder, {}, { MILLRACE_ONLINE: redis.url });
    await till.post('payments', [payment(1, 'c1')]);
    await till.run();
    assert.equal((await till.card('c1')).entities[0]?.values['payments_all'], 1);
    await redis.stop();
    const url = '/v1/features/card_activity?card_id=c1';
    const refused = await till.app.inject({ url });
    assert.deepEqual([refused.statusCode, refused.json().code], [503, 'MILL_ONLINE_UNREACHABLE']);
    assert.equal(refused.headers['retry-after'], '1');
    // Rows are taken all the same.
    await till.post('payments', [payment(2, 'c1')]);
    await redis.start();
    for (let left = 100; (await till.app.inject({ url })).statusCode !== 200; left--) assert(left > 0);
    assert.equal((await till.card('c1')).entities[0]?.values['payments_all'], 2);
    await till.close();
  } finally {
    await redis.close();
    removeFolder(folder);
  }
});
