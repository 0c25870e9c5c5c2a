import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { kinds, openIntake, type SourceBody } from '../../assets/index.ts';
import {
  itemsNode,
  itemsProject,
  letRest,
  openSmallLogs,
  runItems,
  segmentsOf,
} from '../../assets/source/stream/small-log.fixture.ts';
import { HOME, type Node, rollback, run } from '../../graph/index.ts';
import { folderForDoor, openDoor, rowOf } from '../../server/ingest.fixture.ts';
import { openDatabase } from '../../store/index.ts';
import { logFindings } from './logs.ts';
import type { Subject } from './subject.ts';

test('a log of posted rows: what waits is told, what is in the lake is no fault, and is trimmed when it is old', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const workspace = await openSmallLogs(folder);
  const project = itemsProject(100);
  try {
    const look = (expireBefore: number) =>
      logFindings({
        ...{ workspace, home: join(folder, HOME), settled: Date.now() * 1000, expireBefore },
      } as unknown as Subject);
    const intake = await openIntake(workspace, itemsNode(project));
    for (let i = 0; i < 9; i++)
      await intake.take(await intake.judge([JSON.stringify({ id: `a${i}`, n: i })]));
    await runItems(workspace, project);
    letRest(folder);
    const month = workspace.clock.now() - 30 * 24 * 3600 * 1e6;
    assert.deepEqual(await look(month), []);
    await intake.take(await intake.judge([JSON.stringify({ id: 'b', n: 1 })]));
    letRest(folder);
    const [waiting] = await look(month);
    assert.match(waiting?.what ?? '', /^ingest-items: 1 record that a process has left behind/);
    await runItems(workspace, project);
    const [old] = await look(workspace.clock.now() + 1);
    assert.match(old?.what ?? '', /^ingest-items: rows that were posted before .* and are in the lake$/);
    assert.ok(segmentsOf(folder).length > 2);
    assert.equal(await old?.fix?.(), 'trimmed');
    assert.ok(segmentsOf(folder).length <= 1);
    assert.deepEqual(await look(workspace.clock.now() + 1), []);
    assert.equal((await runItems(workspace, project)).good.length, 10);
    intake.close();
  } finally {
    await workspace.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

test('of posted rows only those are told that the live version does not have', async () => {
  const folder = folderForDoor();
  const { graph, workspace } = await openDoor(folder);
  const home = join(folder, HOME);
  const database = openDatabase(join(home, 'state.db'));
  const found = async () =>
    (
      await logFindings({
        ...{ workspace, database, home, versions: [], settled: (Date.now() + 60_000) * 1000 },
        ...{ expireBefore: 0, keepSnapshots: 1, thinBefore: 0, retirable: [] },
        retention: { now: 0, young: 0, recent: 0, hourly: 0 },
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
