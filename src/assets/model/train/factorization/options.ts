import { checkChoice, checkOption, checkOptionNames, failOption } from '../check-options.ts';
import type { Task } from '../trainer.port.ts';

/** Parameters of a factorization. */
export interface FactorizationOptions {
  /** Columns that say who is asked for: first the id, then what is known of new ones too (country, age). At least one. */
  readonly user: readonly string[];
  /** Columns that say what is offered: first the id, then its features (category, brand, price). At least one, none of `user`. */
  readonly item: readonly string[];
  /** Numbers by which a user and an item are told, 1 to 512. Default 32. */
  readonly factors?: number;
  /** Most passes over the training rows, 1 to 1,000. Default 20. */
  readonly epochs?: number;
  /**
   * `als`: squares, each pair of user and item that has no row a weak no (Hu, Koren, Volinsky 2008; Rendle and others 2021). `bpr`: each positive row
   * before an item drawn by chance (Rendle and others 2009). `logistic`: the rows as they are. Default: `logistic` for yes or no where training
   * has rows of both, else `als`. A number is told by squared error, whatever is said here.
   */
  readonly loss?: 'als' | 'bpr' | 'logistic';
  /** With `als`: weight of a pair that has no row, where one that has a row weighs 1; above 0 to 10. Default 0.5. */
  readonly unseen?: number;
  /** Penalty on squared factors, 0 to 1,000; with `als` times the weight of the pairs a feature is in. Default 0.01. */
  readonly l2?: number;
  /** Size of the first steps (Adagrad), above 0 to 10; not for `als`. Default 0.05. */
  readonly rate?: number;
  /** Stop when the validation rows have not been told better for so many passes; 0 never stops. The best is kept in any case. Default 4. */
  readonly earlyStopping?: number;
}

export type FactorizationParameters = Required<Omit<FactorizationOptions, 'loss'>> &
  Pick<FactorizationOptions, 'loss'>;

/** How it is learnt: as said, or `squared` for a number. */
export type Loss = 'als' | 'bpr' | 'logistic' | 'squared';

function checkSide(name: 'user' | 'item', columns: unknown): void {
  if (Array.isArray(columns) && columns.length > 0 && columns.every((column) => typeof column === 'string'))
    return;
  failOption(
    `'${name}' is ${JSON.stringify(columns) ?? 'not there'}; wanted a list of input columns, the id first.`,
  );
}

/** @throws MILL_TRAIN_OPTION_INVALID */
export function factorizationParameters(options: FactorizationOptions): FactorizationParameters {
  const { user, item, loss, factors = 32, epochs = 20, unseen = 0.5, l2 = 0.01 } = options;
  const { rate = 0.05, earlyStopping = 4 } = options;
  checkSide('user', user);
  checkSide('item', item);
  const all = [...user, ...item];
  const twice = all.find((column, i) => all.indexOf(column) < i);
  if (twice !== undefined)
    failOption(`'${twice}' is named twice in 'user' and 'item'.`, 'Name each input on one side, once.');
  const parameters = Object.freeze({
    user,
    item,
    ...(loss === undefined ? {} : { loss: checkChoice('loss', loss, ['als', 'bpr', 'logistic']) }),
    factors: checkOption('factors', factors, { least: 1, most: 512, whole: true }),
    epochs: checkOption('epochs', epochs, { least: 1, most: 1000, whole: true }),
    unseen: checkOption('unseen', unseen, { least: 0, most: 10, above: true }),
    l2: checkOption('l2', l2, { least: 0, most: 1000 }),
    rate: checkOption('rate', rate, { least: 0, most: 10, above: true }),
    earlyStopping: checkOption('earlyStopping', earlyStopping, { least: 0, most: 1000, whole: true }),
  });
  checkOptionNames(options, ['loss', ...Object.keys(parameters)]);
  return parameters;
}

export function lossFor(task: Task, loss: FactorizationOptions['loss'], bothKinds: boolean): Loss {
  if (task === 'regression') return 'squared';
  return loss ?? (task === 'binary' && bothKinds ? 'logistic' : 'als');
}
