import { checkProbabilities, wholeWeight } from './input.ts';

/**
 * Brier score: the mean squared distance of probability and target, each row by its weight, 0 best, 1 worst. Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function brier(
  target: Float64Array,
  probability: Float64Array,
  weights?: Float64Array,
): number | null {
  checkProbabilities(target, probability, weights);
  if (target.length === 0) return null;
  let sum = 0;
  for (let i = 0; i < target.length; i++) {
    const off = (probability[i] as number) - (target[i] as number);
    sum += off * off * (weights === undefined ? 1 : (weights[i] as number));
  }
  return sum / wholeWeight(target.length, weights);
}
