import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { kinds, openIntake, type SourceBody } from '../../assets/index.ts';
import { HOME, type Node, rollback, run } from '../../graph/index.ts';
import { folderForDoor, openDoor, rowOf } from '../../server/ingest.fixture.ts';
import { openDatabase } from '../../store/index.ts';
import { logFindings } from './logs.ts';

test('of posted rows only those are told that the live version does not have', async () => {
  const folder = folderForDoor();
  const { graph, workspace } = await openDoor(folder);
  const home = join(folder, HOME);
  const database = openDatabase(join(home, 'state.db'));
  const found = async () =>
    (
      await logFindings({
        ...{ workspace, database, home, versions: [], settled: (Date.now() + 60_000) * 1000 },
        ...{ expireBefore: 0, keepSnapshots: 1 },
      })
    ).map(({ what, fix }) => [what, fix === undefined]);
  const intake = await openIntake(workspace, graph.nodes.get('pings') as Node<SourceBody>);
  try {
    const post = async (n: number) => intake.take(await intake.judge([rowOf(n)]));
    await post(1);
    const waits = 'ingest-pings: 1 record that a process has left behind and the lake does not have yet';
    assert.deepEqual(await found(), [[waits, true]]);
    await run(graph, kinds, workspace, { only: ['pings'] });
    // The log is kept: its rows are judged again by a changed contract.
    assert.deepEqual(await found(), []);
    await post(2);
    assert.deepEqual(await found(), [[waits, true]]);
    await run(graph, kinds, workspace, { only: ['pings'] });
    assert.deepEqual(await found(), []);
    rollback(workspace, 'pings');
    assert.deepEqual(await found(), [[waits, true]]);
  } finally {
    intake.close();
    database.close();
    await workspace.close();
    rmSync(folder, { recursive: true });
  }
});
