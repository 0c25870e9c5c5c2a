import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { put } from '../../../../test/truth/line.fixture.ts';
import { readResults } from './results.ts';

/** Reads an output folder with these files. */
function read(
  files: Readonly<Record<string, string | Uint8Array>>,
  prepare: (folder: string) => void = () => {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  try {
    for (const [path, content] of Object.entries(files)) put(folder, path, content);
    prepare(folder);
    return readResults('train.py', folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const code = 'MILL_PYTHON_OUTPUT';
const folderModel = { 'model/predict.py': 'def load(folder): ...' };

test('a model as ONNX or as a folder, with its metrics, files and answers', () => {
  const onnx = read({
    'model.onnx': 'x',
    'model.json': '{"inputs": ["a"], "output": "p"}',
    'metrics.json': '{"auc": 0.5, "none": null}',
  });
  assert.ok(onnx.model.kind === 'onnx');
  assert.deepEqual(onnx.model.options, { inputs: ['a'], output: 'p' });
  assert.deepEqual(onnx.metrics, { auc: 0.5 });
  const folder = read({
    ...folderModel,
    'model/weights/w.json': '[1]',
    'model/__pycache__/predict.pyc': 'x',
    'files/chart.svg': '<svg/>',
    'answers.json': '[[0.25, 0.75], [1, 0]]',
  });
  assert.ok(folder.model.kind === 'folder');
  assert.deepEqual([...folder.model.files.keys()], ['predict.py', 'weights/w.json']);
  assert.deepEqual([...folder.files.keys()], ['chart.svg']);
  assert.deepEqual(folder.answers, [
    [0.25, 0.75],
    [1, 0],
  ]);
});

test('no model, two, or one with a pickle or a link is refused', () => {
  assert.throws(() => read({}), { code, message: /ended without a model: nothing is in its output folder/ });
  assert.throws(() => read({ 'model/weights.json': '1' }), {
    code,
    message: /only model\/weights\.json is in/,
  });
  assert.throws(() => read({ ...folderModel, 'model.onnx': 'x' }), { code, message: /two models/ });
  const pickle = Buffer.from([0x80, 4, 0x95, 0, 0x2e]);
  const torch = Buffer.concat([Buffer.from('PK\u0003\u0004'), Buffer.from('archive/data.pkl')]);
  for (const [name, content] of [
    ['w.pkl', 'x'],
    ['w.bin', pickle],
    ['w.pt', torch],
  ] as const)
    assert.throws(() => read({ ...folderModel, [`model/${name}`]: content }), {
      code,
      message: /saved a pickle, model\/w/,
    });
  assert.throws(
    () => read(folderModel, (folder) => symlinkSync('/etc/passwd', join(folder, 'model/passwd'))),
    {
      code,
      message: /left a link, model\/passwd/,
    },
  );
});

test('what is no JSON, or not of the form, is refused', () => {
  const also = (name: string, content: string) => () => read({ ...folderModel, [name]: content });
  assert.throws(also('metrics.json', '{"auc": NaN}'), { code, message: /metrics\.json that is no JSON/ });
  assert.throws(also('metrics.json', '{"auc": "good"}'), { code, message: /no object of numbers/ });
  assert.throws(also('metrics.json', `{"a": ${'1'.repeat(2 ** 20)}}`), {
    code,
    message: /bytes of metrics\.json/,
  });
  assert.throws(also('answers.json', '["yes"]'), { code, message: /no list of numbers/ });
  const beside = (json: string) => () => read({ 'model.onnx': 'x', 'model.json': json });
  for (const json of [
    'null',
    '7',
    '[]',
    '{"output": null}',
    '{"output": 7}',
    '{"inputs": 5}',
    '{"inputs": {"a": 1}}',
    '{"inputs": [1]}',
  ])
    assert.throws(beside(json), { code, message: /model\.json that does not say which/ }, json);
  for (const json of ['{}', '{"output": "y"}', '{"inputs": ["a"]}', '{"inputs": {"a": "x"}, "output": "y"}'])
    assert.deepEqual(beside(json)().model.kind, 'onnx');
});

test('a name that is no UTF-8, and what is no file, is refused', () => {
  const odd = (folder: string) =>
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/model/`), Buffer.of(0xff)]), 'x');
  assert.throws(() => read(folderModel, odd), { code, message: /cannot be opened by that name/ });
  const pipe = (folder: string) => spawnSync('mkfifo', [join(folder, 'model/pipe')]);
  assert.throws(() => read(folderModel, pipe), { code, message: /left what is no file, model\/pipe/ });
});
