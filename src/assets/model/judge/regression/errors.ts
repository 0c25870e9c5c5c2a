import { checkValues, refuse, wholeWeight } from '../input.ts';
import { orderOf } from '../order.ts';
import { medianOf } from './median.ts';

/** What one row loses. */
type Loss = (y: number, p: number) => number;

function meanLoss(
  target: Float64Array,
  predicted: Float64Array,
  weights: Float64Array | undefined,
  loss: Loss,
): number | null {
  checkValues(target, predicted, weights);
  return meanLossOfChecked(target, predicted, weights, loss);
}

/** The mean over rows of what each one loses, by its weight, of input that was looked at already; null without rows. */
export function meanLossOfChecked(
  target: Float64Array,
  predicted: Float64Array,
  weights: Float64Array | undefined,
  loss: Loss,
): number | null {
  if (target.length === 0) return null;
  let sum = 0;
  for (let i = 0; i < target.length; i++) {
    const weight = weights === undefined ? 1 : (weights[i] as number);
    sum += weight * loss(target[i] as number, predicted[i] as number);
  }
  return sum / wholeWeight(target.length, weights);
}

/**
 * Root of the mean squared error, in the unit of the target, each row by its weight. Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function rmse(target: Float64Array, predicted: Float64Array, weights?: Float64Array): number | null {
  const mean = meanLoss(target, predicted, weights, (y, p) => (p - y) * (p - y));
  return mean === null ? null : Math.sqrt(mean);
}

/**
 * Mean absolute error, in the unit of the target, each row by its weight. Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function mae(target: Float64Array, predicted: Float64Array, weights?: Float64Array): number | null {
  return meanLoss(target, predicted, weights, (y, p) => Math.abs(p - y));
}

/** Machine epsilon of a double: what scikit-learn divides by where a target is 0. */
const EPSILON = 2 ** -52;

/**
 * Mean absolute error as a share of the target: 0.1 is 10 %. A target of 0 makes it very large, not undefined, as scikit-learn does.
 * Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function mape(target: Float64Array, predicted: Float64Array, weights?: Float64Array): number | null {
  return meanLoss(target, predicted, weights, (y, p) => mapeOfRow(y, p));
}

export const mapeOfRow = (y: number, p: number): number => Math.abs(p - y) / Math.max(Math.abs(y), EPSILON);

/**
 * What predictions of a quantile lose: `quantile` for each unit below the target, 1 − `quantile` above; half the absolute error at 0.5.
 * Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function pinballLoss(
  target: Float64Array,
  predicted: Float64Array,
  quantile: number,
  weights?: Float64Array,
): number | null {
  checkQuantile(quantile);
  return meanLoss(target, predicted, weights, (y, p) => pinballOfRow(y, p, quantile));
}

/** @throws MILL_JUDGE_INPUT */
export function checkQuantile(quantile: number): void {
  if (!(quantile >= 0 && quantile <= 1))
    refuse(`The quantile is ${quantile}; wanted a number within [0, 1].`);
}

export const pinballOfRow = (y: number, p: number, quantile: number): number =>
  y >= p ? quantile * (y - p) : (1 - quantile) * (p - y);

/**
 * Mean Poisson deviance 2 (y ln(y / p) − y + p), for counts and rates. Null without rows.
 * @throws MILL_JUDGE_INPUT also when a target is below 0 or a prediction not above it
 */
export function poissonDeviance(
  target: Float64Array,
  predicted: Float64Array,
  weights?: Float64Array,
): number | null {
  checkRates(target, predicted);
  return meanLoss(target, predicted, weights, poissonOfRow);
}

/** @throws MILL_JUDGE_INPUT when a target is below 0 or a prediction not above it */
export function checkRates(target: Float64Array, predicted: Float64Array): void {
  const low = target.findIndex((y) => y < 0);
  if (low >= 0)
    refuse(
      `Target ${low} is ${target[low]}; the Poisson deviance wants 0 or above.`,
      'Drop or mend such rows, or learn by another objective.',
    );
  const none = predicted.findIndex((p) => p <= 0);
  if (none >= 0)
    refuse(`Prediction ${none} is ${predicted[none]}; the Poisson deviance wants numbers above 0.`);
}

export const poissonOfRow = (y: number, p: number): number =>
  2 * ((y === 0 ? 0 : y * Math.log(y / p)) - y + p);

/**
 * Half of the predictions, each by its weight, are off by no more; the middle of two where they part evenly. Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function medianAbsoluteError(
  target: Float64Array,
  predicted: Float64Array,
  weights?: Float64Array,
): number | null {
  checkValues(target, predicted, weights);
  return medianOfChecked(target, predicted, weights);
}

/** `medianAbsoluteError` of input that was looked at already. */
export function medianOfChecked(
  target: Float64Array,
  predicted: Float64Array,
  weights?: Float64Array,
): number | null {
  if (target.length === 0) return null;
  const off = target.map((y, i) => Math.abs((predicted[i] as number) - y));
  if (weights === undefined) return medianOf(off);
  const order = orderOf(off).filter((row) => (weights[row] as number) > 0);
  const half = order.reduce((sum, row) => sum + (weights[row] as number), 0) / 2;
  let below = 0;
  for (let i = 0; i < order.length; i++) {
    below += weights[order[i] as number] as number;
    const here = off[order[i] as number] as number;
    if (below > half || i === order.length - 1) return here;
    if (below === half) return (here + (off[order[i + 1] as number] as number)) / 2;
  }
  return null;
}
