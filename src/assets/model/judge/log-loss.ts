import { checkProbabilities } from './input.ts';

/** Machine epsilon of a double: probabilities are clipped to [ε, 1 − ε], as scikit-learn does, so the worst row costs 36.04. */
const EPSILON = 2 ** -52;

/** The loss of one answer, in nats: −ln of the probability that was given to what happened. */
export function logLossOfRow(target: number, probability: number): number {
  const given = target === 1 ? probability : 1 - probability;
  return -Math.log(Math.min(1 - EPSILON, Math.max(EPSILON, given)));
}

/**
 * Mean log loss in nats. Null without rows.
 * @throws MILL_JUDGE_INPUT
 */
export function logLoss(target: Float64Array, probability: Float64Array): number | null {
  checkProbabilities(target, probability);
  if (target.length === 0) return null;
  let sum = 0;
  for (let i = 0; i < target.length; i++) sum += logLossOfRow(target[i] as number, probability[i] as number);
  return sum / target.length;
}
