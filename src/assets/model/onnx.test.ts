import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../base/index.ts';
import { openOnnx } from './onnx.ts';
import { encodeModel, type OnnxNode } from './train/onnx/model.ts';

test('loading a model starts no telemetry', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  // The runtime's telemetry keeps its session and its log there.
  const { NODE_TEST_CONTEXT: _, ORT_DISABLE_TELEMETRY: __, ...env } = process.env;
  const code = `
    const { openOnnx } = await import(${JSON.stringify(new URL('onnx.ts', import.meta.url).href)});
    await openOnnx(new Uint8Array([1, 2, 3]), { inputs: [], task: 'binary' }).then(() => process.exit(2), () => {});`;
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--conditions=source', '--input-type=module', '-e', code],
    { env: { ...env, TMPDIR: folder } },
  );
  assert.equal(status, 0, String(stderr));
  assert.deepEqual(readdirSync(folder), []);
  rmSync(folder, { recursive: true });
});

/** A file over one number `x`, answering `value`. */
const file = (...nodes: readonly OnnxNode[]): Uint8Array =>
  encodeModel({
    inputs: [{ name: 'x', element: 'float', width: 1 }],
    outputs: [{ name: 'value', element: 'float', width: 1 }],
    constants: [{ name: 'w', dims: [2, 1], values: Float32Array.of(1, 1) }],
    nodes,
  });

const asking = { inputs: [{ name: 'x', type: 'number' }], task: 'regression' } as const;
const three = [{ x: 1 }, { x: 2 }, { x: 3 }];

test('a model that fails when it is asked is told as such, not as a bug of ours', async () => {
  const fails = await openOnnx(
    file(
      { op: 'Transpose', inputs: ['x'], output: 't' },
      { op: 'MatMul', inputs: ['t', 'w'], output: 'value' },
    ),
    asking,
  );
  await assert.rejects(fails.score(three), (error: unknown) => {
    assert.ok(error instanceof MillraceError && error.code === 'MILL_MODEL_ANSWERS');
    assert.match(error.message, /^The model fails when it is asked: .*MatMul/);
    assert.doesNotMatch(error.message, /onnxruntime_src/);
    return true;
  });
  await fails.close();
});

test('one answer to several rows is none', async () => {
  const one = await openOnnx(file({ op: 'ReduceMean', inputs: ['x'], output: 'value' }), asking);
  await assert.rejects(
    one.score(three),
    /To 3 rows the output 'value' gives 1 number; wanted an answer to each\./,
  );
  await one.close();
});
