import { discountOf, eachGroup, gainOf, idealGain, rankingLoss } from '../../ndcg.ts';
import { type Objective, weigh } from './objective.ts';

/** Pairs are learnt from when one of them is placed before: LightGBM's lambdarank_truncation_level. */
const PLACES = 30;

/** Sums of one group's rows. */
interface Slopes {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/**
 * LambdaMART (Burges 2010), as LightGBM does it: in each pair of rows of a group that differ in grade, the better is pulled up and the other down,
 * by how much NDCG their changing places would change. Pairs count less the further their scores are apart, and a group's pulls are scaled
 * to log₂(1 + sum) of theirs, so that no group drowns the others.
 */
export const lambdaRank: Objective = {
  outputs: 1,
  link: 'identity',
  base: () => [0],
  loss(rows, [scores]) {
    return rankingLoss(rows, scores!);
  },
  derivatives(rows, [scores], _output, first, second) {
    const { target, from } = rows;
    first.fill(0);
    second.fill(0);
    eachGroup(rows, (start, end) => {
      addGroup(target.subarray(from + start, from + end), scores!.subarray(start, end), {
        first: first.subarray(start, end),
        second: second.subarray(start, end),
      });
    });
    weigh(rows, first, second);
  },
};

function addGroup(grades: Float64Array, scores: Float64Array, { first, second }: Slopes): void {
  const ideal = idealGain(grades, PLACES);
  if (ideal === 0) return;
  const order = Uint32Array.from(grades.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b);
  const gains = grades.map(gainOf);
  const spread = scores[order[0]!]! !== scores[order.at(-1)!]!;
  let pulls = 0;
  for (let i = 0; i < Math.min(PLACES, order.length); i++) {
    const upper = order[i]!;
    for (let j = i + 1; j < order.length; j++) {
      const lower = order[j]!;
      if (grades[upper] === grades[lower]) continue;
      const better = grades[upper]! > grades[lower]! ? upper : lower;
      const worse = better === upper ? lower : upper;
      const lead = scores[better]! - scores[worse]!;
      let change = ((gains[better]! - gains[worse]!) * (discountOf(i) - discountOf(j))) / ideal;
      if (spread) change /= 0.01 + Math.abs(lead);
      const wrong = 1 / (1 + Math.exp(lead));
      const pull = change * wrong;
      const bend = pull * (1 - wrong);
      first[better]! -= pull;
      first[worse]! += pull;
      second[better]! += bend;
      second[worse]! += bend;
      pulls += 2 * pull;
    }
  }
  if (pulls === 0) return;
  const scale = Math.log2(1 + pulls) / pulls;
  for (let i = 0; i < first.length; i++) {
    first[i]! *= scale;
    second[i]! *= scale;
  }
}
