import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endlessFile, madeFile } from '../onnx-file/onnx-file.fixture.ts';
import { draftOf } from '../train/onnx/draft.ts';
import { type Trial, tryAside } from './trial.ts';

const trialOf = (bytes: Uint8Array): Trial => ({
  bytes,
  asking: { task: 'regression', inputs: [{ name: 'x', type: 'number' }] },
  rows: [{ x: 1 }, { x: Number.NaN }],
});
const never = new AbortController().signal;
const about = { model: 'taste' };

test('a file that answers is let through, and so is one that cannot: it is told where it is asked in earnest', async () => {
  const draft = draftOf([{ name: 'x', type: 'number' }], 'regression');
  await tryAside(trialOf(draft.ofScore(draft.cast('x', 'double'))), never, about);
  await tryAside(trialOf(madeFile({ inputs: [{ name: 'x' }], outputs: [{ name: 'value' }] })), never, about);
  await tryAside(trialOf(Uint8Array.of(1, 2, 3)), never, about);
});

test('one that never answers is ended, and this process goes on meanwhile', async () => {
  let ticks = 0;
  const timer = setInterval(() => ticks++, 20);
  try {
    await assert.rejects(tryAside(trialOf(endlessFile()), never, { ...about, patience: 4 }), {
      code: 'MILL_ONNX_TRIAL',
      message: /^taste: The model has not answered 2 rows within 4 s, and was ended\./,
    });
    assert.ok(ticks > 20, `${ticks}`);
  } finally {
    clearInterval(timer);
  }
});

test('it can be called off', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  setTimeout(() => stop.abort(reason), 300);
  await assert.rejects(tryAside(trialOf(endlessFile()), stop.signal, about), reason);
  await assert.rejects(tryAside(trialOf(endlessFile()), stop.signal, about), reason);
});
