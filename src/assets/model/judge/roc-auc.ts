import { type Ranking, rank } from './ranking.ts';
import { thin } from './thin.ts';

/**
 * The chance that a random positive scores above a random negative; a tie counts half (as scikit-learn's
 * `roc_auc_score`). Null when a class is missing.
 * @throws MILL_JUDGE_INPUT
 */
export function rocAuc(target: Float64Array, score: Float64Array): number | null {
  return rocAucOf(rank(target, score));
}

/** `rocAuc` of rows already ranked. */
export function rocAucOf(ranking: Ranking): number | null {
  const { positives, negatives, truePositives, falsePositives } = ranking;
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
export function rocCurveOf(ranking: Ranking): RocPoint[] {
  const { positives, negatives, score, truePositives, falsePositives } = ranking;
  if (positives === 0 || negatives === 0) return [];
  const x = new Float64Array(score.length + 1);
  const y = new Float64Array(score.length + 1);
  for (let k = 0; k < score.length; k++) {
    x[k + 1] = (falsePositives[k] as number) / negatives;
    y[k + 1] = (truePositives[k] as number) / positives;
  }
  return thin(x, y).map((i) => ({
    threshold: i === 0 ? null : (score[i - 1] as number),
    falsePositiveRate: x[i] as number,
    truePositiveRate: y[i] as number,
  }));
}
