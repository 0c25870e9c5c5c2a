import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { blobsOf, kinds, modelVersionOf } from '../../src/assets/index.ts';
import { encodeModel } from '../../src/assets/model/train/onnx/model.ts';
import { check, graphOf, plan } from '../../src/graph/index.ts';
import { onnx } from '../../src/index.ts';
import { type Bench, openBench, put } from './line.fixture.ts';
import { LATER, live, putPayments, shop } from './training-set.fixture.ts';

// A model that was trained elsewhere, from its file to what is live.

let bench: Bench;
before(async () => {
  bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
  putPayments(bench, 'a', 600);
});
after(() => bench.close());

const imported = (options: Parameters<typeof onnx>[0] = { path: 'models/fraud.onnx' }) =>
  shop({ trainer: onnx(options) });

/** What `check` says of the project, one text a problem. */
async function faults(project = imported()): Promise<string[]> {
  const { engine, state } = bench.workspace;
  const { problems } = await check(project, kinds, engine, state, bench.folder);
  return problems.map(({ asset, code, message, todo }) => `${asset} ${code} ${message} ${todo}`);
}

test('a file that is missing is found by check, and fails its own step only', async () => {
  assert.match((await faults()).join(), /^fraud MILL_ONNX_FILE There is no file 'models\/fraud\.onnx'/);
  const { steps } = await bench.run(imported());
  const outcome = (asset: string) => steps.find(({ step }) => step.asset === asset);
  assert.equal(outcome('fraud')?.outcome, 'failed');
  assert.equal(outcome('fraud')?.problems[0]?.code, 'MILL_ONNX_FILE');
  assert.equal(outcome('again')?.outcome, 'published');
});

test('what another model was is imported, judged as it was, and live', async () => {
  const again = live(bench, 'again');
  const { evaluation } = modelVersionOf(again);
  const [blob] = blobsOf(modelVersionOf(again)).keys();
  put(bench.folder, 'models/fraud.onnx', await bench.workspace.blobs.get(blob as string));
  assert.deepEqual(await faults(), []);
  const { steps } = await bench.run(imported());
  assert.deepEqual(
    steps.map(({ step, outcome }) => `${step.asset} ${step.action} ${outcome}`),
    ['fraud create published'],
  );
  const found = modelVersionOf(live(bench, 'fraud'));
  // The one was judged by the trainer's own numbers, the other by the 32 bits of the file.
  assert.ok(found.evaluation.task === 'binary' && evaluation.task === 'binary');
  for (const figure of ['rocAuc', 'prAuc', 'logLoss', 'brier'] as const)
    assert.ok(Math.abs((found.evaluation[figure] ?? 0) - (evaluation[figure] ?? 9)) < 1e-6, figure);
  assert.deepEqual(Object.keys(found.outside ?? {}), ['models/fraud.onnx']);
  assert.equal([...blobsOf(found).keys()][0], blob);
});

test('an untouched file is no reason to build; an edited one is, and taken back it is the version before', async () => {
  const before = live(bench, 'fraud').id;
  const look = async () => {
    const { steps } = await plan(graphOf(imported()), kinds, bench.workspace);
    return steps.map(({ asset, action, reasons }) => `${asset} ${action}: ${reasons.join('; ')}`);
  };
  assert.deepEqual(await look(), []);
  const path = join(bench.folder, 'models/fraud.onnx');
  const bytes = readFileSync(path);
  // A field that nobody knows: another file of the same model.
  put(bench.folder, 'models/fraud.onnx', Buffer.concat([bytes, Buffer.from([0xa0, 0x06, 0x01])]));
  assert.deepEqual(await look(), ['fraud rebuild: models/fraud.onnx has changed']);
  await bench.run(imported());
  assert.notEqual(live(bench, 'fraud').id, before);
  put(bench.folder, 'models/fraud.onnx', bytes);
  assert.deepEqual(await look(), [`fraud reuse: it is ${before} again`]);
  await bench.run(imported());
  assert.equal(live(bench, 'fraud').id, before);
});

test('bytes that are no ONNX file, or of a model with other inputs, are refused and nothing is published', async () => {
  const before = live(bench, 'fraud').id;
  put(bench.folder, 'models/text.onnx', 'not a model');
  assert.match(
    (await faults(imported({ path: 'models/text.onnx' }))).join(),
    /MILL_ONNX_FILE models\/text\.onnx is not an ONNX file \(11 bytes\)/,
  );
  put(bench.folder, 'models/wide.onnx', matrixModel(9, 'X', 'p'));
  const wide = imported({ path: 'models/wide.onnx' });
  const told = (await faults(wide)).join('\n');
  assert.match(told, /matrix of 9 columns, 'X'; the model has 7/);
  assert.match(told, /'before', 'country' are text/);
  const { steps } = await bench.run(wide);
  assert.equal(steps[0]?.problems[0]?.code, 'MILL_ONNX_INPUTS');
  assert.equal(live(bench, 'fraud').id, before);
});

test('one matrix of listed features, with an output of its own name', async () => {
  put(bench.folder, 'models/small.onnx', matrixModel(2, 'X', 'p'));
  const small = imported({ path: 'models/small.onnx', inputs: ['amount', 'items'] });
  assert.deepEqual(await faults(small), []);
  const { ok, steps } = await bench.run(small);
  assert.ok(ok, JSON.stringify(steps[0]?.problems));
  const { evaluation } = modelVersionOf(live(bench, 'fraud'));
  assert.ok(evaluation.task === 'binary' && (evaluation.rocAuc ?? 0) > 0.6, 'it looks at the amount');
});

test('answers that are no probabilities are refused', async () => {
  put(bench.folder, 'models/odds.onnx', matrixModel(2, 'X', 'odds'));
  const odds = imported({ path: 'models/odds.onnx', inputs: ['amount', 'items'], output: 'odds' });
  const { steps } = await bench.run(odds);
  assert.match(
    steps[0]?.problems[0]?.message ?? '',
    /the model answers -?\d.*wanted a probability, from 0 to 1/,
  );
  assert.equal(steps[0]?.problems[0]?.code, 'MILL_MODEL_ANSWERS');
  rmSync(join(bench.folder, 'models'), { recursive: true });
});

/** A model over one matrix: the sigmoid of the first column, scaled. */
function matrixModel(width: number, input: string, output: string): Uint8Array {
  const weights = new Float32Array(width);
  weights[0] = 0.05;
  return encodeModel({
    inputs: [{ name: input, element: 'float', width }],
    outputs: [{ name: output, element: 'float', width: 1 }],
    constants: [{ name: 'w', dims: [width, 1], values: weights }],
    nodes:
      output === 'p'
        ? [
            { op: 'MatMul', inputs: [input, 'w'], output: 'z' },
            { op: 'Sigmoid', inputs: ['z'], output },
          ]
        : [{ op: 'MatMul', inputs: [input, 'w'], output }],
  });
}
