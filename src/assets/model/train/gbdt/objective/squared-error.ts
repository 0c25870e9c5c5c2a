import { baseScore, derivatives, meanLoss } from '../../loss.ts';
import type { Objective } from './objective.ts';

/** Mean squared error: the answer is a mean. The slope is that of half of it. */
export const squaredError: Objective = {
  outputs: 1,
  link: 'identity',
  base: ({ target, from, to, weights }) => [baseScore('regression', target, from, to, weights)],
  loss: ({ target, from, weights }, [scores]) => meanLoss('regression', scores!, target, from, weights),
  derivatives({ target, from, weights }, [scores], _output, first, second) {
    derivatives('regression', scores!, target, from, first, second, weights);
  },
};
