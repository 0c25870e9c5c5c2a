import type { RowRange } from './trainer.port.ts';

/** How much a grade is worth. */
export const gainOf = (grade: number): number => 2 ** grade - 1;

/** Kept, since a logarithm for each pair of places would cost more than all else. */
const discounts: number[] = [];

/** How much a place counts, the first being 0. */
export function discountOf(place: number): number {
  while (discounts.length <= place) discounts.push(1 / Math.log2(discounts.length + 2));
  return discounts[place]!;
}

/** The groups of rows [from, to): where each begins, and the end. Rows of one group follow each other. Indices count from `from`. */
export function groupBounds(groups: Int32Array, from: number, to: number): number[] {
  const bounds = [0];
  for (let row = from + 1; row < to; row++) if (groups[row] !== groups[row - 1]) bounds.push(row - from);
  if (to > from) bounds.push(to - from);
  return bounds;
}

/** The most that a ranking of these grades can sum up to in its first `places`. */
export function idealGain(grades: Float64Array, places: number): number {
  const sorted = grades.slice().sort().reverse();
  let sum = 0;
  for (let place = 0; place < Math.min(places, sorted.length); place++)
    sum += gainOf(sorted[place]!) * discountOf(place);
  return sum;
}

/**
 * NDCG of one group within its first `places`. Rows of one score share their places: each gets the mean gain, so the order in which rows
 * come makes no difference (as in scikit-learn). A group in which nothing is relevant counts as 1 (as in LightGBM).
 */
export function ndcg(grades: Float64Array, scores: Float64Array, places: number): number {
  const ideal = idealGain(grades, places);
  if (ideal === 0) return 1;
  const order = Uint32Array.from(grades.keys()).sort((a, b) => scores[b]! - scores[a]!);
  let sum = 0;
  for (let start = 0; start < Math.min(places, order.length); ) {
    let gains = 0;
    let counted = 0;
    let end = start;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) {
      gains += gainOf(grades[order[end]!]!);
      if (end < places) counted += discountOf(end);
      end++;
    }
    sum += (gains / (end - start)) * counted;
    start = end;
  }
  return Math.min(1, sum / ideal);
}

/** Rows that are ranked within their groups: [from, to) of what stands by row. */
export interface RankedRows extends RowRange {
  readonly target: Float64Array;
  readonly groups?: Int32Array;
  readonly weights?: Float64Array;
}

/** The loss of a ranking is 1 − NDCG within so many places. */
const JUDGED = 10;

/** What rankings lack: 1 − NDCG at 10, the mean over groups. `scores` are of the rows of the range alone. Null for no rows. */
export function rankingLoss(rows: RankedRows, scores: Float64Array): number | null {
  const { target, from } = rows;
  let sum = 0;
  let whole = 0;
  eachGroup(rows, (start, end) => {
    const weight = groupWeight(rows, start, end);
    sum +=
      weight * (1 - ndcg(target.subarray(from + start, from + end), scores.subarray(start, end), JUDGED));
    whole += weight;
  });
  return whole === 0 ? null : sum / whole;
}

/** For how much the groups of rows stand in the mean that is their loss. */
export function wholeOfGroups(rows: RankedRows): number {
  let whole = 0;
  eachGroup(rows, (start, end) => {
    whole += groupWeight(rows, start, end);
  });
  return whole;
}

/** Groups in turn, counted from the range's first row. */
export function eachGroup(
  { groups, from, to }: RankedRows,
  visit: (start: number, end: number) => void,
): void {
  const bounds = groupBounds(groups!, from, to);
  for (let i = 0; i + 1 < bounds.length; i++) visit(bounds[i]!, bounds[i + 1]!);
}

/** A group stands for as many as its rows do on average. */
function groupWeight({ weights, from }: RankedRows, start: number, end: number): number {
  if (weights === undefined) return 1;
  let sum = 0;
  for (let i = start; i < end; i++) sum += weights[from + i]!;
  return sum / (end - start);
}
