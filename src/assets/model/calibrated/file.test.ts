import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyCalibrator, type Calibrator, fitCalibrator } from '../judge/index.ts';
import { openOnnx } from '../onnx.ts';
import { createLogistic, type FitInput, randomStream } from '../train/index.ts';
import { calibratedFile } from './file.ts';

const random = randomStream(11);
const values = Float64Array.from({ length: 3000 }, () => random() * 4 - 2);
const input: FitInput = {
  columns: [{ name: 'a', type: 'number', values }],
  target: values.map((value) => (random() < 1 / (1 + Math.exp(-3 * value)) ? 1 : 0)),
  task: 'binary',
  train: { from: 0, to: 1500 },
  validation: { from: 1500, to: 3000 },
  seed: 1,
};
const fitted = await createLogistic().fit(input);
const raw = fitted.toOnnx();
const rows = Array.from(values, (a) => ({ a }));

async function scoresOf(file: Uint8Array): Promise<Float64Array> {
  const scorer = await openOnnx(file, { inputs: [{ name: 'a', type: 'number' }], task: 'binary' });
  try {
    return await scorer.score(rows);
  } finally {
    await scorer.close();
  }
}

const held = {
  probability: fitted.predict(input.columns).subarray(1500),
  target: input.target.subarray(1500),
};
const made: Record<string, Calibrator> = {
  sigmoid: fitCalibrator('sigmoid', held),
  isotonic: fitCalibrator('isotonic', held),
  temperature: fitCalibrator('temperature', held),
  'isotonic of one step': { kind: 'isotonic', x: [0.2, 0.7], y: [0.1, 0.9] },
  'isotonic of one value': { kind: 'isotonic', x: [0.5], y: [0.25] },
};

for (const [name, calibrator] of Object.entries(made))
  test(`${name}: the file gives what the calibrator makes of its raw probabilities`, async () => {
    const wanted = applyCalibrator(calibrator, await scoresOf(raw));
    const found = await scoresOf(calibratedFile(raw, calibrator));
    let worst = 0;
    found.forEach((p, row) => {
      worst = Math.max(worst, Math.abs(p - (wanted[row] as number)));
    });
    // A float32 carries 1e-7; the raw probability on the other side is already one.
    assert.ok(worst < 1e-6, `${worst}`);
  });
