import { checkScores, checkThreshold } from '../input.ts';
import type { Cuts } from './cuts.ts';

/** The four counts of a yes/no answer, and the shares made of them. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
  /** Right answers / rows. */
  readonly accuracy: number | null;
  /** Mean of the recalls of the classes that are there: recall and specificity. */
  readonly balancedAccuracy: number | null;
  /** Of the yes answers, how many were right. */
  readonly precision: number | null;
  /** Of the positives, how many were found. */
  readonly recall: number | null;
  /** Of the negatives, how many were let be. */
  readonly specificity: number | null;
  /** 2 TP / (2 TP + FP + FN). */
  readonly f1: number | null;
  /** Matthews' correlation of answer and truth, from −1 to 1; 0 for answers that know nothing, whatever the shares. */
  readonly mcc: number | null;
  /** Yes answers / rows: the share of cases somebody will have to look at. */
  readonly yesShare: number | null;
}

/**
 * Counts answers, yes where score >= threshold, each row by its weight. A share whose denominator is 0 is `zeroDivision`: null unless given
 * (scikit-learn's default is 0). With `zeroDivision` given, an undefined `mcc` is 0, as scikit-learn's always is.
 * @throws MILL_JUDGE_INPUT
 */
export function confusion(
  target: Float64Array,
  score: Float64Array,
  threshold: number,
  { zeroDivision = null, weights }: { zeroDivision?: number | null; weights?: Float64Array } = {},
): Confusion {
  checkScores(target, score, weights);
  checkThreshold(threshold);
  let tp = 0;
  let fp = 0;
  let positives = 0;
  let negatives = 0;
  for (let i = 0; i < target.length; i++) {
    const yes = (score[i] as number) >= threshold;
    const weight = weights === undefined ? 1 : (weights[i] as number);
    if (target[i] === 1) {
      positives += weight;
      if (yes) tp += weight;
    } else {
      negatives += weight;
      if (yes) fp += weight;
    }
  }
  return confusionOf(tp, fp, positives, negatives, zeroDivision);
}

/** How many steps of the cuts say yes: those with a score of at least the threshold. @throws MILL_JUDGE_INPUT */
export function stepsAbove({ score }: Cuts, threshold: number): number {
  checkThreshold(threshold);
  let low = 0;
  let high = score.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((score[middle] as number) >= threshold) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** `confusion` of rows already cut, at the first so many steps. */
export function confusionAt(cuts: Cuts, steps: number): Confusion {
  const { truePositives, falsePositives, positives, negatives } = cuts;
  const at = (counts: Float64Array) => (steps === 0 ? 0 : (counts[steps - 1] as number));
  return confusionOf(at(truePositives), at(falsePositives), positives, negatives, null);
}

/** The counts and what is made of them. */
export function confusionOf(
  tp: number,
  fp: number,
  positives: number,
  negatives: number,
  zeroDivision: number | null,
): Confusion {
  const fn = positives - tp;
  const tn = negatives - fp;
  const whole = positives + negatives;
  const share = (part: number, of: number) => (of === 0 ? zeroDivision : part / of);
  const recalls = [...(positives > 0 ? [tp / positives] : []), ...(negatives > 0 ? [tn / negatives] : [])];
  // In pairs that are equal where all answers are right, or all wrong, so that the correlation is then 1 or −1 to the bit.
  const spread =
    tp * tn >= fp * fn
      ? Math.sqrt((tp + fp) * positives) * Math.sqrt((tn + fn) * negatives)
      : Math.sqrt((tp + fp) * negatives) * Math.sqrt((tn + fn) * positives);
  return {
    truePositives: tp,
    falsePositives: fp,
    trueNegatives: tn,
    falseNegatives: fn,
    accuracy: share(tp + tn, whole),
    balancedAccuracy: share(
      recalls.reduce((sum, recall) => sum + recall, 0),
      recalls.length,
    ),
    precision: share(tp, tp + fp),
    recall: share(tp, positives),
    specificity: share(tn, negatives),
    f1: share(2 * tp, 2 * tp + fp + fn),
    mcc: spread === 0 ? (zeroDivision === null ? null : 0) : clamped((tp * tn - fp * fn) / spread),
    yesShare: share(tp + fp, whole),
  };
}

/** Rounding aside, a correlation is within [−1, 1]. */
export const clamped = (correlation: number): number => Math.max(-1, Math.min(1, correlation));
