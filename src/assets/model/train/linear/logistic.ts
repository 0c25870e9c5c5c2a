import type { FittedHere, Trainer } from '../trainer.port.ts';
import type { LinearOptions } from './options.ts';
import { linearTrainer } from './trained.ts';

/** Parameters of logistic regression. In scikit-learn's words, C = 1/(l1 + l2) and l1_ratio = l1/(l1 + l2), over standardized inputs. */
export type LogisticOptions = LinearOptions;

/**
 * Logistic regression, for two classes or several (one softmax over all): standardized numbers (missing values at the
 * mean, with a weight for being missing), one weight by category. Categories of fewer than 10 training rows share one
 * weight; missing and new ones have none. The same input and options give the same model; the seed is not used, the
 * validation rows only for their loss. Fitting throws what `createGbdt`'s does.
 * @throws MILL_TRAIN_OPTION_INVALID
 * @example const fitted = await createLogistic({ l2: 10 }).fit(input);
 */
export const createLogistic = (options: LogisticOptions = {}): Trainer<FittedHere> =>
  linearTrainer(options, ['binary', 'multiclass']);
