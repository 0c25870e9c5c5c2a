import type { TrainerSpec } from './spec.ts';
import { createGbdt, createLogistic, type Trainer } from './train/index.ts';

/** The trainer that a declaration names, ready with its options. */
export function trainerOf({ trainer, options }: TrainerSpec): Trainer {
  switch (trainer) {
    case 'gbdt':
      return createGbdt(options);
    case 'logistic':
      return createLogistic(options);
    default:
      throw new TypeError(`no trainer '${trainer}'`);
  }
}
