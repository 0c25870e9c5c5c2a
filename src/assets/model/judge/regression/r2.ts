import { checkValues } from '../input.ts';

/**
 * R²: the share of the target's variance that is explained; below 0 when worse than the mean. A constant target gives
 * 1 when met exactly, else 0 (scikit-learn's finite policy). Null below two rows.
 * @throws MILL_JUDGE_INPUT
 */
export function r2(target: Float64Array, predicted: Float64Array, weights?: Float64Array): number | null {
  checkValues(target, predicted, weights);
  return explained(target, predicted, weights, 0);
}

/**
 * The share of the target's variance that is explained when the mean error is taken off first: R² of a model without bias. A constant
 * target gives 1 when the errors are all alike, else 0. Null below two rows.
 * @throws MILL_JUDGE_INPUT
 */
export function explainedVariance(
  target: Float64Array,
  predicted: Float64Array,
  weights?: Float64Array,
): number | null {
  checkValues(target, predicted, weights);
  return explained(target, predicted, weights, biasOf(target, predicted, weights));
}

/** The mean of target − prediction; 0 without rows. */
export function biasOf(target: Float64Array, predicted: Float64Array, weights?: Float64Array): number {
  const errors = target.map((y, i) => y - (predicted[i] as number));
  return meanOf(errors, weights) ?? 0;
}

/** R² of input that was looked at already, when a mean error is taken off first. Null below two rows. */
export function explained(
  target: Float64Array,
  predicted: Float64Array,
  weights: Float64Array | undefined,
  bias: number,
): number | null {
  if (target.length < 2) return null;
  const mean = meanOf(target, weights) as number;
  let spread = 0;
  let error = 0;
  for (let i = 0; i < target.length; i++) {
    const weight = weights === undefined ? 1 : (weights[i] as number);
    const y = target[i] as number;
    spread += weight * (y - mean) * (y - mean);
    const off = y - (predicted[i] as number) - bias;
    error += weight * off * off;
  }
  if (spread === 0) return error === 0 ? 1 : 0;
  return 1 - error / spread;
}

/** The mean of values, each by its weight; null of none. Summed as distances from the first value, so that a constant column gives exactly that constant. */
export function meanOf(values: Float64Array, weights?: Float64Array): number | null {
  if (values.length === 0) return null;
  const first = values[0] as number;
  let sum = 0;
  let whole = 0;
  for (let i = 0; i < values.length; i++) {
    const weight = weights === undefined ? 1 : (weights[i] as number);
    sum += weight * ((values[i] as number) - first);
    whole += weight;
  }
  return first + sum / whole;
}
