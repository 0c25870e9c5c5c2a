import { type Cuts, cutsByWeight } from '../binary/cuts.ts';
import { prAucOf } from '../binary/pr-auc.ts';
import { rocAucOf } from '../binary/roc-auc.ts';
import { orderOf } from '../order.ts';
import { type ClassByRow, checkMulticlass, probabilitiesOf } from './answers.ts';
import { meanOfDefined } from './by-class.ts';

/** What ordering rows by the probability of each class tells. */
export interface ClassRankings {
  /** By class, against the rest: null when the class, or the rest, is missing. */
  readonly rocAuc: readonly (number | null)[];
  readonly prAuc: readonly (number | null)[];
  /** By pair of classes: the mean of ordering their rows by either one's probability. In the order (0, 1), (0, 2), …, (1, 2), … */
  readonly pairs: readonly (number | null)[];
  /** By class its rows, each by its weight. */
  readonly support: Float64Array;
}

/** One class against the rest. */
export interface RankingOfClass {
  readonly class: number;
  /** By row, 1 where it is of that class. */
  readonly is: Float64Array;
  /** By row, the probability of that class. */
  readonly score: Float64Array;
  readonly cuts: Cuts;
}

/**
 * Orders rows by each class's probability, once, and reads all of it off that.
 * @throws MILL_JUDGE_INPUT
 */
export function classRankings(
  target: ClassByRow,
  probabilities: Float64Array,
  classes: number,
  weights?: Float64Array,
  seen?: (ranking: RankingOfClass) => void,
): ClassRankings {
  checkMulticlass(target, probabilities, classes, weights);
  const own = weights ?? new Float64Array(target.length).fill(1);
  const support = new Float64Array(classes);
  for (let row = 0; row < target.length; row++) {
    const c = target[row] as number;
    support[c] = (support[c] as number) + (own[row] as number);
  }
  const rocAuc: (number | null)[] = [];
  const prAuc: (number | null)[] = [];
  const won: Float64Array[] = [];
  for (let c = 0; c < classes; c++) {
    const score = probabilitiesOf(probabilities, classes, c);
    const order = orderOf(score);
    const is = Float64Array.from(target, (y) => (y === c ? 1 : 0));
    const cuts = cutsByWeight(is, score, own, order);
    rocAuc.push(rocAucOf(cuts));
    prAuc.push(prAucOf(cuts));
    seen?.({ class: c, is, score, cuts });
    won.push(pairsWon(target, own, score, order, c, classes));
  }
  const pairs: (number | null)[] = [];
  for (let a = 0; a < classes; a++)
    for (let b = a + 1; b < classes; b++) {
      const all = (support[a] as number) * (support[b] as number);
      const both = ((won[a] as Float64Array)[b] as number) + ((won[b] as Float64Array)[a] as number);
      pairs.push(all === 0 ? null : both / 2 / all);
    }
  return { rocAuc, prAuc, pairs, support };
}

/** By other class, how many pairs of a row of this class and one of that order rightly by this class's probability, each by the product of their weights; ties half. */
function pairsWon(
  target: ClassByRow,
  weights: Float64Array,
  score: Float64Array,
  order: Uint32Array,
  own: number,
  classes: number,
): Float64Array {
  const won = new Float64Array(classes);
  const below = new Float64Array(classes);
  const here = new Float64Array(classes);
  for (let from = 0; from < order.length; ) {
    const value = score[order[from] as number];
    here.fill(0);
    let to = from;
    for (; to < order.length && score[order[to] as number] === value; to++) {
      const row = order[to] as number;
      const c = target[row] as number;
      here[c] = (here[c] as number) + (weights[row] as number);
    }
    const rows = here[own] as number;
    for (let c = 0; c < classes; c++) {
      if (rows > 0) won[c] = (won[c] as number) + rows * ((below[c] as number) + (here[c] as number) / 2);
      below[c] = (below[c] as number) + (here[c] as number);
    }
    from = to;
  }
  return won;
}

/** Each class against the rest, their mean: `macro` counts classes alike, `weighted` by their rows (scikit-learn's `multi_class='ovr'`). */
export function againstRest(rankings: ClassRankings, average: 'macro' | 'weighted'): number | null {
  return meanOfDefined(rankings.rocAuc, average === 'weighted' ? rankings.support : undefined);
}

/**
 * One class against another, the mean over all pairs (Hand and Till 2001; scikit-learn's `multi_class='ovo'`): `macro` counts pairs alike,
 * `weighted` by their rows. Each row by its weight, of which scikit-learn takes none here.
 */
export function againstEach(rankings: ClassRankings, average: 'macro' | 'weighted'): number | null {
  const { support, pairs } = rankings;
  if (average === 'macro') return meanOfDefined(pairs);
  const ofPairs: number[] = [];
  for (let a = 0; a < support.length; a++)
    for (let b = a + 1; b < support.length; b++)
      ofPairs.push((support[a] as number) + (support[b] as number));
  return meanOfDefined(pairs, Float64Array.from(ofPairs));
}
