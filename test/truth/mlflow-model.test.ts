import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { blobsOf, kinds, modelVersionOf } from '../../src/assets/index.ts';
import { graphOf, plan } from '../../src/graph/index.ts';
import { mlflow } from '../../src/index.ts';
import { type Bench, openBench, put } from './line.fixture.ts';
import { LATER, live, putPayments, shop } from './training-set.fixture.ts';

// What was logged to an experiment, as its clients leave it, becomes an asset's version.

let bench: Bench;
/** The same project a day later: of models that were logged at the same instant none is the newest. */
let dayAfter: Bench;
let onnx: Uint8Array;
before(async () => {
  bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
  putPayments(bench, 'a', 600);
  await bench.run(shop(), { only: ['again'] });
  const [blob] = blobsOf(modelVersionOf(live(bench, 'again'))).keys();
  onnx = await bench.workspace.blobs.get(blob as string);
  dayAfter = await openBench(bench.folder, { MILLRACE_CLOCK: '2026-04-02T00:00:00Z' });
});
after(async () => {
  await dayAfter.close();
  await bench.close();
});

const declared = (name?: string) =>
  shop({ trainer: mlflow({ experiment: 'fraud', ...(name === undefined ? {} : { name }) }) });

const FLAVORS =
  'flavors:\n  onnx:\n    data: model.onnx\n    onnx_version: 1.23.2\n  python_function:\n    loader_module: mlflow.onnx\n';

/** Logs a model, as a client does: its record, its files, and that it is ready. */
function log(
  name: string,
  description = FLAVORS,
  files: Record<string, Uint8Array> = { 'model.onnx': onnx },
  by: Bench = bench,
): string {
  const { experiments, loggedModels } = by.workspace.tracking();
  const made = loggedModels.create({ experiment: experiments.named('fraud').id, name });
  const below = made.location.replace('mlflow-artifacts:/', '');
  const path = (file: string) => join('.millrace/artifacts', below, file);
  put(bench.folder, path('MLmodel'), description);
  for (const [file, bytes] of Object.entries(files)) put(bench.folder, path(file), bytes);
  loggedModels.finalize(made.id, 'READY');
  return made.id;
}

const faultOf = async (name?: string): Promise<string> => {
  const { steps } = await bench.run(declared(name));
  const problem = steps.find(({ step }) => step.asset === 'fraud')?.problems[0];
  return `${problem?.code} ${problem?.message} ${problem?.todo}`;
};

test('without experiment, model or ONNX it says how to log one', async () => {
  assert.match(
    await faultOf(),
    /^MILL_MLFLOW_MODEL There is no MLflow experiment 'fraud'\. Log a model to it/,
  );
  const { experiments, loggedModels } = bench.workspace.tracking();
  const { id } = experiments.named('fraud');
  assert.match(await faultOf(), /has no model that is ready\. Log one: mlflow\.onnx\.log_model/);
  loggedModels.create({ experiment: id, name: 'pending' });
  assert.match(await faultOf(), /has no model that is ready; there are pending/);
  log('trees', 'flavors:\n  sklearn:\n    pickled_model: model.pkl\n', {});
  assert.match(await faultOf(), /\(trees\) is no ONNX; it is sklearn\. Log it as ONNX too: .*'?zipmap/);
});

test('a description that leads out of the folder, or is none, is refused', async () => {
  const wrong = [
    ['flavors:\n  onnx:\n    data: ../../../../state.db\n', /names a file outside of its folder/],
    ['flavors:\n  onnx:\n    data: nothing.onnx\n', /which is not there/],
    ['{ flavors: [', /cannot be read/],
    ['flavors: &a [*a]\n', /cannot be read|is no ONNX/],
  ] as const;
  for (const [i, [description, wanted]] of wrong.entries()) {
    log(`wrong ${i}`, description);
    assert.match(await faultOf(`wrong ${i}`), wanted);
  }
});

test('the newest that is ready is judged and live; a newer one is a reason to build', async () => {
  const look = async (name?: string) => {
    const { steps } = await plan(graphOf(declared(name)), kinds, bench.workspace);
    return steps.map(({ asset, action, reasons }) => `${asset} ${action}: ${reasons.join('; ')}`);
  };
  const first = log('trees by hand');
  const { ok, steps } = await bench.run(declared('trees by hand'));
  assert.ok(ok, JSON.stringify(steps[0]?.problems));
  const { summary, evaluation } = modelVersionOf(live(bench, 'fraud'));
  assert.deepEqual(summary.notes, [`It was logged to MLflow experiment fraud as trees by hand (${first}).`]);
  assert.ok(evaluation.task === 'binary' && (evaluation.rocAuc ?? 0) > 0.6);
  assert.deepEqual(await look('trees by hand'), []);
  log('linear', FLAVORS, { 'model.onnx': onnx }, dayAfter);
  await bench.run(declared());
  assert.match(modelVersionOf(live(bench, 'fraud')).summary.notes.join(), /as linear/);
  const muchLater = await openBench(bench.folder, { MILLRACE_CLOCK: '2026-04-03T00:00:00Z' });
  log('linear', `${FLAVORS}# again`, { 'model.onnx': onnx }, muchLater);
  assert.deepEqual(await look(), ['fraud rebuild: the newest model of MLflow experiment fraud has changed']);
  await muchLater.close();
});

test('an experiment and a model are found behind any number of newer ones', async () => {
  const { experiments, loggedModels } = dayAfter.workspace.tracking();
  for (let i = 0; i < 1_001; i++) experiments.create(`newer ${i}`);
  const { id } = experiments.named('fraud');
  for (let i = 0; i < 1_001; i++) loggedModels.create({ experiment: id, name: "not the trees' own" });
  const { steps } = await bench.run(declared('trees by hand'));
  assert.deepEqual(
    steps.flatMap(({ problems }) => problems),
    [],
  );
  assert.match(modelVersionOf(live(bench, 'fraud')).summary.notes.join(), /as trees by hand/);
  assert.match(
    await faultOf("not the trees' own"),
    /has no model that is ready and named 'not the trees' own'/,
  );
});
