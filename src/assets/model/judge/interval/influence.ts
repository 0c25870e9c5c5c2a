import { type Cuts, cutsByWeight, cutsOfChecked } from '../binary/cuts.ts';
import { orderOf } from '../order.ts';
import { FEWEST_APART, type Numbered, numbered, worthOf } from './groups.ts';
import { ofFew } from './share.ts';

/**
 * By step of the cuts, how much a figure changes with the weight of a positive, or of a negative, of that score: what one row
 * contributes to the figure's error. Of ROC AUC these are DeLong's components.
 */
export interface Influence {
  readonly figure: number;
  readonly positive: Float64Array;
  readonly negative: Float64Array;
  /** By step, what a row of that score takes from a figure of 1, in a measure of its class. */
  readonly taken: {
    readonly positive: (step: number) => number;
    readonly negative: (step: number) => number;
  };
}

export interface Sample {
  readonly target: Float64Array;
  readonly weights?: Float64Array;
  /** By row, whose it is: rows of one entity resemble each other, so they count together. Default: each row by itself. */
  readonly entities?: Int32Array;
}

/** The variance of a figure over rows that are apart from each other; null where a class has fewer than two. */
export function varianceOf(cuts: Cuts, { positive, negative }: Influence): number | null {
  const { truePositives, falsePositives, positives, negatives, weighed } = cuts;
  const ofPositives = weighed?.positiveSquares ?? truePositives;
  const ofNegatives = weighed?.negativeSquares ?? falsePositives;
  const last = truePositives.length - 1;
  const [p, n] = [effective(positives, ofPositives[last]), effective(negatives, ofNegatives[last])];
  if (!(p > 1.000001 && n > 1.000001)) return null;
  let [fromPositives, fromNegatives] = [0, 0];
  let [pBefore, nBefore] = [0, 0];
  for (let k = 0; k <= last; k++) {
    const pUpTo = ofPositives[k] as number;
    const nUpTo = ofNegatives[k] as number;
    fromPositives += (pUpTo - pBefore) * (positive[k] as number) ** 2;
    fromNegatives += (nUpTo - nBefore) * (negative[k] as number) ** 2;
    pBefore = pUpTo;
    nBefore = nUpTo;
  }
  return (fromPositives * p) / (p - 1) + (fromNegatives * n) / (n - 1);
}

/** Over how many rows that are apart what a figure lacks is spread: those of the class in which they are fewer (`worthOf`). */
export function spreadOf(cuts: Cuts, { taken }: Influence): number {
  const { truePositives, falsePositives, weighed } = cuts;
  const over = (upTo: Float64Array, squaresUpTo: Float64Array, by: (step: number) => number): number => {
    let [sum, squares] = [0, 0];
    for (let k = 0; k < upTo.length; k++) {
      const lost = by(k);
      sum += lost * ((upTo[k] as number) - (upTo[k - 1] ?? 0));
      squares += lost * lost * ((squaresUpTo[k] as number) - (squaresUpTo[k - 1] ?? 0));
    }
    return squares > 0 ? (sum * sum) / squares : 0;
  };
  return Math.min(
    over(truePositives, weighed?.positiveSquares ?? truePositives, taken.positive),
    over(falsePositives, weighed?.negativeSquares ?? falsePositives, taken.negative),
  );
}

/** The variance of a figure over entities, as `varianceOfRows` has it, and its spread over them. `steps` are the rows' (`stepsByRow`). */
export function errorOfEntities(
  { target, weights }: Sample,
  { count, of }: Numbered,
  steps: Uint32Array,
  { positive, negative, taken }: Influence,
): { readonly variance: number | null; readonly spread: number } {
  const [sums, yes, no] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  for (let row = 0; row < target.length; row++) {
    const at = of[row] as number;
    const step = steps[row] as number;
    const weight = weights === undefined ? 1 : (weights[row] as number);
    if (target[row] === 1) {
      sums[at] = (sums[at] as number) + weight * (positive[step] as number);
      yes[at] = (yes[at] as number) + weight * taken.positive(step);
    } else {
      sums[at] = (sums[at] as number) + weight * (negative[step] as number);
      no[at] = (no[at] as number) + weight * taken.negative(step);
    }
  }
  return { variance: varianceOfSums(sums), spread: Math.min(worthOf(yes), worthOf(no)) };
}

/** By class, no first: what its rows are worth (`worthOf`). */
export function rowsByClass({ truePositives, falsePositives, positives, negatives, weighed }: Cuts) {
  const last = truePositives.length - 1;
  return [
    effective(negatives, (weighed?.negativeSquares ?? falsePositives)[last]),
    effective(positives, (weighed?.positiveSquares ?? truePositives)[last]),
  ] as const;
}

/** By class, no first: what the entities are worth whose rows are of it (`worthOf`). */
export function entitiesByClass(
  { target, weights }: Sample,
  { count, of }: Numbered,
): readonly [no: number, yes: number] {
  const whole = [new Float64Array(count), new Float64Array(count)] as const;
  for (let row = 0; row < target.length; row++) {
    const at = of[row] as number;
    const answer = target[row] as 0 | 1;
    whole[answer][at] = (whole[answer][at] as number) + (weights?.[row] ?? 1);
  }
  return [worthOf(whole[0]), worthOf(whole[1])];
}

const effective = (whole: number, squares = 0): number => (squares > 0 ? (whole * whole) / squares : 0);

/** What each row contributes to the figure's error, its weight in it. `steps` are the rows' (`stepsByRow`). */
export function influenceByRow(
  { target, weights }: Sample,
  steps: Uint32Array,
  { positive, negative }: Influence,
): Float64Array {
  const found = new Float64Array(target.length);
  for (let row = 0; row < found.length; row++) {
    const of = target[row] === 1 ? positive : negative;
    found[row] =
      (of[steps[row] as number] as number) * (weights === undefined ? 1 : (weights[row] as number));
  }
  return found;
}

/** The cuts of a sample. */
export function cutsOfSample({ target, weights }: Sample, score: Float64Array): Cuts {
  return weights === undefined
    ? cutsOfChecked(target, score)
    : cutsByWeight(target, score, weights, orderOf(score));
}

/** The variance of what rows contribute: of each class by itself, where there are two of each; or of whole entities, where there are ten, as wide as few of them want. Null else. */
export function varianceOfRows(byRow: Float64Array, { target, weights, entities }: Sample): number | null {
  if (entities !== undefined) return varianceOfEntities(byRow, entities);
  let variance = 0;
  for (const answer of [0, 1]) {
    let [whole, squares, sum] = [0, 0, 0];
    for (let row = 0; row < byRow.length; row++) {
      if (target[row] !== answer) continue;
      const weight = weights?.[row] ?? 1;
      whole += weight;
      squares += weight * weight;
      sum += (byRow[row] as number) ** 2;
    }
    const n = effective(whole, squares);
    if (!(n > 1.000001)) return null;
    variance += (sum * n) / (n - 1);
  }
  return variance;
}

function varianceOfEntities(byRow: Float64Array, entities: Int32Array): number | null {
  const { count, of } = numbered(entities);
  const sums = new Float64Array(count);
  for (let row = 0; row < byRow.length; row++) {
    const at = of[row] as number;
    sums[at] = (sums[at] as number) + (byRow[row] as number);
  }
  return varianceOfSums(sums);
}

function varianceOfSums(sums: Float64Array): number | null {
  if (sums.length < FEWEST_APART) return null;
  let squares = 0;
  for (let at = 0; at < sums.length; at++) squares += (sums[at] as number) ** 2;
  return squares * ofFew(sums.length);
}
