import { baseScore, derivatives, meanLoss } from '../../loss.ts';
import type { Objective } from './objective.ts';

/** Log loss of a target of 0 and 1: the score is the log-odds of 1. */
export const logLoss: Objective = {
  outputs: 1,
  link: 'logistic',
  base: ({ target, from, to, weights }) => [baseScore('binary', target, from, to, weights)],
  loss: ({ target, from, weights }, [scores]) => meanLoss('binary', scores!, target, from, weights),
  derivatives({ target, from, weights }, [scores], _output, first, second) {
    derivatives('binary', scores!, target, from, first, second, weights);
  },
};
