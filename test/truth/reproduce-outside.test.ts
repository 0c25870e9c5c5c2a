import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  type ModelVersion,
  modelVersionOf,
  type Reproduced,
  reproduceModel,
} from '../../src/assets/index.ts';
import { MillraceError } from '../../src/base/index.ts';
import { graphOf } from '../../src/graph/index.ts';
import { logistic, mlflow, onnx, python } from '../../src/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { type Bench, openBench, put } from './line.fixture.ts';
import { scored, skip, words } from './python.fixture.ts';
import { type Case, putVisits, visited } from './trainers.fixture.ts';
import { LATER, live } from './training-set.fixture.ts';

// Models that were trained elsewhere are made again from the files of then, whatever has become of these.

const from: Readonly<Record<string, Case>> = {
  line: { asked: 'bought', trainer: logistic({ iterations: 10 }) },
};

const files: Readonly<Record<string, Case>> = {
  file: { asked: 'bought', trainer: onnx({ path: 'models/bought.onnx' }) },
  file_calibrated: {
    asked: 'bought',
    trainer: onnx({ path: 'models/bought.onnx' }),
    calibrate: 'sigmoid',
  },
  logged: { asked: 'bought', trainer: mlflow({ experiment: 'bought' }) },
};

const script = (name: string, options: Partial<Parameters<typeof python>[0]> = {}): Case['trainer'] =>
  python({ script: `training/${name}.py`, ...options });

const scripts: Readonly<Record<string, Case>> = {
  folder: { asked: 'bought', trainer: script('scored', { params: { times: 2 } }) },
  folder_calibrated: { asked: 'bought_some', trainer: script('scored'), calibrate: 'sigmoid' },
  brings_onnx: { asked: 'bought', trainer: script('copies', { files: ['models/bought.onnx'] }) },
};

const copies = `
import os
import millrace_training as millrace
beside = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
with open(os.path.join(beside, "models", "bought.onnx"), "rb") as source:
    millrace.save_onnx(source.read())
`;

/** A model of chance: another one each time. */
const chance = scored
  .replace('SCALE * job', 'random.SystemRandom().random() * 0.01 * job')
  .replace('import json, os', 'import json, os, random');

let bench: Bench;
let bytes: Uint8Array;
before(async () => {
  bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
  putVisits(bench, 400);
  await run(from);
  const { file } = modelVersionOf(live(bench, 'line'));
  assert.ok(file.format === 'onnx');
  bytes = await bench.workspace.blobs.get(file.blob);
  put(bench.folder, 'models/bought.onnx', bytes);
  log('first');
  put(bench.folder, 'training/scored.py', scored);
  put(bench.folder, 'training/copies.py', copies);
  put(bench.folder, 'training/words.py', words);
});
after(() => bench.close());

async function run(cases: Readonly<Record<string, Case>>): Promise<void> {
  const { ok, steps } = await bench.run(visited(cases));
  assert.ok(ok, JSON.stringify(steps.flatMap(({ problems }) => problems)));
}

/** A model of the experiment, as MLflow's client leaves it. */
function log(name: string): void {
  const { experiments, loggedModels } = bench.workspace.tracking();
  const made = loggedModels.create({ experiment: experiments.named('bought').id, name });
  const below = join('.millrace/artifacts', made.location.replace('mlflow-artifacts:/', ''));
  put(bench.folder, join(below, 'MLmodel'), 'flavors:\n  onnx:\n    data: model.onnx\n');
  put(bench.folder, join(below, 'model.onnx'), bytes);
  loggedModels.finalize(made.id, 'READY');
}

const again = (cases: Readonly<Record<string, Case>>, version: Version): Promise<Reproduced> =>
  reproduceModel(bench.workspace, graphOf(visited(cases)), version);

const blobs = (): string[] => readdirSync(join(bench.folder, '.millrace/blobs')).sort();

async function comesOutTheSame(cases: Readonly<Record<string, Case>>, name: string): Promise<void> {
  const before = blobs();
  const made = await again(cases, live(bench, name));
  assert.deepEqual(made.reasons, []);
  assert.ok(made.rows.same && made.rows.rows > 100);
  assert.ok(Object.values(made.figures).every(({ same }) => same));
  assert.deepEqual([made.predictions.equal, made.predictions.furthest], [made.predictions.rows, 0]);
  assert.equal(made.file.is, made.file.was);
  assert.equal(made.same, true);
  assert.deepEqual(blobs(), before, 'nothing is kept of it');
  assert.deepEqual(
    readdirSync(join(bench.folder, '.millrace/temp')).filter((one) => one.startsWith('training-')),
    [],
  );
}

describe('an imported file, and one that was logged', () => {
  before(async () => {
    await run({ ...from, ...files });
    // A field that nobody knows: another file.
    put(bench.folder, 'models/bought.onnx', Buffer.concat([bytes, Buffer.from([0xa0, 0x06, 0x01])]));
    const { experiments, loggedModels } = bench.workspace.tracking();
    const found = loggedModels.search({ experiments: [experiments.named('bought').id], most: 10 }).items;
    for (const { id, location } of found) {
      rmSync(join(bench.folder, '.millrace/artifacts', location.replace('mlflow-artifacts:/', '')), {
        recursive: true,
      });
      loggedModels.delete(id);
    }
  });
  after(() => put(bench.folder, 'models/bought.onnx', bytes));

  for (const name of Object.keys(files))
    test(`${name}: judged again as it was then, though it is another one now, or gone`, () =>
      comesOutTheSame(files, name));

  test('a version that did not keep what it stood on is refused, with the reason', async () => {
    const version = live(bench, 'file');
    const { stoodOn, ...rest } = modelVersionOf(version) as ModelVersion;
    assert.ok(stoodOn);
    const old = { ...version, detail: rest as never };
    await assert.rejects(
      again(files, old),
      (error) =>
        error instanceof MillraceError &&
        error.code === 'MILL_REPRODUCE_IMPOSSIBLE' &&
        error.message.includes('what onnx stood on was not kept'),
    );
  });
});

describe('a script', { skip }, () => {
  before(async () => {
    await run({ ...from, ...scripts });
    // Edited so that they would give another model, and none.
    put(bench.folder, 'training/words.py', 'SCALE = 0.001\n');
    put(bench.folder, 'training/copies.py', 'import sys\nsys.exit(3)\n');
    rmSync(join(bench.folder, 'models/bought.onnx'));
  });

  for (const name of Object.keys(scripts))
    test(`${name}: run again as it was, on the rows of then`, () => comesOutTheSame(scripts, name));

  test('its packages are on record', () => {
    const { environment } = modelVersionOf(live(bench, 'folder'));
    assert.ok(Array.isArray(environment?.packages));
  });

  test('one that gives something else each time is said to be so, and how far apart', async () => {
    put(bench.folder, 'training/chance.py', chance);
    put(bench.folder, 'training/words.py', words);
    const cases: Readonly<Record<string, Case>> = { chance: { asked: 'bought', trainer: script('chance') } };
    await run(cases);
    const made = await again(cases, live(bench, 'chance'));
    assert.equal(made.same, false);
    assert.equal(made.rows.same, true);
    assert.equal(made.predictions.same, false);
    assert.ok(made.predictions.furthest > 0 && made.predictions.furthest <= 1);
    assert.equal(made.file.same, false);
    assert.deepEqual(made.reasons, [
      'python was given the same rows, files and seed, and made something else: it is not deterministic',
    ]);
  });
});
