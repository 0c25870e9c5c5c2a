import { checkScores } from '../input.ts';
import { orderOf } from '../order.ts';

/**
 * Every way to cut rows in two by their score, one step per distinct score, highest first: what ROC, precision–recall, gain, cost
 * and calibration all walk along, so that rows are sorted once. Step k says what a threshold of `score[k]` (yes where score >=
 * threshold) would answer.
 */
export interface Cuts {
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
  /** Of rows that have weights: what those with at least this score come to otherwise. */
  readonly weighed?: {
    /** Each counted once. */
    readonly rows: Float64Array;
    /** The squares of their weights, of positives and of negatives. */
    readonly positiveSquares: Float64Array;
    readonly negativeSquares: Float64Array;
  };
}

/**
 * Cuts rows in O(n log n).
 * @throws MILL_JUDGE_INPUT
 */
export function cutsOf(target: Float64Array, score: Float64Array, weights?: Float64Array): Cuts {
  checkScores(target, score, weights);
  return cutsOfChecked(target, score, weights);
}

/**
 * The same of input that was looked at already. Probabilities without weights are sorted as whole numbers of 64 bits, score first and
 * target in the last: their sign is not needed, and that makes a bit free. It takes less time than sorting the scores themselves.
 */
export function cutsOfChecked(target: Float64Array, score: Float64Array, weights?: Float64Array): Cuts {
  if (weights !== undefined) {
    const byClass = weightsByClass(target, weights);
    if (byClass !== null) return cutsByClass(cutsOfChecked(target, score), byClass);
    return cutsByWeight(target, score, weights, orderOf(score));
  }
  const n = score.length;
  for (let i = 0; i < n; i++) {
    if ((score[i] as number) >= 0 && (score[i] as number) <= 1) continue;
    const { weighed, ...cuts } = cutsByWeight(target, score, new Float64Array(n).fill(1), orderOf(score));
    return cuts;
  }
  const keys = new BigUint64Array(n);
  const words = new Uint32Array(keys.buffer);
  // Adding 0 makes 0 of −0, which are equal and have other bits.
  const scores = score.map((value) => value + 0);
  const bits = new Uint32Array(scores.buffer);
  for (let i = 0; i < n; i++) {
    const low = bits[2 * i] as number;
    words[2 * i] = (low << 1) | (target[i] as number);
    words[2 * i + 1] = ((bits[2 * i + 1] as number) << 1) | (low >>> 31);
  }
  keys.sort();
  const tp = new Float64Array(n);
  const fp = new Float64Array(n);
  let [steps, positives, negatives] = [0, 0, 0];
  // −1 is no score: the first row always begins a step.
  let [lastLow, lastHigh] = [-1, -1];
  for (let i = n - 1; i >= 0; i--) {
    const low = words[2 * i] as number;
    const high = words[2 * i + 1] as number;
    if (low & 1) positives++;
    else negatives++;
    if (low >>> 1 !== lastLow || high !== lastHigh) {
      lastLow = low >>> 1;
      lastHigh = high;
      bits[2 * steps] = (low >>> 1) | (high << 31);
      bits[2 * steps + 1] = high >>> 1;
      steps++;
    }
    tp[steps - 1] = positives;
    fp[steps - 1] = negatives;
  }
  return {
    rows: n,
    whole: n,
    positives,
    negatives,
    score: scores.subarray(0, steps),
    truePositives: tp.subarray(0, steps),
    falsePositives: fp.subarray(0, steps),
  };
}

/** The one weight of all negatives and that of all positives, as where rows were left out for their answer; null where there is no such. */
function weightsByClass(target: Float64Array, weights: Float64Array): readonly [number, number] | null {
  const found: [number, number] = [-1, -1];
  for (let i = 0; i < target.length; i++) {
    const answer = target[i] as 0 | 1;
    const weight = weights[i] as number;
    if (found[answer] === -1) found[answer] = weight;
    if (found[answer] !== weight || weight === 0) return null;
  }
  return found;
}

/** Cuts of rows that all stand for one, made those of rows that have a weight by their class. */
function cutsByClass(cuts: Cuts, [no, yes]: readonly [number, number]): Cuts {
  const { rows, positives, negatives, score, truePositives, falsePositives } = cuts;
  const times = (counts: Float64Array, weight: number): Float64Array => {
    if (weight === 1) return counts;
    const found = new Float64Array(counts.length);
    for (let k = 0; k < found.length; k++) found[k] = (counts[k] as number) * weight;
    return found;
  };
  const upTo = new Float64Array(score.length);
  for (let k = 0; k < upTo.length; k++)
    upTo[k] = (truePositives[k] as number) + (falsePositives[k] as number);
  return {
    rows,
    whole: positives * yes + negatives * no,
    positives: positives * yes,
    negatives: negatives * no,
    score,
    truePositives: times(truePositives, yes),
    falsePositives: times(falsePositives, no),
    weighed: {
      rows: upTo,
      positiveSquares: times(truePositives, yes * yes),
      negativeSquares: times(falsePositives, no * no),
    },
  };
}

/** The cuts of rows that stand for several. `order` is theirs by rising score. Rows of weight 0 are not there. */
export function cutsByWeight(
  target: Float64Array,
  score: Float64Array,
  weights: Float64Array,
  order: Uint32Array,
): Cuts {
  const n = score.length;
  const scores = new Float64Array(n);
  const [tp, fp, counted] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
  const [ofPositives, ofNegatives] = [new Float64Array(n), new Float64Array(n)];
  // Score and weight side by side, the weight of a negative below 0: rows are read in the order of their scores, so that each read of an
  // array of its own would wait for memory.
  const pairs = new Float64Array(2 * n);
  for (let row = 0; row < n; row++) {
    pairs[2 * row] = score[row] as number;
    pairs[2 * row + 1] = target[row] === 1 ? (weights[row] as number) : -(weights[row] as number);
  }
  let steps = 0;
  let [positives, negatives, rows] = [0, 0, 0];
  let [positiveSquares, negativeSquares] = [0, 0];
  for (let i = n - 1; i >= 0; i--) {
    const row = order[i] as number;
    const weight = pairs[2 * row + 1] as number;
    if (weight === 0) continue;
    const at = pairs[2 * row] as number;
    if (steps === 0 || scores[steps - 1] !== at) scores[steps++] = at;
    if (weight > 0) {
      positives += weight;
      positiveSquares += weight * weight;
    } else {
      negatives -= weight;
      negativeSquares += weight * weight;
    }
    rows++;
    tp[steps - 1] = positives;
    fp[steps - 1] = negatives;
    counted[steps - 1] = rows;
    ofPositives[steps - 1] = positiveSquares;
    ofNegatives[steps - 1] = negativeSquares;
  }
  return {
    rows,
    whole: positives + negatives,
    positives,
    negatives,
    score: scores.subarray(0, steps),
    truePositives: tp.subarray(0, steps),
    falsePositives: fp.subarray(0, steps),
    weighed: {
      rows: counted.subarray(0, steps),
      positiveSquares: ofPositives.subarray(0, steps),
      negativeSquares: ofNegatives.subarray(0, steps),
    },
  };
}

/** By row, the step of its score; of rows of weight 0 that of the next lower one. Sorted once more, as to look each up takes three times as long. */
export function stepsByRow({ score }: Cuts, scores: Float64Array): Uint32Array {
  const steps = new Uint32Array(scores.length);
  const order = orderOf(scores);
  let step = 0;
  for (let i = order.length - 1; i >= 0; i--) {
    const row = order[i] as number;
    while (step < score.length - 1 && (score[step] as number) > (scores[row] as number)) step++;
    steps[row] = step;
  }
  return steps;
}
