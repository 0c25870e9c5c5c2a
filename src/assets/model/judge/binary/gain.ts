import { refuse } from '../input.ts';
import { lookedAt, thin } from '../thin.ts';
import { type Cuts, cutsOf } from './cuts.ts';

/** Fewer than of other curves: gain is smooth, and two figures stand at each point. */
const POINTS = 50;

export interface GainPoint {
  /** Share of all rows, those of the highest scores. */
  readonly share: number;
  /** Share of the positives that are among them: the gain. */
  readonly gain: number;
  /** gain / share: how many times more positives than among as many rows at random. */
  readonly lift: number;
}

/** Gain and lift by rising share of rows, highest scores first; [] without positives. */
export function gainCurveOf(cuts: Cuts): GainPoint[] {
  const { positives, whole, truePositives, falsePositives } = cuts;
  if (positives === 0) return [];
  const points = lookedAt(truePositives.length);
  const share = Float64Array.from(
    points,
    (k) => ((truePositives[k] as number) + (falsePositives[k] as number)) / whole,
  );
  const gain = Float64Array.from(points, (k) => (truePositives[k] as number) / positives);
  return thin(share, gain, [], POINTS).map((k) => ({
    share: share[k] as number,
    gain: gain[k] as number,
    lift: (gain[k] as number) / (share[k] as number),
  }));
}

/** Positives among the first `taken` rows; rows of one score that are not all taken give their share: the mean over every order of them. */
function found({ truePositives, falsePositives }: Cuts, taken: number): number {
  let [tp, all] = [0, 0];
  for (let k = 0; k < truePositives.length; k++) {
    const upTo = (truePositives[k] as number) + (falsePositives[k] as number);
    if (upTo >= taken) return tp + ((truePositives[k] as number) - tp) * ((taken - all) / (upTo - all));
    tp = truePositives[k] as number;
    all = upTo;
  }
  return tp;
}

/** How many times more positives are among the share of rows with the highest scores than among as many at random. Null without positives. @throws MILL_JUDGE_INPUT */
export function liftAt(
  target: Float64Array,
  score: Float64Array,
  share: number,
  weights?: Float64Array,
): number | null {
  if (!(share > 0 && share <= 1)) refuse(`The share is ${share}; wanted a number within (0, 1].`);
  return liftOf(cutsOf(target, score, weights), share);
}

/** `liftAt` of rows already cut. */
export function liftOf(cuts: Cuts, share: number): number | null {
  return cuts.positives === 0 ? null : found(cuts, share * cuts.whole) / cuts.positives / share;
}

/** The share of positives among the k rows with the highest scores; of all rows when there are fewer. Null without rows. @throws MILL_JUDGE_INPUT */
export function precisionAt(target: Float64Array, score: Float64Array, k: number): number | null {
  checkPlaces(k);
  const cuts = cutsOf(target, score);
  const taken = Math.min(k, cuts.rows);
  return taken === 0 ? null : found(cuts, taken) / taken;
}

/** How many of the positives are among the k rows with the highest scores. Null without positives. @throws MILL_JUDGE_INPUT */
export function recallAt(target: Float64Array, score: Float64Array, k: number): number | null {
  checkPlaces(k);
  const cuts = cutsOf(target, score);
  return cuts.positives === 0 ? null : found(cuts, Math.min(k, cuts.rows)) / cuts.positives;
}

function checkPlaces(k: number): void {
  if (!Number.isInteger(k) || k < 1) refuse(`There are ${k} places; wanted a whole number of 1 or above.`);
}
