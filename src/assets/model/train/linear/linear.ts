import type { FittedHere, Trainer } from '../trainer.port.ts';
import type { LinearOptions } from './options.ts';
import { linearTrainer } from './trained.ts';

/**
 * Linear regression of a number by least squares, inputs entering as in `createLogistic`. `l2` is the alpha of scikit-learn's Ridge;
 * with `l1` it is an elastic net (a lasso where `l2` is 0) of alpha = (l1 + l2)/rows and l1_ratio = l1/(l1 + l2).
 * @throws MILL_TRAIN_OPTION_INVALID
 * @example const fitted = await createLinear({ l1: 5, splines: { age: 5 } }).fit(input);
 */
export const createLinear = (options: LinearOptions = {}): Trainer<FittedHere> =>
  linearTrainer(options, ['regression']);
