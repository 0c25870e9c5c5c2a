import type { Cuts } from '../binary/cuts.ts';
import { prAucOf } from '../binary/pr-auc.ts';
import type { Influence } from './influence.ts';

/**
 * How PR AUC changes with the weight of a row, by step: a positive brings the precision at its own score, and every row that says yes
 * lifts or lowers the precision at all scores below it. So its error comes from one walk, for any number of rows, where a bootstrap
 * would sort or walk hundreds of times.
 */
export function prAucInfluence(cuts: Cuts): Influence | null {
  const figure = prAucOf(cuts);
  if (figure === null || cuts.negatives === 0) return null;
  const { truePositives, falsePositives, positives } = cuts;
  const n = truePositives.length;
  const positive = new Float64Array(n);
  const negative = new Float64Array(n);
  let [lifted, lowered] = [0, 0];
  for (let k = n - 1; k >= 0; k--) {
    const tp = truePositives[k] as number;
    const all = tp + (falsePositives[k] as number);
    const here = tp - (k === 0 ? 0 : (truePositives[k - 1] as number));
    lifted += here * ((all - tp) / (all * all));
    lowered += here * (tp / (all * all));
    positive[k] = (tp / all - figure + lifted) / positives;
    negative[k] = -lowered / positives;
  }
  const taken = {
    positive: (step: number): number => {
      const tp = truePositives[step] as number;
      return 1 - tp / (tp + (falsePositives[step] as number));
    },
    negative: (step: number): number => -(negative[step] as number),
  };
  return { figure, positive, negative, taken };
}

/**
 * How many rows apart PR AUC is worth at the least. The smaller class, of so many, may hide as many as Wilson's share of so many, of which
 * nothing is known: of a positive that stands anywhere all precision is lost, of a negative as much on average over all rows.
 */
export const leastOfPrAuc = (no: number, yes: number): number => Math.min(no, yes);
