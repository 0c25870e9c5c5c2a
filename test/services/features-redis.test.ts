import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newFolder, openTill, payment, removeFolder } from '../../src/server/features.fixture.ts';
import { noRedis, openRedis } from './redis.fixture.ts';

test('while the store is down what was read is answered as stale, all else is refused; then it is taken up again', {
  skip: noRedis,
}, async () => {
  const folder = newFolder();
  const redis = await openRedis();
  try {
    const till = await openTill(folder, {}, { MILLRACE_ONLINE: redis.url });
    await till.post('payments', [payment(1, 'c1')]);
    await till.run();
    const told = async (): Promise<[unknown, boolean]> => {
      const { entities, freshness } = await till.card('c1');
      return [entities[0]?.values['payments_all'], freshness.stale];
    };
    assert.deepEqual(await told(), [1, false]);
    await redis.stop();
    assert.deepEqual(await told(), [1, true]);
    // Rows are taken all the same, and seen.
    await till.post('payments', [payment(2, 'c1')]);
    assert.deepEqual(await told(), [2, true]);
    const unknown = '/v1/features/card_activity?card_id=c9';
    for (const url of [unknown, '/v1/features/card_activity?card_id=c1&require=fresh']) {
      const refused = await till.app.inject({ url });
      assert.deepEqual([refused.statusCode, refused.json().code], [503, 'MILL_ONLINE_UNREACHABLE'], url);
      assert.equal(refused.headers['retry-after'], '1');
    }
    // What needs no store goes on: the rows come to the lake, and only the step of the features fails.
    const before = till.workspace.state.live('payments')?.id;
    await assert.rejects(till.run(), /MILL_ONLINE_UNREACHABLE/);
    assert.notEqual(till.workspace.state.live('payments')?.id, before);
    assert.deepEqual(await told(), [2, true]);
    await redis.start();
    const began = performance.now();
    while ((await till.app.inject({ url: unknown })).statusCode !== 200) {
      assert.ok(performance.now() - began < 30_000, 'it is not taken up again');
      await sleep(50);
    }
    assert.deepEqual(await told(), [2, false]);
    await till.run();
    const moved = await till.card('c1');
    assert.deepEqual(
      [moved.dataset, moved.headRows, moved.entities[0]?.values['payments_all']],
      [till.workspace.state.live('payments')?.id, 0, 2],
    );
    await till.close();
  } finally {
    await redis.close();
    removeFolder(folder);
  }
});
