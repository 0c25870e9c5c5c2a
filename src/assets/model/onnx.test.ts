import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

test('loading a model starts no telemetry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  // The runtime's telemetry keeps its session and its log there.
  const { NODE_TEST_CONTEXT: _, ORT_DISABLE_TELEMETRY: __, ...env } = process.env;
  const code = `
    const { openScorer } = await import(${JSON.stringify(new URL('onnx.ts', import.meta.url).href)});
    await openScorer(new Uint8Array([1, 2, 3]), []).then(() => process.exit(2), () => {});`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--conditions=source', '--input-type=module', '-e', code],
    { env: { ...env, TMPDIR: folder } },
  );
  assert.equal(status, 0, String(stderr));
  assert.deepEqual(readdirSync(folder), []);
  rmSync(folder, { recursive: true });
});
