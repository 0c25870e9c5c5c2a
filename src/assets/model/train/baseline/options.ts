import { said } from '../../../../base/index.ts';
import { checkOption, checkOptionNames, failOption } from '../check-options.ts';

/** Parameters of the baseline: with none it answers the same of every row. */
export interface BaselineOptions {
  /** A category column: answers its mean target (its share of each class; for ranking, its share of all grades: popularity). */
  readonly by?: string;
  /** With `by`: as many rows of the overall mean are added to each category, 0 to 1e9, so that rare ones stay near it. Default 10. */
  readonly smoothing?: number;
  /** A number column that is answered as it is: the last value of what is to be told, say. For yes or no it is a probability, cut to 0 … 1. */
  readonly value?: string;
}

/** @throws MILL_TRAIN_OPTION_INVALID */
export function baselineParameters(options: BaselineOptions): BaselineOptions & { smoothing: number } {
  checkOptionNames(options, ['by', 'value', 'smoothing']);
  for (const name of ['by', 'value'] as const)
    if (options[name] !== undefined && typeof options[name] !== 'string')
      failOption(`'${name}' is ${said(options[name])}; wanted the name of an input.`);
  if (options.by !== undefined && options.value !== undefined)
    failOption(`'by' and 'value' are two baselines.`, 'Choose one of the two.');
  return {
    ...options,
    smoothing: checkOption('smoothing', options.smoothing ?? 10, { least: 0, most: 1e9 }),
  };
}
