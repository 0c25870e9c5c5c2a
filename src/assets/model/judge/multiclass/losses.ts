import { logLossOfRow } from '../binary/log-loss.ts';
import { wholeWeight } from '../input.ts';
import { type ClassByRow, checkMulticlass } from './answers.ts';

/**
 * Mean log loss in nats: −ln of the probability given to the class that came, clipped as scikit-learn does. Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function multiclassLogLoss(
  target: ClassByRow,
  probabilities: Float64Array,
  classes: number,
  weights?: Float64Array,
): number | null {
  checkMulticlass(target, probabilities, classes, weights);
  return meanOver(target, weights, (row) =>
    logLossOfRow(1, probabilities[row * classes + (target[row] as number)] as number),
  );
}

/**
 * Brier score over all classes: the mean of Σ (probability − 1 or 0)², within [0, 2]: of two classes twice what `brier` gives. Null without
 * rows.
 * @throws MILL_JUDGE_INPUT
 */
export function multiclassBrier(
  target: ClassByRow,
  probabilities: Float64Array,
  classes: number,
  weights?: Float64Array,
): number | null {
  checkMulticlass(target, probabilities, classes, weights);
  return meanOver(target, weights, (row) => brierOfRow(target[row] as number, probabilities, classes, row));
}

export function brierOfRow(own: number, probabilities: Float64Array, classes: number, row: number): number {
  let sum = 0;
  for (let c = 0; c < classes; c++) {
    const off = (probabilities[row * classes + c] as number) - (c === own ? 1 : 0);
    sum += off * off;
  }
  return sum;
}

function meanOver(
  target: ClassByRow,
  weights: Float64Array | undefined,
  loss: (row: number) => number,
): number | null {
  if (target.length === 0) return null;
  let sum = 0;
  for (let row = 0; row < target.length; row++)
    sum += loss(row) * (weights === undefined ? 1 : (weights[row] as number));
  return sum / wholeWeight(target.length, weights);
}
