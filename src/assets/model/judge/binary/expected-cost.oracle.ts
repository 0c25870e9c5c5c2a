import type { Cost } from './expected-cost.ts';

/** What all predictions cost together at a threshold, less what they bring, row by row. */
export function costAt(
  target: Float64Array,
  probability: Float64Array,
  threshold: number,
  cost: Cost,
): number {
  let sum = 0;
  for (let i = 0; i < target.length; i++) {
    const yes = (probability[i] as number) >= threshold;
    if (yes && target[i] === 0) sum += cost.falsePositive;
    if (!yes && target[i] === 1) sum += cost.falseNegative;
    if (yes && target[i] === 1) sum -= cost.truePositive ?? 0;
    if (!yes && target[i] === 0) sum -= cost.trueNegative ?? 0;
  }
  return sum;
}

/** The lowest cost any threshold can reach: every score and "no to all" tried, all rows re-counted. */
export function lowestCost(target: Float64Array, probability: Float64Array, cost: Cost): number {
  return Math.min(...[...probability, 2].map((threshold) => costAt(target, probability, threshold, cost)));
}
