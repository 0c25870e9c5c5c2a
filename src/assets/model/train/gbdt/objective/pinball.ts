import { type LossRows, meanOver, type Objective, weigh } from './objective.ts';
import { quantileOf } from './quantile-of.ts';

/**
 * Pinball loss: the answer is a quantile. A row's loss is `share` of what its target lies above the score, or 1 − `share` of what it lies below,
 * times `scale`. It has no curvature, so trees are grown by its sign (second derivative 1, as in LightGBM) and their leaves set
 * to the quantile of what is left.
 */
export function pinballLoss(share: number, scale = 1): Objective {
  return {
    outputs: 1,
    link: 'identity',
    base: ({ target, weights, from, to }) => [
      quantileOf(target.subarray(from, to), share, weights?.subarray(from, to)),
    ],
    loss: (rows, [scores]) =>
      meanOver(rows, (i) => {
        const above = rows.target[rows.from + i]! - scores![i]!;
        return scale * (above > 0 ? share * above : (share - 1) * above);
      }),
    derivatives(rows, [scores], _output, first, second) {
      second.fill(1);
      for (let i = 0; i < scores!.length; i++)
        first[i] = scale * (scores![i]! >= rows.target[rows.from + i]! ? 1 - share : -share);
      weigh(rows, first, second);
    },
    leaf({ target, weights, from }: LossRows, [scores], leaf) {
      const left = Float64Array.from(leaf, (i) => target[from + i]! - scores![i]!);
      return quantileOf(left, share, weights && Float64Array.from(leaf, (i) => weights[from + i]!));
    },
  };
}

/** Mean absolute error: the answer is a median. */
export const absoluteError: Objective = pinballLoss(0.5, 2);
