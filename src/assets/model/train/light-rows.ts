import { wholeWeight } from './loss.ts';
import type { FitInput } from './trainer.port.ts';

/** What a person should know of weights that leave little to learn from: penalties and least sizes are those of rows that weigh about 1. */
export function lightRows({ train, weights }: FitInput): string[] {
  const whole = wholeWeight(train.from, train.to, weights);
  return whole < 1
    ? [
        `The training rows weigh ${whole.toPrecision(2)} in all, less than one row: beside penalties and least sizes, which are for rows that weigh about 1, next to nothing can be learnt from them.`,
      ]
    : [];
}
