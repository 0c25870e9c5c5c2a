import { logSumExp } from '../link.ts';
import { meanOver, type Objective, weigh } from './objective.ts';

/** A class without a training row is all but impossible: LightGBM's kEpsilon. */
const RAREST = 1e-15;

/** Log loss of several classes, one score for each: the classes' probabilities are the softmax of the scores. */
export function softmaxLoss(classes: number): Objective {
  let norms = new Float64Array(0);
  const absent = new Set<number>();
  return {
    outputs: classes,
    link: 'softmax',
    base({ target, weights, from, to }) {
      const shares = new Float64Array(classes);
      let whole = 0;
      for (let row = from; row < to; row++) {
        const weight = weights === undefined ? 1 : weights[row]!;
        shares[target[row]!]! += weight;
        whole += weight;
      }
      shares.forEach((share, k) => {
        if (share === 0) absent.add(k);
      });
      return Array.from(shares, (share) => Math.log(Math.max(RAREST, share / whole)));
    },
    loss(rows, scores) {
      const all = logSumExp(scores);
      return meanOver(rows, (i) => all[i]! - scores[rows.target[rows.from + i]!]![i]!);
    },
    begin(scores) {
      const rows = scores[0]!.length;
      if (norms.length !== rows) norms = new Float64Array(rows);
      logSumExp(scores, norms);
    },
    derivatives(rows, scores, output, first, second) {
      // An output's own scores move only with its own tree, so the norms are all that is kept of the round's beginning.
      const own = scores[output]!;
      // Friedman 2001, algorithm 6: a step in one score alone overshoots, for the others move too.
      const curb = classes / (classes - 1);
      for (let i = 0; i < own.length; i++) {
        const p = Math.exp(own[i]! - norms[i]!);
        first[i] = p - (rows.target[rows.from + i] === output ? 1 : 0);
        second[i] = curb * p * (1 - p);
      }
      weigh(rows, first, second);
    },
    isFixed: (output) => absent.has(output),
  };
}
