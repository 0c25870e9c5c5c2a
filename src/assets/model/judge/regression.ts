import { checkValues } from './input.ts';

/**
 * Root of the mean squared error, in the unit of the target. Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function rmse(target: Float64Array, predicted: Float64Array): number | null {
  checkValues(target, predicted);
  return target.length === 0 ? null : Math.sqrt(squaredError(target, predicted) / target.length);
}

/**
 * Mean absolute error, in the unit of the target. Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function mae(target: Float64Array, predicted: Float64Array): number | null {
  checkValues(target, predicted);
  if (target.length === 0) return null;
  let sum = 0;
  for (let i = 0; i < target.length; i++) sum += Math.abs((predicted[i] as number) - (target[i] as number));
  return sum / target.length;
}

/**
 * R²: the share of the target's variance that is explained; below 0 when worse than the mean. A constant target gives
 * 1 when met exactly, else 0 (scikit-learn's finite policy). Null below two rows.
 * @throws MILL_JUDGE_INPUT
 */
export function r2(target: Float64Array, predicted: Float64Array): number | null {
  checkValues(target, predicted);
  if (target.length < 2) return null;
  const mean = meanOf(target) as number;
  let spread = 0;
  for (let i = 0; i < target.length; i++) spread += ((target[i] as number) - mean) ** 2;
  const error = squaredError(target, predicted);
  if (spread === 0) return error === 0 ? 1 : 0;
  return 1 - error / spread;
}

/** The mean of values; null of none. Summed as distances from the first value, so that a constant column gives exactly that constant. */
export function meanOf(values: Float64Array): number | null {
  if (values.length === 0) return null;
  const first = values[0] as number;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) - first;
  return first + sum / values.length;
}

function squaredError(target: Float64Array, predicted: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < target.length; i++) sum += ((predicted[i] as number) - (target[i] as number)) ** 2;
  return sum;
}
