import { availableParallelism } from 'node:os';
import { MillraceError } from '../../../../base/index.ts';
import { checkChoice, checkOption, checkOptionNames, entriesOf } from '../check-options.ts';
import type { Direction } from './monotone.ts';

const OBJECTIVES = ['squared', 'absolute', 'quantile', 'poisson'] as const;

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
  /** Share of training rows that each tree learns from, above 0 to 1; of orders the share of groups. Default 1. */
  readonly rowSample?: number;
  /** Share of a tree's columns that each of its nodes may be split by, above 0 to 1. Default 1. */
  readonly columnSampleByNode?: number;
  /**
   * Which leaf is split next: the one whose split gains most ('leaf'), or all of a level before any of the next ('depth'), best first while
   * `leaves` allows. Default 'leaf'.
   */
  readonly grow?: 'leaf' | 'depth';
  /**
   * By input of numbers: with all other inputs the same, the answer must not fall as it grows ('increasing'), or must not rise
   * ('decreasing'). Missing values are free. Default none.
   */
  readonly monotone?: Readonly<Record<string, Direction>>;
  /** Threads that grow trees, 1 to 256; small tables need none. They change nothing in what is learnt. Default: one a core, at most 16. */
  readonly threads?: number;
  /**
   * What a number is learnt by: `squared` error (the answer is a mean), `absolute` error (a median), the pinball loss of a `quantile`, or `poisson` deviance
   * for counts and rates from 0 on. Default `squared`, or `quantile` where that option is given. Other tasks have one objective each: log loss,
   * softmax, LambdaMART.
   */
  readonly objective?: (typeof OBJECTIVES)[number];
  /** The share of targets that should lie below the answer, 0.001 to 0.999, with the objective `quantile`. Default 0.5. */
  readonly quantile?: number;
  /**
   * How much rows count by their class, above 0: by the class's name (`true` and `false` for a label that is true or false; 1 where not named),
   * or `balanced`, so that each class counts as much as any other. Probabilities are then no longer those of the training rows.
   */
  readonly classWeights?: 'balanced' | Readonly<Record<string, number>>;
}

/** More share the memory's bandwidth and little else. */
const MOST_THREADS = 16;

export type GbdtParameters = Required<Omit<GbdtOptions, 'classWeights'>> & {
  readonly classWeights: GbdtOptions['classWeights'];
};

/** @throws MILL_TRAIN_OPTION_INVALID */
export function gbdtParameters(options: GbdtOptions): GbdtParameters {
  const { trees = 300, depth = 6, leaves = 31, rate = 0.1, minLeafRows = 20, l2 = 1 } = options;
  const { bins = 255, earlyStopping = 30, columnSample = 1, rowSample = 1 } = options;
  const { quantile = 0.5, classWeights } = options;
  const { objective = options.quantile === undefined ? 'squared' : 'quantile' } = options;
  const { columnSampleByNode = 1, grow = 'leaf', monotone = {} } = options;
  const { threads = Math.min(MOST_THREADS, availableParallelism()) } = options;
  const share = { least: 0, most: 1, above: true } as const;
  if (classWeights !== undefined && (options.objective ?? options.quantile) !== undefined)
    throw new MillraceError({
      code: 'MILL_TRAIN_OPTION_INVALID',
      message: `'objective' is '${objective}', which is for numbers, and there are 'classWeights', which are for classes.`,
      todo: 'Leave one of them out.',
      owner: 'project',
    });
  if (options.quantile !== undefined) checkChoice('objective', objective, ['quantile']);
  const directions = checkedDirections(monotone);
  if (Object.keys(directions).length > 0 && (objective === 'absolute' || objective === 'quantile'))
    throw new MillraceError({
      code: 'MILL_TRAIN_OPTION_INVALID',
      message: `'monotone' is given with the objective '${objective}', whose leaves are set anew by their own rows.`,
      todo: 'Leave out one of them.',
      owner: 'project',
    });
  const parameters = Object.freeze({
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
    objective: checkChoice('objective', objective, OBJECTIVES),
    quantile: checkOption('quantile', quantile, { least: 0.001, most: 0.999 }),
    classWeights: checkedWeights(classWeights),
    columnSampleByNode: checkOption('columnSampleByNode', columnSampleByNode, share),
    grow: checkChoice('grow', grow, ['leaf', 'depth']),
    monotone: directions,
    threads: checkOption('threads', threads, { least: 1, most: 256, whole: true }),
  });
  checkOptionNames(options, Object.keys(parameters));
  return parameters;
}

function checkedDirections(
  monotone: Readonly<Record<string, Direction>>,
): Readonly<Record<string, Direction>> {
  const wanted = "'increasing' or 'decreasing' by input: { amount: 'increasing' }";
  for (const [name, direction] of entriesOf('monotone', monotone, wanted))
    checkChoice(`monotone.${name}`, direction, ['increasing', 'decreasing']);
  return Object.freeze({ ...monotone });
}

function checkedWeights(weights: GbdtOptions['classWeights']): GbdtOptions['classWeights'] {
  if (weights === undefined || weights === 'balanced') return weights;
  for (const [name, weight] of entriesOf(
    'classWeights',
    weights,
    "'balanced' or a number by class: { true: 5 }",
  ))
    checkOption(`classWeights.${name}`, weight, { least: 0, most: 1e12, above: true });
  return weights;
}
