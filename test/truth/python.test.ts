import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { blobsOf, kinds, modelVersionOf, openModel } from '../../src/assets/index.ts';
import { blobFindings } from '../../src/cli/doctor/blobs.ts';
import type { Subject } from '../../src/cli/doctor/subject.ts';
import { check, graphOf, plan, type RunEvent } from '../../src/graph/index.ts';
import { logistic, python } from '../../src/index.ts';
import { type Bench, openBench, put } from './line.fixture.ts';
import { scored, skip, words } from './python.fixture.ts';
import { LATER, live, putPayments, shop } from './training-set.fixture.ts';

// A model that a Python script trains, from its script to what is live. Nothing but Python itself is needed.

type Options = Partial<Parameters<typeof python>[0]>;

describe('a model that a script trains', { skip }, () => {
  let bench: Bench;
  const said: string[] = [];
  const trained = (options: Options = {}) =>
    shop({ trainer: python({ script: 'training/train.py', ...options }) });
  const run = async (options: Options = {}) => {
    said.length = 0;
    const onEvent = (event: RunEvent) => {
      if (event.event === 'step-line') said.push(event.line);
    };
    const { steps, run: id } = await bench.run(trained(options), { onEvent });
    const step = steps.find((one) => one.step.asset === 'fraud');
    return {
      id,
      outcome: step?.outcome,
      note: step?.note,
      code: step?.problems[0]?.code,
      message: step?.problems[0]?.message ?? '',
    };
  };
  const faults = async (options: Options = {}) => {
    const { engine, state } = bench.workspace;
    const { problems } = await check(trained(options), kinds, engine, state, bench.folder);
    return problems.map(({ code, message, todo }) => `${code} ${message} ${todo}`).join('\n');
  };
  const look = async (options: Options = {}) => {
    const { steps } = await plan(graphOf(trained(options)), kinds, bench.workspace);
    return steps.map(({ asset, action, reasons }) => `${asset} ${action}: ${reasons.join('; ')}`);
  };
  const script = (text: string): void => put(bench.folder, 'training/train.py', text);
  /** Nothing is left of a training that has ended. */
  const desks = () =>
    readdirSync(join(bench.folder, '.millrace/temp')).filter((name) => name.startsWith('training-'));

  before(async () => {
    bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
    putPayments(bench, 'a', 600);
    // All that is not the model in question.
    await bench.run(shop({ trainer: logistic() }), { only: ['again'] });
  });
  after(() => bench.close());

  test('a script that is missing is found by check, with what is near', async () => {
    put(bench.folder, 'training/trian.py', scored);
    assert.match(
      await faults(),
      /MILL_PYTHON_FILES There is no file 'training\/train\.py' in .* Is 'training\/trian\.py' meant/,
    );
    assert.match(await faults({ files: ['words.txt'] }), /'words\.txt'/);
    assert.match(
      await faults({ env: { requirements: 'training/requirements.txt' } }),
      /'training\/requirements\.txt'/,
    );
    assert.match(await faults({ memory: '1MB' }), /MILL_TRAIN_OPTION_INVALID 'memory' is '1MB'/);
    assert.equal((await run()).code, 'MILL_PYTHON_FILES');
  });

  test('it is trained, judged and live; its log, figures and files are kept', async () => {
    script(scored);
    put(bench.folder, 'training/words.py', words);
    assert.equal(await faults(), '');
    const { id, outcome, note, message } = await run();
    assert.equal(outcome, 'published', message);
    assert.match(note ?? '', /^ROC-AUC 0\.\d+, PR-AUC 0\.\d+ on held-out time$/);
    assert.match(
      said.join('\n'),
      /^learning from \d+ rows of n, usual, before, amount, country, items, jump$/m,
    );
    const version = modelVersionOf(live(bench, 'fraud'));
    assert.deepEqual(version.brought?.metrics, { scale: 0.005, seed: 1 });
    assert.deepEqual(Object.keys(version.outside ?? {}), ['training/train.py', 'training/words.py']);
    const kept = [...blobsOf(version).values()];
    assert.deepEqual(kept, [
      'training/train.py, which it was made from',
      'training/words.py, which it was made from',
      'predict.py of the model',
      'weights.json of the model',
      'the report',
      'its file chart.svg',
    ]);
    for (const blob of blobsOf(version).keys()) assert.ok(await bench.workspace.blobs.has(blob));
    const lines = bench.workspace.state.notes.lines({ run: id }).map(({ text }) => text);
    assert.ok(lines.some((text) => text.startsWith('learning from')));
    assert.deepEqual(desks(), []);
  });

  test('it answers as its script says, where inputs are missing too, and many at once', async () => {
    const scorer = await openModel(bench.workspace, modelVersionOf(live(bench, 'fraud')));
    try {
      const rows = [{ amount: 100 }, { amount: null }, { amount: 1_000, country: 'DE' }];
      const answers = [0.5, 0.05, 1];
      const near = (found: Float64Array) =>
        assert.ok(found.every((value, i) => Math.abs(value - (answers[i] ?? 9)) < 1e-6));
      near(await scorer.score(rows));
      const all = await Promise.all(Array.from({ length: 50 }, () => scorer.score(rows)));
      all.forEach(near);
    } finally {
      await scorer.close();
    }
    await assert.rejects(scorer.score([{ amount: 1 }]), { code: 'MILL_PYTHON_MODEL_DOWN' });
  });

  test('doctor knows its files: none of them is left over, and one that is gone is told by its name', async () => {
    const subject = {
      workspace: bench.workspace,
      home: join(bench.folder, '.millrace'),
      versions: bench.workspace.state.versions('fraud'),
      settled: Number.MAX_SAFE_INTEGER,
    } as unknown as Subject;
    // Those of the other model are not asked about.
    const ours = [...blobsOf(modelVersionOf(live(bench, 'fraud'))).keys()];
    const broken = async () => (await blobFindings(subject)).filter(({ level }) => level === 'broken');
    const left = (await blobFindings(subject)).find(({ level }) => level === 'left');
    left?.fix?.();
    for (const blob of ours) assert.ok(await bench.workspace.blobs.has(blob));
    assert.deepEqual(await broken(), []);
    const chart = modelVersionOf(live(bench, 'fraud')).brought?.files['chart.svg'] ?? '';
    rmSync(join(bench.folder, '.millrace/blobs', chart));
    assert.match((await broken()).map(({ what }) => what).join(), /its file chart\.svg is missing/);
  });

  test('untouched it is not trained again; an edit of it, of what it imports or of its parameters is a reason', async () => {
    assert.deepEqual(await look(), []);
    put(bench.folder, 'training/other.py', 'nobody imports it');
    assert.deepEqual(await look(), []);
    put(bench.folder, 'training/words.py', 'SCALE = 0.004\n');
    assert.deepEqual(await look(), ['fraud rebuild: training/words.py has changed']);
    put(bench.folder, 'training/words.py', words);
    script(`${scored}\n# edited\n`);
    assert.deepEqual(await look(), ['fraud rebuild: training/train.py has changed']);
    script(scored);
    assert.deepEqual(await look(), []);
    assert.deepEqual(await look({ params: { times: 2 } }), ['fraud rebuild: its declaration has changed']);
    put(bench.folder, 'training/list.txt', 'a');
    assert.match((await look({ files: ['training/list.txt'] })).join(), /training\/list\.txt is new/);
  });

  test('parameters reach it', async () => {
    assert.equal((await run({ params: { times: 0.5 } })).outcome, 'published');
    const scorer = await openModel(bench.workspace, modelVersionOf(live(bench, 'fraud')));
    const [answer] = await scorer.score([{ amount: 100 }]).finally(() => scorer.close());
    assert.ok(Math.abs((answer ?? 0) - 0.25) < 1e-6);
  });

  // What goes wrong: a clear error each, and what was live stays live.

  const goesWrong = (name: string, text: string, code: string, message: RegExp, options: Options = {}) =>
    test(name, async () => {
      const before = live(bench, 'fraud').id;
      script(text);
      const found = await run(options);
      assert.equal(found.code, code, found.message);
      assert.match(found.message, message);
      assert.equal(live(bench, 'fraud').id, before);
      assert.deepEqual(desks(), []);
    });

  goesWrong(
    'exit 3 with a traceback',
    'import sys, traceback\ndef fit():\n    raise ValueError("no such column: \'amont\'")\ntry:\n    fit()\nexcept ValueError:\n    traceback.print_exc()\n    sys.exit(3)\n',
    'MILL_PYTHON_FAILED',
    /^training\/train\.py ended with exit code 3\. Its last words: ValueError: no such column: 'amont'$/,
  );
  goesWrong(
    'an error that is not caught: what, and the lines of the script on the way to it',
    'import json\n\ndef fit(text):\n    return json.loads(text)\n\nfit("{")\n',
    'MILL_PYTHON_FAILED',
    /^training\/train\.py failed: json\.decoder\.JSONDecodeError: Expecting .* \(training\/train\.py:4 in fit: return json\.loads\(text\) ← training\/train\.py:6: fit\("\{"\)\)\.$/,
  );
  goesWrong(
    'a script that Python cannot read',
    'def fit(:\n',
    'MILL_PYTHON_FAILED',
    /SyntaxError: .*training\/train\.py:1/,
  );
  goesWrong(
    'exit 0 without a model',
    'print("done")\n',
    'MILL_PYTHON_OUTPUT',
    /^training\/train\.py ended without a model: nothing is in its output folder\./,
  );
  goesWrong(
    'an ONNX file that is none',
    'import millrace_training as m\nm.save_onnx(b"hello")\n',
    'MILL_ONNX_FILE',
    /model\.onnx of training\/train\.py is not an ONNX file \(5 bytes\)/,
  );
  goesWrong(
    'more memory than it may fill',
    'rows = []\nwhile True:\n    rows.append(bytearray(8 << 20))\n',
    'MILL_PYTHON_MEMORY',
    /^training\/train\.py ran out of memory: MemoryError \(training\/train\.py:3: rows\.append/,
    { memory: '128MB' },
  );
  goesWrong(
    'killed by the system',
    'import os, signal\nprint("at work", flush=True)\nos.kill(os.getpid(), signal.SIGKILL)\n',
    'MILL_PYTHON_MEMORY',
    /^training\/train\.py was killed \(SIGKILL\), by the system when memory is short\. Its last words: at work$/,
  );
  goesWrong(
    'a script that hangs, with a child that would outlive it',
    'import subprocess, time\nchild = subprocess.Popen(["sleep", "600"])\nprint("child", child.pid, flush=True)\ntime.sleep(600)\n',
    'MILL_PYTHON_TIME',
    /^training\/train\.py took longer than 1s and was ended\. Its last words: child \d+$/,
    { time: '1s' },
  );

  test('the child is gone as well', () => {
    const pid = Number(/child (\d+)/.exec(said.join('\n'))?.[1]);
    assert.ok(pid > 0);
    assert.ok(
      !existsSync(`/proc/${pid}/cmdline`) ||
        !readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('sleep'),
    );
  });

  test('a flood of lines is cut and costs no memory', async () => {
    script(`for i in range(20_000):\n    print("line", i, "x" * 80)\n${scored}`);
    const before = process.memoryUsage().rss;
    const { outcome, message } = await run();
    assert.equal(outcome, 'published', message);
    assert.ok(process.memoryUsage().rss - before < 100 * 2 ** 20);
    assert.ok(said.length < 500, String(said.length));
    assert.ok(said.some((line) => /^… 19,\d+ lines are left out/.test(line)));
    assert.match(said.at(-1) ?? '', /^learning from/);
  });

  test('secrets of the environment are not passed on', async () => {
    process.env['SHOP_PASSWORD'] = 'hunter2';
    try {
      script(
        `import os\nprint("sees", sorted(os.environ))\nprint("secret", os.environ.get("SHOP_PASSWORD"))\n`,
      );
      await run();
      assert.ok(said.includes('secret None'), said.join('\n'));
    } finally {
      delete process.env['SHOP_PASSWORD'];
    }
  });

  test('given up, it is ended and nothing is published', async () => {
    const before = live(bench, 'fraud').id;
    script('import os, time\nprint("pid", os.getpid(), flush=True)\ntime.sleep(600)\n');
    const declared = trained();
    const timed = {
      ...declared,
      running: { assets: { fraud: { timeout: '2s', attempts: 1 } } },
    } as typeof declared;
    said.length = 0;
    const { steps } = await bench.run(timed, {
      onEvent: (event) => {
        if (event.event === 'step-line') said.push(event.line);
      },
    });
    assert.equal(steps.find(({ step }) => step.asset === 'fraud')?.problems[0]?.code, 'MILL_STEP_TIMEOUT');
    assert.equal(live(bench, 'fraud').id, before);
    const pid = Number(/pid (\d+)/.exec(said.join('\n'))?.[1]);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });
});
