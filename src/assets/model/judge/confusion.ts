import { checkScores, checkThreshold, wholeWeight } from './input.ts';

/** The four counts of a yes/no answer, and the shares made of them. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
  /** Right answers / rows. */
  readonly accuracy: number | null;
  /** Of the yes answers, how many were right. */
  readonly precision: number | null;
  /** Of the positives, how many were found. */
  readonly recall: number | null;
  /** Of the negatives, how many were let be. */
  readonly specificity: number | null;
  /** 2 TP / (2 TP + FP + FN). */
  readonly f1: number | null;
  /** Yes answers / rows: the share of cases somebody will have to look at. */
  readonly yesShare: number | null;
}

/**
 * Counts answers, yes where score >= threshold, each row by its weight. A share whose denominator is 0 is `zeroDivision`: null unless given
 * (scikit-learn's default is 0).
 * @throws MILL_JUDGE_INPUT
 */
export function confusion(
  target: Float64Array,
  score: Float64Array,
  threshold: number,
  { zeroDivision = null, weights }: { zeroDivision?: number | null; weights?: Float64Array } = {},
): Confusion {
  checkScores(target, score, weights);
  const whole = wholeWeight(target.length, weights);
  checkThreshold(threshold);
  let tp = 0;
  let fp = 0;
  let positives = 0;
  for (let i = 0; i < target.length; i++) {
    const yes = (score[i] as number) >= threshold;
    const weight = weights === undefined ? 1 : (weights[i] as number);
    if (target[i] === 1) {
      positives += weight;
      if (yes) tp += weight;
    } else if (yes) fp += weight;
  }
  const fn = positives - tp;
  const tn = whole - positives - fp;
  const share = (part: number, whole: number) => (whole === 0 ? zeroDivision : part / whole);
  return {
    truePositives: tp,
    falsePositives: fp,
    trueNegatives: tn,
    falseNegatives: fn,
    accuracy: share(tp + tn, whole),
    precision: share(tp, tp + fp),
    recall: share(tp, tp + fn),
    specificity: share(tn, tn + fp),
    f1: share(2 * tp, 2 * tp + fp + fn),
    yesShare: share(tp + fp, whole),
  };
}
