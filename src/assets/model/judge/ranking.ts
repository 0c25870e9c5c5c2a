import { checkScores } from './input.ts';

/**
 * Rows ranked by score, highest first, one step per distinct score: what ROC, precision–recall and cost curves all
 * walk along. Step k says what a threshold of `score[k]` (yes where score >= threshold) would answer.
 */
export interface Ranking {
  readonly rows: number;
  /** For how many rows these stand; their number where they have no weights. So do the counts below. */
  readonly whole: number;
  readonly positives: number;
  readonly negatives: number;
  /** Distinct scores, falling. */
  readonly score: Float64Array;
  /** Positives among the rows with at least this score, rising to `positives`. */
  readonly truePositives: Float64Array;
  /** Negatives among the rows with at least this score, rising to `negatives`. */
  readonly falsePositives: Float64Array;
}

/**
 * Ranks rows in O(n log n). Each class is sorted apart and the two are merged: a typed array of plain numbers sorts
 * several times faster than indices with a comparator.
 * @throws MILL_JUDGE_INPUT
 */
export function rank(target: Float64Array, score: Float64Array, weights?: Float64Array): Ranking {
  checkScores(target, score, weights);
  if (weights !== undefined) return rankByWeight(target, score, weights);
  const pos = score.filter((_, i) => target[i] === 1).sort();
  const neg = score.filter((_, i) => target[i] === 0).sort();
  const scores = new Float64Array(score.length);
  const tp = new Float64Array(score.length);
  const fp = new Float64Array(score.length);
  let steps = 0;
  let p = pos.length - 1;
  let n = neg.length - 1;
  while (p >= 0 || n >= 0) {
    const at = Math.max(p >= 0 ? (pos[p] as number) : -Infinity, n >= 0 ? (neg[n] as number) : -Infinity);
    while (p >= 0 && pos[p] === at) p--;
    while (n >= 0 && neg[n] === at) n--;
    scores[steps] = at;
    tp[steps] = pos.length - 1 - p;
    fp[steps] = neg.length - 1 - n;
    steps++;
  }
  return {
    rows: score.length,
    whole: score.length,
    positives: pos.length,
    negatives: neg.length,
    score: scores.subarray(0, steps),
    truePositives: tp.subarray(0, steps),
    falsePositives: fp.subarray(0, steps),
  };
}

/** The same of rows that stand for several. */
function rankByWeight(target: Float64Array, score: Float64Array, weights: Float64Array): Ranking {
  const order = Uint32Array.from(score, (_, row) => row).sort(
    (a, b) => (score[b] as number) - (score[a] as number),
  );
  const scores = new Float64Array(score.length);
  const tp = new Float64Array(score.length);
  const fp = new Float64Array(score.length);
  let steps = 0;
  let positives = 0;
  let negatives = 0;
  order.forEach((row, i) => {
    if (target[row] === 1) positives += weights[row] as number;
    else negatives += weights[row] as number;
    const next = order[i + 1];
    if (next !== undefined && score[next] === score[row]) return;
    scores[steps] = score[row] as number;
    tp[steps] = positives;
    fp[steps] = negatives;
    steps++;
  });
  return {
    rows: score.length,
    whole: positives + negatives,
    ...{ positives, negatives },
    score: scores.subarray(0, steps),
    truePositives: tp.subarray(0, steps),
    falsePositives: fp.subarray(0, steps),
  };
}
