import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openIntake } from '../../assets/index.ts';
import {
  itemsNode,
  itemsProject,
  letRest,
  openSmallLogs,
  runItems,
  segmentsOf,
} from '../../assets/source/stream/small-log.fixture.ts';
import { HOME } from '../../graph/index.ts';
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
