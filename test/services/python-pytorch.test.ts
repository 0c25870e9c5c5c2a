import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modelVersionOf, openServing, servedBy } from '../../src/assets/index.ts';
import { graphOf, type Project } from '../../src/graph/index.ts';
import { endpoint, metric, model, project, python } from '../../src/index.ts';
import { root } from '../house/tree.ts';
import { openBench } from '../truth/line.fixture.ts';
import { LATER, live, putPayments, shop } from '../truth/training-set.fixture.ts';

// A model of PyTorch, which is large: whoever has it names the Python that does.

const services = join(root, 'node_modules', '.cache', 'services', 'python', 'bin', 'python');
const interpreter = process.env['TORCH_PYTHON'] ?? (existsSync(services) ? services : 'python3');
const has = spawnSync(interpreter, ['-c', 'import torch, onnx, onnxscript, pandas, pyarrow']).status === 0;
const skip = !has && 'no Python with torch, onnx, onnxscript, pandas and pyarrow; TORCH_PYTHON names one';

test('PyTorch, end to end: trained, judged, served, with the answers it gives in Python', {
  skip,
}, async (t) => {
  const bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
  try {
    putPayments(bench, 'a', 1_500);
    cpSync(join(import.meta.dirname, 'python/pytorch.py'), join(bench.folder, 'training/fraud.py'));
    const trainer = python({
      ...{ script: 'training/fraud.py', env: { python: interpreter }, params: { epochs: 200 } },
      memory: '8GB',
    });
    const { assets } = shop();
    const gates = [metric.rocAuc.atLeast(0.6)];
    const fraud = model('fraud', { from: assets['rows'] as never, trainer, gates });
    const screen = endpoint('screen', { model: fraud });
    const declared = project('shop', { ...assets, fraud, screen }) as unknown as Project;
    const { steps, run } = await bench.run(declared);
    for (const { step, outcome, problems, checks } of steps)
      assert.equal(outcome, 'published', `${step.asset}: ${problems[0]?.message} ${JSON.stringify(checks)}`);
    const checks = steps.find(({ step }) => step.asset === 'fraud')?.checks ?? [];
    const asTrained = checks.find(({ name }) => name === 'file answers as trained');
    assert.ok(asTrained?.passed, JSON.stringify(checks));
    t.diagnostic(`the file is ${asTrained.observed} from PyTorch's own answers on the validation part`);
    const version = modelVersionOf(live(bench, 'fraud'));
    assert.ok(version.file.format === 'onnx');
    const [feed] = version.file.binding?.feeds ?? [];
    assert.deepEqual(feed?.columns, ['n', 'usual', 'amount', 'items', 'jump']);
    const said = bench.workspace.state.notes.lines({ run }).map(({ text }) => text);
    assert.ok(said.some((text) => text.startsWith('epoch 150: loss')));
    const serving = await openServing(graphOf(declared), bench.workspace, servedBy(live(bench, 'screen')));
    const ask = (amount: number) =>
      serving.answer({ card: 'c1', amount, country: 'DE', items: 1 }, bench.workspace.clock.now());
    const [low, high] = [await ask(10), await ask(190)];
    await serving.close();
    assert.ok(low.output < high.output, `${low.output} and ${high.output}`);
  } finally {
    await bench.close();
  }
});
