import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newFolder } from '../../../../test/truth/line.fixture.ts';
import { skip } from '../../../../test/truth/python.fixture.ts';
import { openBlobs } from '../../../store/blob/index.ts';
import { type Asked, openPython, type Times } from './open-python.ts';

describe('a model that a Python process answers', { skip }, () => {
  let folder: string;
  let blobs: ReturnType<typeof openBlobs>;
  before(() => {
    folder = newFolder();
    blobs = openBlobs(join(folder, 'blobs'), {});
  });
  after(async () => {
    await blobs.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const asked: Asked = {
    inputs: [
      { name: 'amount', type: 'number' },
      { name: 'country', type: 'category' },
    ],
    task: 'regression',
  };
  const opened = async (predict: string, more: Partial<Asked> = {}, times?: Times) => {
    const text = `import json, math, os, sys, time\nstate = {"calls": 0}\ndef load(folder):\n    return state\n${predict}`;
    const files = { 'predict.py': await blobs.put(new TextEncoder().encode(text)) };
    return openPython(
      { blobs, folder },
      { format: 'python', files, memory: 2 ** 30 },
      { ...asked, ...more },
      times,
    );
  };
  const asks = async (predict: string, rows: object[], more: Partial<Asked> = {}, times?: Times) => {
    const scorer = await opened(predict, more, times);
    return scorer.score(rows as never).finally(() => scorer.close());
  };

  test('numbers are 32 bits, what is missing is NaN or an empty text', async () => {
    const rows = [
      { amount: 0.1, country: 'DE' },
      { amount: null },
      { amount: Number.POSITIVE_INFINITY, country: null },
    ];
    const predict = `def predict(state, batch):\n    assert batch["country"] == ["DE", "", ""], batch\n    return [-1 if math.isnan(v) else v for v in batch["amount"]]`;
    assert.deepEqual([...(await asks(predict, rows))], [Math.fround(0.1), -1, -1]);
  });

  test('of two probabilities the second is meant, of several all', async () => {
    const both = 'def predict(state, batch):\n    return [[0.25, 0.75] for _ in batch["amount"]]';
    assert.deepEqual([...(await asks(both, [{}, {}], { task: 'binary' }))], [0.75, 0.75]);
    const three = 'def predict(state, batch):\n    return ((0.25, 0.25, 0.5),)';
    assert.deepEqual([...(await asks(three, [{}], { task: 'multiclass', classes: 3 }))], [0.25, 0.25, 0.5]);
  });

  test('many rows are asked in parts, from columns too', async () => {
    const scorer = await opened(
      'def predict(state, batch):\n    return [len(batch["amount"]) + v for v in batch["amount"]]',
    );
    const amounts = Float64Array.from({ length: 5_000 }, (_, i) => i);
    const wanted = amounts.map((value, i) => value + (i < 4_096 ? 4_096 : 904));
    const rows = Array.from(amounts, (amount) => ({ amount, country: '' }));
    assert.deepEqual(await scorer.score(rows), wanted);
    const at = amounts.map((value) => value * 1e6);
    const columns = [
      { name: 'amount', type: 'timestamp', values: at },
      { name: 'country', type: 'string', values: rows.map(() => null) },
    ] as const;
    assert.deepEqual(await scorer.scoreColumns(columns as never), wanted);
    await scorer.close();
  });

  test('an error is told with its line, and the next question is answered', async () => {
    const scorer = await opened(
      'def predict(state, batch):\n    return [1 / value for value in batch["amount"]]',
    );
    await assert.rejects(scorer.score([{ amount: 0 }]), {
      code: 'MILL_PYTHON_MODEL',
      message: /predict\.py failed: ZeroDivisionError: .*predict\.py:6.*return \[1 \/ value/,
    });
    assert.deepEqual([...(await scorer.score([{ amount: 2 }]))], [0.5]);
    await scorer.close();
  });

  test('answers of another number are refused', async () => {
    await assert.rejects(asks('def predict(state, batch):\n    return [1, 2, 3]', [{}, {}]), {
      code: 'MILL_PYTHON_MODEL',
      message: /answers 3 numbers for 2 rows; wanted 1 a row/,
    });
  });

  test('what cannot be loaded says why', async () => {
    const rows = [{}];
    await assert.rejects(asks('raise RuntimeError("no weights")', rows), {
      code: 'MILL_PYTHON_MODEL',
      message: /cannot be loaded: RuntimeError: no weights/,
    });
    await assert.rejects(asks('', rows), { code: 'MILL_PYTHON_MODEL', message: /has no function 'predict'/ });
  });

  const fragile =
    'def predict(state, batch):\n    if batch["amount"][0] < 0:\n        print("bye", flush=True)\n        os._exit(9)\n    if batch["amount"][0] == 9:\n        time.sleep(60)\n    state["calls"] += 1\n    return [state["calls"]]';

  test('a process that ends is started again, a little later each time', async () => {
    const scorer = await opened(fragile);
    try {
      assert.deepEqual([...(await scorer.score([{ amount: 1 }]))], [1]);
      assert.deepEqual([...(await scorer.score([{ amount: 1 }]))], [2]);
      await assert.rejects(scorer.score([{ amount: -1 }]), {
        code: 'MILL_PYTHON_MODEL_DOWN',
        message: /Its process ended \(exit code 9\)\. Its last words: bye/,
      });
      await assert.rejects(scorer.score([{ amount: 1 }]), {
        message: /It ended 1 times; it is started again in/,
      });
      await sleep(600);
      assert.deepEqual([...(await scorer.score([{ amount: 1 }]))], [1]);
    } finally {
      await scorer.close();
    }
  });

  test('one that does not answer in time is ended', async () => {
    const times = { load: 20_000, call: 300 };
    await assert.rejects(asks(fragile, [{ amount: 9 }], {}, times), {
      code: 'MILL_PYTHON_MODEL_DOWN',
      message: /did not answer within 0\.3 s/,
    });
  });
});
