import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { flushPredictions, kinds, tracePrediction } from '../../src/assets/index.ts';
import { HOME, retire, rollback, toRetire } from '../../src/graph/index.ts';
import { createServer } from '../../src/server/index.ts';
import { makeShop, openShop, question } from '../../src/server/shop.fixture.ts';
import { openDatabase } from '../../src/store/index.ts';
import { checkCatalog, expireSnapshots } from '../../src/store/lake/index.ts';

const versionsOf = (shop: Awaited<ReturnType<typeof openShop>>): string[] =>
  shop.workspace.state
    .versionFacts()
    .map(({ id }) => id)
    .sort();

test('what is retired is missed by nothing: traces, roll-backs and runs go on as before', async () => {
  const shop = makeShop(20);
  const open = await openShop(shop);
  const { graph, workspace } = open;
  const { state, lake } = workspace;
  const database = openDatabase(join(shop.folder, HOME, 'state.db'));
  try {
    await open.run();
    shop.deliver(20);
    await open.run();
    const app = await createServer(graph, workspace);
    const ask = async (): Promise<string> => {
      const { body } = await app.inject({ method: 'POST', url: '/v1/predict/screen', payload: question });
      return (JSON.parse(body) as { id: string }).id;
    };
    const inLake = await ask();
    await flushPredictions(workspace, 'screen');
    for (let day = 21; day < 26; day++) {
      shop.deliver(day);
      await open.run();
    }
    await app.close();
    const before = await tracePrediction(graph, workspace, inLake);
    const all = versionsOf(open);
    const retention = { now: workspace.clock.now(), young: 0, recent: 2, hourly: 0 };
    const due = await toRetire(kinds, workspace, retention);
    // Of seven versions of each: the two newest, those that the prediction was made with, and what `asked` was built from, which is
    // live since the first run.
    assert.deepEqual(versionsOf(open), all, 'to be asked changes nothing');
    assert.equal(await retire(kinds, workspace, retention), due.length);
    const expected = ['activity', 'fraud', 'fraud_training', 'payments', 'screen']
      .flatMap((asset) => [2, 6, 7].map((n) => `${asset}@${n}`))
      .concat('asked@1', 'activity@1', 'payments@1')
      .sort();
    assert.deepEqual(versionsOf(open), expected);
    assert.deepEqual(await toRetire(kinds, workspace, retention), []);
    assert.deepEqual(database.all('pragma foreign_key_check'), []);
    assert.equal(state.runs(100).length, 4, 'runs go with what they made');
    assert.deepEqual(
      state.aliasMoves('payments').map(({ to }) => to),
      ['payments@7', 'payments@6', 'payments@2', 'payments@1'],
    );

    const needed = () =>
      database.all<{ id: number }>('select snapshot as id from mill_version').map(({ id }) => id);
    const gone = expireSnapshots(database, workspace.clock, {
      ...{ olderThan: Number.MAX_SAFE_INTEGER, keep: 1, needed },
    });
    assert.ok(gone.length >= 5, 'with the versions go their snapshots');
    const left = database.all<{ id: number }>('select snapshot_id as id from ducklake_snapshot');
    assert.deepEqual(new Set(left.map(({ id }) => id)), new Set([...needed(), lake.head()]));
    assert.deepEqual(checkCatalog(database), []);
    assert.deepEqual(await tracePrediction(graph, workspace, inLake), before);
    assert.ok(before.features.length > 0 && before.features.every(({ equal }) => equal));
    assert.equal(
      lake.table('payments', state.live('payments')?.snapshot)?.rows,
      state.live('payments')?.rows,
    );

    assert.deepEqual(rollback(workspace, 'payments'), { from: 'payments@7', to: 'payments@6' });
    await retire(kinds, workspace, { ...retention, recent: 0 });
    assert.ok(versionsOf(open).includes('payments@7'), 'what a person took back stays known');
    shop.deliver(30);
    await open.run();
    assert.equal(state.live('payments')?.id, 'payments@8');
  } finally {
    database.close();
    await workspace.close();
    shop.remove();
  }
});
