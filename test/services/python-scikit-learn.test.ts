import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { modelVersionOf, openModel, openServing, servedBy } from '../../src/assets/index.ts';
import { graphOf, type Project } from '../../src/graph/index.ts';
import { endpoint, project, python } from '../../src/index.ts';
import { type Bench, openBench, put } from '../truth/line.fixture.ts';
import { LATER, live, putPayments, shop } from '../truth/training-set.fixture.ts';
import { skip } from './python-packages.fixture.ts';

// A model of scikit-learn, from its script and its requirements to an endpoint's answer.

const scripts = join(import.meta.dirname, 'python');

describe('scikit-learn, end to end', { skip }, () => {
  let bench: Bench;
  const declared = (): Project => {
    const { assets } = shop({
      trainer: python({
        ...{ script: 'training/fraud.py', env: { requirements: 'training/requirements.txt' } },
        params: { n_estimators: 30 },
      }),
      negatives: { share: 0.5 },
    });
    const screen = endpoint('screen', { model: assets['fraud'] as never });
    return project('shop', { ...assets, screen }) as unknown as Project;
  };
  before(async () => {
    bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
    putPayments(bench, 'a', 1_500);
    cpSync(join(scripts, 'scikit-learn.py'), join(bench.folder, 'training/fraud.py'));
    put(bench.folder, 'training/requirements.txt', 'scikit-learn\nskl2onnx\npandas\npyarrow\n');
  });
  after(() => bench.close());

  test('it is trained in its environment, passes the gates and answers what it answers in Python', async (t) => {
    const { steps, run } = await bench.run(declared());
    for (const { step, outcome, problems } of steps)
      assert.equal(outcome, 'published', `${step.asset}: ${problems[0]?.message}`);
    const fraud = live(bench, 'fraud');
    const checks = steps.find(({ step }) => step.asset === 'fraud')?.checks ?? [];
    const asTrained = checks.find(({ name }) => name === 'file answers as trained');
    assert.ok(asTrained?.passed, JSON.stringify(checks));
    t.diagnostic(`the file is ${asTrained.observed} from Python's own answers on the validation part`);
    const version = modelVersionOf(fraud);
    assert.ok((version.brought?.metrics['validation_auc'] ?? 0) > 0.6);
    const said = bench.workspace.state.notes.lines({ run }).map(({ text }) => text);
    assert.ok(said.some((text) => text.startsWith('validation ROC-AUC')));

    const serving = await openServing(graphOf(declared()), bench.workspace, servedBy(live(bench, 'screen')));
    const asks = [
      { card: 'c1', amount: 180.5, country: 'IN', items: 2 },
      { card: 'c7', amount: 3.25, country: null, items: 1 },
      { card: 'nobody', amount: 70, country: 'XX', items: 3 },
    ];
    const answers = [];
    for (const ask of asks) answers.push(await serving.answer(ask, bench.workspace.clock.now()));
    await serving.close();
    const rows = answers.map(({ features }) => {
      const both = { ...features['activity'], ...features['now'] };
      return Object.fromEntries(version.inputs.map(({ name }) => [name, both[name] ?? null]));
    });
    const texts = version.inputs.filter(({ type }) => type === 'category').map(({ name }) => name);
    const own = await ask(version.brought?.files['own.joblib'] ?? '', rows, texts);
    const served = answers.map(({ output }) => output);
    assert.equal(new Set(served).size, 3);
    for (const [i, value] of served.entries())
      assert.ok(Math.abs(value - (own[i] ?? 9)) < 1e-5, `${value} and ${own[i]}`);
    const scorer = await openModel(bench.workspace, version);
    const scored = await scorer.score(rows).finally(() => scorer.close());
    assert.deepEqual([...scored], served);
  });

  test('nothing has changed, so nothing is done', async () => {
    const { steps } = await bench.run(declared());
    assert.deepEqual(steps, []);
  });

  /** What the model itself says in the environment that it was trained in. */
  async function ask(blob: string, rows: readonly object[], texts: readonly string[]): Promise<number[]> {
    const file = join(bench.folder, 'own.joblib');
    writeFileSync(file, await bench.workspace.blobs.get(blob));
    const environments = join(bench.folder, '.millrace/python/environments');
    const [name] = readdirSync(environments).filter((entry) => !entry.includes('.'));
    const interpreter = join(environments, name ?? '', 'bin/python');
    const asked = [file, JSON.stringify(rows), JSON.stringify(texts)];
    const done = spawnSync(interpreter, [join(scripts, 'ask-own.py'), ...asked], { encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
    return JSON.parse(done.stdout) as number[];
  }
});
