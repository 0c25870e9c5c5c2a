import { checkProbabilities, wholeWeight } from '../input.ts';

/** Machine epsilon of a double: probabilities are clipped to [ε, 1 − ε], as scikit-learn does, so the worst row costs 36.04. */
const EPSILON = 2 ** -52;

/** The loss of one answer, in nats: −ln of the probability that was given to what happened. */
export function logLossOfRow(target: number, probability: number): number {
  const given = target === 1 ? probability : 1 - probability;
  return -Math.log(Math.min(1 - EPSILON, Math.max(EPSILON, given)));
}

/**
 * Mean log loss in nats, each row by its weight. Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function logLoss(
  target: Float64Array,
  probability: Float64Array,
  weights?: Float64Array,
): number | null {
  checkProbabilities(target, probability, weights);
  return logLossOfChecked(target, probability, weights);
}

/** `logLoss` of input that was looked at already. */
export function logLossOfChecked(
  target: Float64Array,
  probability: Float64Array,
  weights?: Float64Array,
): number | null {
  if (target.length === 0) return null;
  let sum = 0;
  for (let i = 0; i < target.length; i++) {
    const weight = weights === undefined ? 1 : (weights[i] as number);
    sum += weight * logLossOfRow(target[i] as number, probability[i] as number);
  }
  return sum / wholeWeight(target.length, weights);
}
