import { lookedAt, thin } from '../thin.ts';
import { type Cuts, cutsOf } from './cuts.ts';

/**
 * The chance that a random positive scores above a random negative; a tie counts half (as scikit-learn's
 * `roc_auc_score`). Null when a class is missing.
 * @throws MILL_JUDGE_INPUT
 */
export function rocAuc(target: Float64Array, score: Float64Array, weights?: Float64Array): number | null {
  return rocAucOf(cutsOf(target, score, weights));
}

/** `rocAuc` of rows already cut. */
export function rocAucOf(cuts: Cuts): number | null {
  const { positives, negatives, truePositives, falsePositives } = cuts;
  if (positives === 0 || negatives === 0) return null;
  // Pairs won, in halves, so that every number on the way is whole and exact below 2^53.
  let halves = 0;
  let tpBefore = 0;
  for (let k = 0; k < truePositives.length; k++) {
    const tp = truePositives[k] as number;
    const fpHere = (falsePositives[k] as number) - (k === 0 ? 0 : (falsePositives[k - 1] as number));
    halves += fpHere * (tpBefore + tp);
    tpBefore = tp;
  }
  return halves / 2 / (positives * negatives);
}

export interface RocPoint {
  /** Yes where score >= threshold; null for the first point, where all is no. */
  readonly threshold: number | null;
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

/** The ROC curve from (0, 0) to (1, 1), at most 200 points; [] when a class is missing. */
export function rocCurveOf(cuts: Cuts): RocPoint[] {
  const { positives, negatives, score, truePositives, falsePositives } = cuts;
  if (positives === 0 || negatives === 0) return [];
  // Point 0 is all no; point k is the step before it.
  const points = lookedAt(score.length + 1);
  const at = (counts: Float64Array, i: number): number => (i === 0 ? 0 : (counts[i - 1] as number));
  const x = Float64Array.from(points, (i) => at(falsePositives, i) / negatives);
  const y = Float64Array.from(points, (i) => at(truePositives, i) / positives);
  return thin(x, y).map((k) => ({
    threshold: k === 0 ? null : (score[(points[k] as number) - 1] as number),
    falsePositiveRate: x[k] as number,
    truePositiveRate: y[k] as number,
  }));
}
