import { lookedAt, thin } from '../thin.ts';
import { type Cuts, cutsOf } from './cuts.ts';

/**
 * Average precision: Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores, falling, without interpolation (as scikit-learn's
 * `average_precision_score`). Its base line is the share of positives. Null without positives; 1 without negatives.
 * @throws MILL_JUDGE_INPUT
 */
export function prAuc(target: Float64Array, score: Float64Array, weights?: Float64Array): number | null {
  return prAucOf(cutsOf(target, score, weights));
}

/** `prAuc` of rows already cut. */
export function prAucOf(cuts: Cuts): number | null {
  const { positives, truePositives, falsePositives } = cuts;
  if (positives === 0) return null;
  let sum = 0;
  let before = 0;
  for (let k = 0; k < truePositives.length; k++) {
    const tp = truePositives[k] as number;
    sum += (tp - before) * (tp / (tp + (falsePositives[k] as number)));
    before = tp;
  }
  return sum / positives;
}

export interface PrPoint {
  /** Yes where score >= threshold. */
  readonly threshold: number;
  readonly recall: number;
  readonly precision: number;
}

/** The precision–recall curve by rising recall, at most 200 points; [] without positives. */
export function prCurveOf(cuts: Cuts): PrPoint[] {
  const { positives, score, truePositives, falsePositives } = cuts;
  if (positives === 0) return [];
  const points = lookedAt(score.length);
  const recall = Float64Array.from(points, (k) => (truePositives[k] as number) / positives);
  const precision = Float64Array.from(points, (k) => {
    const tp = truePositives[k] as number;
    return tp / (tp + (falsePositives[k] as number));
  });
  return thin(recall, precision).map((k) => ({
    threshold: score[points[k] as number] as number,
    recall: recall[k] as number,
    precision: precision[k] as number,
  }));
}
