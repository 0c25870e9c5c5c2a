import { type Calibrator, type CalibratorKind, fitCalibrator } from '../judge/index.ts';
import { type Labelled, partOf, rowsOfPart } from '../labelled.ts';

/**
 * The calibrator of a model, by the rows that it was stopped by and has not learnt from.
 * @throws MILL_JUDGE_CALIBRATOR when these are too few, or of one class
 */
export function calibratorFor(kind: CalibratorKind, labelled: Labelled, raw: Float64Array): Calibrator {
  const { target, weights, parts, classes } = labelled;
  const { validation } = parts;
  return fitCalibrator(kind, {
    probability: rowsOfPart(raw, labelled, validation),
    target: partOf(target, validation),
    ...(weights === undefined ? {} : { weights: partOf(weights, validation) }),
    ...(classes === undefined ? {} : { classes: classes.length }),
  });
}
