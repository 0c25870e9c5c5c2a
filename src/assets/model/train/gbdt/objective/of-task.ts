import { checkNotNegative } from '../../check-input.ts';
import type { FitInput } from '../../trainer.port.ts';
import type { GbdtParameters } from '../options.ts';
import { lambdaRank } from './lambda-rank.ts';
import { logLoss } from './log-loss.ts';
import type { Objective } from './objective.ts';
import { absoluteError, pinballLoss } from './pinball.ts';
import { poissonDeviance } from './poisson.ts';
import { softmaxLoss } from './softmax.ts';
import { squaredError } from './squared-error.ts';

/**
 * What trees are grown towards, by the task and, where the target is a number, by the option.
 * @throws MILL_TRAIN_TARGET_INVALID when the target is not for this option
 */
export function objectiveOf(input: FitInput, { objective, quantile }: GbdtParameters): Objective {
  switch (input.task) {
    case 'binary':
      return logLoss;
    case 'multiclass':
      return softmaxLoss(input.classes!.length);
    case 'ranking':
      return lambdaRank;
    case 'regression':
      break;
  }
  switch (objective) {
    case 'squared':
      return squaredError;
    case 'absolute':
      return absoluteError;
    case 'quantile':
      return pinballLoss(quantile);
    case 'poisson':
      checkNotNegative(input);
      return poissonDeviance;
  }
}
