import { availableParallelism } from 'node:os';
import { calibratedFile, calibratorFor } from './calibrated/index.ts';
import { applyCalibrator, type Calibrator } from './judge/index.ts';
import { fitInput, type Labelled } from './labelled.ts';
import { inputType } from './matrix.ts';
import { openOnnx } from './onnx.ts';
import type { BroughtAgain } from './outside/bring.ts';
import type { ModelBody } from './spec.ts';
import type { FitContext, FitInput, Fitted } from './train/index.ts';

/** A trained model, with what it answers to all labelled rows. */
export interface Answering<F extends Fitted | BroughtAgain> {
  readonly fitted: F;
  readonly calibrator: Calibrator | undefined;
  /** What is judged: calibrated, where it is. */
  readonly predicted: Float64Array;
  /** Before it is calibrated: as it was trained, and as its file tells it where that is what was calibrated. */
  readonly raw: { readonly trained: Float64Array; readonly filed?: Float64Array };
}

/** Trains, and calibrates by the rows that it was stopped by. */
export async function fitModel<F extends Fitted | BroughtAgain>(
  trainer: { fit(input: FitInput, context?: FitContext): Promise<F> },
  body: Pick<ModelBody, 'task' | 'seed' | 'calibrate'>,
  labelled: Labelled,
  context: FitContext,
  how: Pick<FitInput, 'signal' | 'onProgress'>,
): Promise<Answering<F>> {
  const rows = fitInput(body, labelled);
  const fitted = await trainer.fit({ ...rows, ...how }, context);
  const trained = await fitted.predict(rows.columns);
  if (body.calibrate === undefined)
    return { fitted, calibrator: undefined, predicted: trained, raw: { trained } };
  // A file's numbers are floats, a hair from the trainer's; a calibrator of steep steps would make a step of that hair.
  const filed = 'toOnnx' in fitted ? await answersOf(fitted.toOnnx(), body, labelled) : trained;
  const calibrator = calibratorFor(body.calibrate, labelled, filed);
  return { fitted, calibrator, predicted: applyCalibrator(calibrator, filed), raw: { trained, filed } };
}

/** What a file of our own answers to all labelled rows. */
async function answersOf(
  file: Uint8Array,
  { task }: Pick<ModelBody, 'task'>,
  { inputs, classes }: Labelled,
): Promise<Float64Array> {
  const scorer = await openOnnx(file, {
    inputs: inputs.map(({ name, type }) => ({ name, type: inputType(type) })),
    ...{ task, threads: availableParallelism() },
    ...(classes === undefined ? {} : { classes: classes.length }),
  });
  try {
    return await scorer.scoreColumns(inputs);
  } finally {
    await scorer.close();
  }
}

/** The bytes of a file of our own, calibrated within. */
export function ownFile(fitted: Fitted, calibrator: Calibrator | undefined): Uint8Array {
  const bytes = fitted.toOnnx();
  return calibrator === undefined ? bytes : calibratedFile(bytes, calibrator);
}
