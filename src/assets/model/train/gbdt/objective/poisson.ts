import { baseScore } from '../../loss.ts';
import { meanOver, type Objective, weigh } from './objective.ts';

/** Makes steps smaller where the rate is small: LightGBM's poisson_max_delta_step. */
const CURB = Math.exp(0.7);

/** The lowest rate that a base says; its logarithm is finite. */
const LOWEST = 1e-15;

/** Mean Poisson deviance of counts or rates from 0 on: the score is the log of the rate. The slope is that of half of it. */
export const poissonDeviance: Objective = {
  outputs: 1,
  link: 'exp',
  base: ({ target, from, to, weights }) => [
    Math.log(Math.max(LOWEST, baseScore('regression', target, from, to, weights))),
  ],
  loss: (rows, [scores]) =>
    meanOver(rows, (i) => {
      const y = rows.target[rows.from + i]!;
      const score = scores![i]!;
      return 2 * ((y > 0 ? y * (Math.log(y) - score) - y : 0) + Math.exp(score));
    }),
  derivatives(rows, [scores], _output, first, second) {
    for (let i = 0; i < scores!.length; i++) {
      const rate = Math.exp(scores![i]!);
      first[i] = rate - rows.target[rows.from + i]!;
      second[i] = CURB * rate;
    }
    weigh(rows, first, second);
  },
};
