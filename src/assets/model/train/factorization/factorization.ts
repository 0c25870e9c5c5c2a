import { checkInput, columnsInOrder } from '../check-input.ts';
import { checkNamed } from '../check-options.ts';
import { lightRows } from '../light-rows.ts';
import { meanLoss, sigmoid, wholeWeight } from '../loss.ts';
import { rankingLoss } from '../ndcg.ts';
import type {
  FitInput,
  FitSummary,
  FittedHere,
  InputColumn,
  InputShape,
  RowRange,
  Task,
  Trainer,
} from '../trainer.port.ts';
import { catalogLoss } from './catalog.ts';
import { type Factors, rounded, scoresOf } from './factors.ts';
import { learn } from './learn.ts';
import type { FactorizationModel } from './model.ts';
import {
  type FactorizationOptions,
  type FactorizationParameters,
  factorizationParameters,
  lossFor,
} from './options.ts';
import { AS_IT_IS, hasBoth, logLoss, sigmoidOf, type Told, withDrawn } from './probability.ts';
import { placesIn, type Rows, readRows } from './rows.ts';
import { factorizationOnnx } from './to-onnx.ts';

const TASKS: readonly Task[] = ['binary', 'regression', 'ranking'];

async function fit(
  given: FitInput,
  parameters: FactorizationParameters,
): Promise<[FactorizationModel, FitSummary]> {
  const { task, train, validation } = given;
  const scale = scaleOf(given);
  const input: FitInput =
    task === 'regression'
      ? { ...given, target: given.target.map((y) => (y - scale.mean) / scale.deviation) }
      : given;
  const rows = readRows(input, parameters);
  const bothKinds = rows.positives.length < train.to - train.from;
  const loss = lossFor(task, parameters.loss, bothKinds);
  const ranges = [validation, train].map((range) => ({
    range,
    places: placesIn(rows, input.columns, parameters, range),
  }));
  const told = (users: Factors, items: Factors, at: 0 | 1): Told => {
    const { range, places } = ranges[at]!;
    const count = range.to - range.from;
    return {
      scores: scoresOf(users, items, ...places, count),
      target: input.target.subarray(range.from, range.to),
      weights: input.weights?.subarray(range.from, range.to),
    };
  };
  const catalogs = ranges.map(({ range, places }) => catalogLoss(input.target, range, rows, places));
  const stopBy = async (users: Factors, items: Factors): Promise<number | null> => {
    if (validation.from === validation.to) return null;
    const held = told(users, items, 0);
    if (task === 'regression') return meanLoss(task, held.scores, held.target, 0, held.weights);
    if (task === 'ranking' && someOrder(input, validation))
      return rankingLoss({ ...input, ...validation }, held.scores);
    if (task === 'binary' && hasBoth(held.target)) return logLoss(held, await sigmoidOf(held, loss));
    return catalogs[0]!(users, items);
  };
  const { users, items, epochs } = await learn(input, rows, parameters, loss, stopBy);
  const final = finish(users, items, scale, task);
  const [held, own] = [told(final.users, final.items, 0), told(final.users, final.items, 1)];
  const notes = notesOf(input, parameters, rows);
  let link = AS_IT_IS;
  if (task === 'binary') {
    const by = [held, own].find(({ target }) => hasBoth(target));
    if (by === undefined)
      notes.push(
        'All rows are positive: a probability is that against an item drawn by chance, as likely as the row itself.',
      );
    link = await sigmoidOf(by ?? withDrawn(own, final, rows, ranges[1]!.places[0], input.seed), loss);
  }
  const model: FactorizationModel = {
    ...{ task, named: { user: parameters.user, item: parameters.item } },
    columns: input.columns.map(({ name, type }) => ({ name, type })),
    ...{ user: rows.user, item: rows.item, ...final, sigmoid: link },
  };
  const lossOf = ({ scores, target, weights }: Told, range: RowRange): number | null => {
    if (task === 'binary') return logLoss({ scores, target, weights }, link);
    if (task === 'regression')
      return meanLoss(task, scores, given.target.subarray(range.from, range.to), 0, weights);
    // Rows that are all positive have no order among themselves: their items are looked for among all.
    if (!someOrder(input, range)) return catalogs[range === validation ? 0 : 1]!(final.users, final.items);
    return rankingLoss({ ...input, ...range }, scores);
  };
  const summary: FitSummary = Object.freeze({
    rounds: epochs,
    trainLoss: lossOf(own, train) ?? 0,
    validationLoss: lossOf(held, validation),
    importance: Object.freeze(importanceOf(input, parameters, rows, final)),
    notes: Object.freeze(notes),
  });
  return [model, summary];
}

/** Whether some group has two grades. */
function someOrder({ groups, target }: FitInput, { from, to }: RowRange): boolean {
  for (let row = from + 1; row < to; row++)
    if (groups![row] === groups![row - 1] && target[row] !== target[row - 1]) return true;
  return false;
}

/** Mean and deviation of a number's target over the training rows. */
function scaleOf({ task, target, train, weights }: FitInput): { mean: number; deviation: number } {
  if (task !== 'regression') return { mean: 0, deviation: 1 };
  let mean = 0;
  let squares = 0;
  let whole = 0;
  for (let row = train.from; row < train.to; row++) {
    const weight = weights?.[row] ?? 1;
    whole += weight;
    const off = target[row]! - mean;
    mean += (off * weight) / whole;
    squares += weight * off * (target[row]! - mean);
  }
  return { mean, deviation: Math.sqrt(squares / wholeWeight(train.from, train.to, weights)) || 1 };
}

/** In the target's own unit, as float32. */
function finish(
  users: Factors,
  items: Factors,
  { mean, deviation }: { mean: number; deviation: number },
  task: Task,
): { users: Factors; items: Factors } {
  if (task !== 'regression') return { users: rounded(users), items: rounded(items) };
  const last = users.width - 1;
  const scaled = ({ width, everyone, table }: Factors): Factors => {
    const by = (value: number, i: number): number =>
      value * (i % width === last ? deviation : Math.sqrt(deviation));
    return { width, everyone: everyone.map(by), table: table.map(by) };
  };
  const own = scaled(users);
  own.everyone[last]! += mean;
  return { users: rounded(own), items: rounded(scaled(items)) };
}

/** By column: the size of its factors, each as often as it stands in a training row. */
function importanceOf(
  { columns }: FitInput,
  parameters: FactorizationParameters,
  { users, items }: Rows,
  factors: { users: Factors; items: Factors },
): Record<string, number> {
  const sizes = new Map<string, number>();
  for (const [names, all, { width, table }] of [
    [parameters.user, users, factors.users],
    [parameters.item, items, factors.items],
  ] as const)
    names.forEach((name, c) => {
      let sum = 0;
      for (const one of all.of) {
        const start = all.places[one * all.width + c]! * width;
        for (let d = 0; d < width; d++) sum += table[start + d]! ** 2;
      }
      sizes.set(name, Math.sqrt(sum));
    });
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return Object.fromEntries(
    columns.map(({ name }) => [name, total > 0 ? (sizes.get(name) ?? 0) / total : 0]),
  );
}

function notesOf(input: FitInput, { user, item }: FactorizationParameters, rows: Rows): string[] {
  const notes = lightRows(input);
  const { columns } = input;
  const unused = columns.filter(({ name }) => !user.includes(name) && !item.includes(name));
  if (unused.length > 0)
    notes.push(
      `Neither of the user nor of the item, so not used: ${unused.map(({ name }) => name).join(', ')}.`,
    );
  for (const side of [user, item]) {
    const id = columns.find(({ name }) => name === side[0]);
    if (id?.type === 'number')
      notes.push(
        `'${id.name}' is a number and enters by its size, in 10 parts; as text each value has factors of its own.`,
      );
  }
  for (const [said, all] of [
    ['user', rows.users],
    ['item', rows.items],
  ] as const)
    if (all.count === 1) notes.push(`All training rows have one ${said}: nothing is told by it.`);
  return notes;
}

function predict(model: FactorizationModel, given: readonly InputColumn[]): Float64Array {
  const { columns, rows } = columnsInOrder(model.columns, given);
  const places = placesIn(model, columns, model.named, { from: 0, to: rows });
  const scores = scoresOf(model.users, model.items, ...places, rows);
  if (model.task !== 'binary') return scores;
  const { slope, shift } = model.sigmoid;
  return scores.map((score) => sigmoid(slope * score + shift));
}

/**
 * Factorization of users and items by all that is known of them: what tells a user is the sum of the factors of its columns' values, so is what tells an
 * item, and the score of a pair is their product and their biases. An unknown id adds nothing: its other columns answer for it (cold start). For
 * true or false the score becomes a probability by a sigmoid fitted to the validation rows. Rows above 0 are positive; all may be. The same
 * input, options and seed give the same model. Fitting throws what `createGbdt`'s does.
 * @throws MILL_TRAIN_OPTION_INVALID
 * @example const fitted = await createFactorization({ user: ['user_id', 'country'], item: ['item_id', 'category'] }).fit(input);
 */
export function createFactorization(options: FactorizationOptions): Trainer<FittedHere> {
  const parameters = factorizationParameters(options);
  const checkNames = (columns: readonly InputShape[]): void => {
    checkNamed('user', parameters.user, columns);
    checkNamed('item', parameters.item, columns);
  };
  return {
    tasks: TASKS,
    checkNames,
    async fit(input: FitInput): Promise<FittedHere> {
      const { train, target } = input;
      const positive =
        (input.task === 'binary' || input.task === 'ranking') &&
        target.subarray(train.from, train.to).some((y) => y > 0);
      // Positive rows alone suffice, since what is not there is a weak no.
      checkInput(input, TASKS, ...(positive ? (['suffices'] as const) : []));
      checkNames(input.columns);
      input.signal?.throwIfAborted();
      const [model, summary] = await fit(input, parameters);
      return Object.freeze({
        predict: (columns: readonly InputColumn[]) => predict(model, columns),
        toOnnx: (label = {}) => factorizationOnnx(model, label),
        summary,
      });
    },
  };
}
