import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPrediction, flushPredictions, predictionLog } from '../../src/assets/index.ts';
import { openWorkspace } from '../../src/graph/index.ts';

test('predictions that come to the lake by ones leave few files, and each is found', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const workspace = await openWorkspace(folder, {});
  try {
    const log = await workspace.log(predictionLog('screen'));
    const made = (i: number) => ({
      ...{ id: `p${i}`, version: 'screen@1', model: 'm@1', asOf: i, output: i / 100, decision: i % 2 === 0 },
      ...{ probabilities: [1 - i / 100, i / 100], classes: [false, true] },
      ...{
        keys: { card: `c${i}` },
        request: {},
        features: {},
        states: {},
        heads: {},
        latencyMs: 1,
        endpoint: 'screen',
      },
    });
    for (let i = 0; i < 60; i++) {
      await log.append(made(i));
      assert.equal(await flushPredictions(workspace, 'screen'), 1);
    }
    const table = workspace.lake.table('screen__predictions');
    assert.equal(table?.rows, 60);
    assert.ok((table?.files.length ?? 0) < 15, `${table?.files.length} files`);
    for (const i of [0, 7, 8, 31, 59])
      assert.deepEqual(await findPrediction(workspace, 'screen', `p${i}`), made(i));
  } finally {
    await workspace.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
