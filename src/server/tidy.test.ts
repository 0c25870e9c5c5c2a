import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { kinds, openIntake } from '../assets/index.ts';
import { HOME, run } from '../graph/index.ts';
import { openDatabase } from '../store/index.ts';
import { checkCatalog } from '../store/lake/index.ts';
import { folderForDoor, idsAfterRun, openDoor, removeDoor, rowOf } from './ingest.fixture.ts';
import { tidy } from './tidy.ts';

test('what a server lets go of is missed by nothing: a stream has a version, few snapshots, and all its rows', async () => {
  const folder = folderForDoor();
  try {
    const { graph, workspace } = await openDoor(folder);
    const database = openDatabase(join(folder, HOME, 'state.db'));
    const count = (table: string): number =>
      database.get<{ n: number }>(`select count(*) as n from ${table}`)?.n as number;
    try {
      const intake = await openIntake(workspace, graph.nodes.get('pings') as never);
      for (let i = 0; i < 12; i++) {
        await intake.take(await intake.judge([rowOf(i)]));
        assert.ok((await run(graph, kinds, workspace, { only: ['pings'] })).ok);
      }
      intake.close();
      const before = [count('mill_version'), count('ducklake_snapshot'), count('mill_run')];
      await tidy(graph, workspace);
      assert.deepEqual(
        [count('mill_version'), count('ducklake_snapshot'), count('mill_run')],
        before,
        'all is young',
      );
      await tidy(graph, workspace, { young: -1, recent: 2, hourly: -1 });
      assert.deepEqual(
        workspace.state.versionFacts().map(({ id }) => id),
        ['pings@12', 'pings@11'],
      );
      assert.equal(count('ducklake_snapshot'), 2);
      assert.ok(count('mill_run') <= 3 && count('mill_step') <= 3);
      assert.deepEqual(checkCatalog(database), []);
      assert.ok(workspace.state.logStart('ingest-pings') !== undefined, 'and its log begins later');
    } finally {
      database.close();
      await workspace.close();
    }
    assert.equal((await idsAfterRun(folder, 'pings')).length, 11);
    assert.equal((await idsAfterRun(folder, 'pings', 'pings__quarantine')).length, 1);
  } finally {
    removeDoor(folder);
  }
});
