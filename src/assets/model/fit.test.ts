import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitModel, ownFile } from './fit.ts';
import { inputType } from './matrix.ts';
import { openOnnx } from './onnx.ts';
import { bodyOf, labelledRows } from './report/report.fixture.ts';
import type { Fitted } from './train/index.ts';
import { trainerOf } from './trainers.ts';

// A calibrator may be as steep as steps are; what is judged is still what the file answers.
for (const calibrate of ['sigmoid', 'isotonic', 'temperature'] as const)
  for (const trainer of [
    { trainer: 'gbdt', options: { trees: 150, rate: 0.5, earlyStopping: 0, l2: 0, minLeafRows: 5 } },
    { trainer: 'logistic', options: {} },
  ] as const)
    test(`${trainer.trainer}, calibrated by ${calibrate}: judged by what the file answers`, async () => {
      const labelled = labelledRows('binary', 8000);
      const body = bodyOf('binary', { trainer, calibrate });
      const room = { at: labelled.at, entities: labelled.entities };
      const { fitted, calibrator, predicted, raw } = await fitModel<Fitted>(
        trainerOf(trainer),
        body,
        labelled,
        room,
        {},
      );
      const scorer = await openOnnx(ownFile(fitted, calibrator), {
        inputs: labelled.inputs.map(({ name, type }) => ({ name, type: inputType(type) })),
        task: 'binary',
      });
      const found = await scorer.scoreColumns(labelled.inputs);
      await scorer.close();
      assert.ok(furthest(found, predicted) < 1e-6, `${furthest(found, predicted)}`);
      assert.ok(furthest(raw.filed as Float64Array, raw.trained) < 1e-5);
    });

function furthest(a: Float64Array, b: Float64Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}
