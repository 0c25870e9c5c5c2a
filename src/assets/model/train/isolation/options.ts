import { checkOption, checkOptionNames } from '../check-options.ts';

/** Parameters of an isolation forest. */
export interface IsolationForestOptions {
  /** Trees, 1 to 10,000. Default 100. */
  readonly trees?: number;
  /** Training rows that each tree is grown on, 2 to 1,000,000; all, where there are fewer. Default 256: more hides outliers among each other. */
  readonly rows?: number;
  /** Share of columns that each tree may use, above 0 to 1. Default 1. */
  readonly columnSample?: number;
}

export type IsolationParameters = Required<IsolationForestOptions>;

/** @throws MILL_TRAIN_OPTION_INVALID */
export function isolationParameters(options: IsolationForestOptions): IsolationParameters {
  checkOptionNames(options, ['trees', 'rows', 'columnSample']);
  const { trees = 100, rows = 256, columnSample = 1 } = options;
  return Object.freeze({
    trees: checkOption('trees', trees, { least: 1, most: 10_000, whole: true }),
    rows: checkOption('rows', rows, { least: 2, most: 1_000_000, whole: true }),
    columnSample: checkOption('columnSample', columnSample, { least: 0, most: 1, above: true }),
  });
}
