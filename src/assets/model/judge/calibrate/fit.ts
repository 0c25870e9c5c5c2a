import { deepFreeze, MillraceError } from '../../../../base/index.ts';
import { checkProbabilities } from '../input.ts';
import { type ClassByRow, checkMulticlass } from '../multiclass/answers.ts';
import { type Calibrator, type CalibratorKind, CLIP } from './calibrator.ts';
import { fitIsotonic } from './isotonic.ts';
import { fitSigmoid } from './sigmoid.ts';
import { fitTemperature } from './temperature.ts';

export interface CalibratorInput {
  /** Raw, of rows the model has not learnt from: of yes by row; of several classes row after row one for each. */
  readonly probability: Float64Array;
  /** 0 or 1 by row; of several classes the index of the row's. */
  readonly target: ClassByRow;
  readonly weights?: Float64Array;
  /** How many classes there are; default 2. */
  readonly classes?: number;
}

/** Fewer rows let isotonic steps follow chance (Niculescu-Mizil and Caruana 2005). */
const LEAST_ISOTONIC = 1_000;
const LEAST = 2;

/**
 * Fits a calibrator on held-out rows: never on those the model learnt from, of which it is too sure, nor on those it is judged by.
 * `sigmoid` (two numbers) for few rows, `isotonic` (any rising line) from 1,000 rows on, `temperature` (one number, keeps the order of
 * classes) for two classes or more, the only one for more.
 * @throws MILL_JUDGE_INPUT, MILL_JUDGE_CALIBRATOR when there are too few rows, one class only, or too many classes for the kind
 */
export function fitCalibrator(kind: CalibratorKind, input: CalibratorInput): Calibrator {
  const { probability, target, weights, classes = 2 } = input;
  if (classes === 2) checkProbabilities(Float64Array.from(target), probability, weights);
  else checkMulticlass(target, probability, classes, weights);
  if (classes !== 2 && kind !== 'temperature')
    refuseFit(`${kind} calibrates two classes; there are ${classes}.`, "Use 'temperature'.");
  const least = kind === 'isotonic' ? LEAST_ISOTONIC : LEAST;
  if (target.length < least)
    refuseFit(
      `There are ${target.length} rows to fit ${kind} on; wanted ${least} or more.`,
      kind === 'isotonic' ? "Use 'sigmoid', or hold out more rows." : 'Hold out more rows.',
    );
  const one = target[0];
  if (target.every((y) => y === one))
    refuseFit(`All ${target.length} rows are of one class.`, 'Hold out rows of more classes.');
  if (kind === 'temperature')
    return deepFreeze({
      kind,
      temperature: fitTemperature(probability, target, classes, weights),
      classes,
      clip: CLIP,
    });
  const yes = Float64Array.from(target);
  if (kind === 'isotonic') return deepFreeze({ kind, ...fitIsotonic(probability, yes, weights) });
  return deepFreeze({ kind, ...fitSigmoid(probability, yes, weights), clip: CLIP });
}

function refuseFit(message: string, todo: string): never {
  throw new MillraceError({ code: 'MILL_JUDGE_CALIBRATOR', message, todo, owner: 'data' });
}
