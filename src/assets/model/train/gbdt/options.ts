import { checkOption } from '../check-input.ts';

/** Parameters of gradient-boosted trees. Every one has a default that does well on tables of 1,000 to 10 million rows. */
export interface GbdtOptions {
  /** Most trees to grow, 1 to 10,000. Default 300; early stopping usually keeps fewer. */
  readonly trees?: number;
  /** Most splits between root and leaf, 1 to 64. Default 6. */
  readonly depth?: number;
  /** Most leaves of a tree, 2 to 4,096. Default 31. */
  readonly leaves?: number;
  /** Share of each tree's answer that is added, above 0 to 1. Default 0.1. */
  readonly rate?: number;
  /** Fewest training rows in a leaf. Default 20. */
  readonly minLeafRows?: number;
  /** L2 penalty on leaf values. Default 1. */
  readonly l2?: number;
  /** Most bins of a number column, and most categories told apart in a category column (the most frequent), 2 to 255. Default 255. */
  readonly bins?: number;
  /** Stop when the validation loss has not improved for so many trees; 0 never stops. The best round is kept in any case. Default 30. */
  readonly earlyStopping?: number;
  /** Share of columns that each tree may use, above 0 to 1. Default 1. */
  readonly columnSample?: number;
  /** Share of training rows that each tree learns from, above 0 to 1. Default 1. */
  readonly rowSample?: number;
}

export type GbdtParameters = Required<GbdtOptions>;

/** @throws MILL_TRAIN_OPTION_INVALID */
export function gbdtParameters(options: GbdtOptions): GbdtParameters {
  const { trees = 300, depth = 6, leaves = 31, rate = 0.1, minLeafRows = 20, l2 = 1 } = options;
  const { bins = 255, earlyStopping = 30, columnSample = 1, rowSample = 1 } = options;
  const share = { least: 0, most: 1, above: true } as const;
  return Object.freeze({
    trees: checkOption('trees', trees, { least: 1, most: 10_000, whole: true }),
    depth: checkOption('depth', depth, { least: 1, most: 64, whole: true }),
    leaves: checkOption('leaves', leaves, { least: 2, most: 4096, whole: true }),
    rate: checkOption('rate', rate, share),
    minLeafRows: checkOption('minLeafRows', minLeafRows, { least: 1, most: 2 ** 31, whole: true }),
    l2: checkOption('l2', l2, { least: 0, most: 1e12 }),
    bins: checkOption('bins', bins, { least: 2, most: 255, whole: true }),
    earlyStopping: checkOption('earlyStopping', earlyStopping, { least: 0, most: 10_000, whole: true }),
    columnSample: checkOption('columnSample', columnSample, share),
    rowSample: checkOption('rowSample', rowSample, share),
  });
}
