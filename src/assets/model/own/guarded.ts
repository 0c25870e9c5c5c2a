import { type JsonObject, MillraceError, messageOf } from '../../../base/index.ts';
import { checkInput, columnsInOrder } from '../train/check-input.ts';
import type { FitInput, FitSummary, Fitted, InputColumn, Task, Trainer } from '../train/index.ts';

/** Makes a trainer of some options. */
// biome-ignore lint/suspicious/noExplicitAny: each has options of its own
export type CreateTrainer = (options: any) => Trainer;

const TASKS: readonly Task[] = ['binary', 'multiclass', 'regression', 'ranking'];

/**
 * A project's own trainer, held to the port: inputs that nobody could learn from are refused before it sees them, and what it gives is looked at
 * before anything is judged or written by it.
 * @throws MILL_TRAINER_INVALID when `create` gives no trainer, MILL_TRAIN_OPTION_INVALID when it throws
 */
export function guarded(name: string, create: CreateTrainer, options: object): Trainer {
  const trainer = created(name, create, options as JsonObject);
  const { tasks, measures } = trainer;
  return {
    tasks,
    ...(measures === undefined ? {} : { measures }),
    ...(trainer.checkNames === undefined ? {} : { checkNames: trainer.checkNames.bind(trainer) }),
    async fit(input, context) {
      checkInput(input, tasks);
      input.signal?.throwIfAborted();
      const fitted = await calling(name, 'fit', input.signal, () => trainer.fit(input, context));
      return heldTo(name, fitted, input);
    },
  };
}

function created(name: string, create: CreateTrainer, options: JsonObject): Trainer {
  let trainer: Trainer;
  try {
    trainer = create(options);
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw new MillraceError(
      {
        code: 'MILL_TRAIN_OPTION_INVALID',
        message: `The trainer '${name}' does not take its options: ${messageOf(error)}`,
        todo: 'Change the options where the model is declared.',
        owner: 'project',
      },
      { cause: error },
    );
  }
  const { tasks, fit } = (trainer ?? {}) as Partial<Trainer>;
  if (typeof fit === 'function' && Array.isArray(tasks) && tasks.length > 0) {
    const unknown = tasks.find((task) => !TASKS.includes(task));
    if (unknown === undefined) return trainer;
    throw invalid(name, `it learns '${String(unknown).slice(0, 100)}'; there are ${TASKS.join(', ')}`);
  }
  throw invalid(name, 'create() gives no trainer, which has `tasks` and `fit`');
}

/** What it learnt, each part looked at when it is asked for. */
function heldTo(name: string, fitted: Fitted, input: FitInput): Fitted {
  const { predict, toOnnx, summary, attribute } = (fitted ?? {}) as Partial<Fitted>;
  if (typeof predict !== 'function' || typeof toOnnx !== 'function')
    throw broken(name, 'fit() gives no model, which has `predict` and `toOnnx`');
  return {
    async predict(given) {
      const { columns, rows } = columnsInOrder(input.columns, given);
      const answers = await calling(name, 'predict', undefined, () => fitted.predict(columns));
      return checkedAnswers(name, input, rows, answers);
    },
    toOnnx(label) {
      const bytes = callingNow(name, 'toOnnx', () => fitted.toOnnx(label));
      if (bytes instanceof Uint8Array && bytes.length > 0) return bytes;
      throw broken(name, 'toOnnx() gives no bytes');
    },
    // What it keeps only it could open: why a row is answered as it is, is told in the report and not later.
    ...(attribute === undefined ? {} : { attribute: attribute.bind(fitted) }),
    summary: checkedSummary(name, summary, input.columns),
  };
}

function checkedAnswers(
  name: string,
  { task, classes }: FitInput,
  rows: number,
  answers: unknown,
): Float64Array {
  const width = classes?.length ?? 1;
  if (!(answers instanceof Float64Array) || answers.length !== rows * width)
    throw broken(
      name,
      `predict() gives ${answers instanceof Float64Array ? `${answers.length} numbers` : 'no Float64Array'} for ${rows} rows; wanted ${rows * width}`,
    );
  const probable = task === 'binary' || task === 'multiclass';
  const bad = answers.findIndex(
    (answer) => !(probable ? answer >= 0 && answer <= 1 : Number.isFinite(answer)),
  );
  if (bad < 0) return answers;
  throw broken(
    name,
    `predict() gives ${answers[bad]} for row ${Math.floor(bad / width)}; wanted ${probable ? 'a probability, 0 to 1' : 'a finite number'}`,
  );
}

function checkedSummary(name: string, given: unknown, columns: readonly InputColumn[]): FitSummary {
  const { rounds, trainLoss, validationLoss, importance, notes } = (given ?? {}) as Partial<FitSummary>;
  const isLoss = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
  const wrong = [
    [typeof rounds === 'number' && rounds >= 0, 'rounds, a number from 0 on'],
    [isLoss(trainLoss), 'trainLoss, a finite number'],
    [validationLoss === null || isLoss(validationLoss), 'validationLoss, a finite number or null'],
    [
      typeof importance === 'object' && importance !== null && Object.values(importance).every(isLoss),
      'importance, a number by input',
    ],
    [Array.isArray(notes) && notes.every((note) => typeof note === 'string'), 'notes, a list of sentences'],
  ].find(([fits]) => !fits);
  if (wrong !== undefined) throw broken(name, `its summary has no ${wrong[1]}`);
  const summary = given as FitSummary;
  const told = new Map(Object.entries(summary.importance));
  const shares = columns.map(({ name }) => [name, told.get(name) ?? 0] as const);
  return Object.freeze({
    ...{ rounds: summary.rounds, trainLoss: summary.trainLoss, validationLoss: summary.validationLoss },
    importance: Object.freeze(Object.fromEntries(shares)),
    notes: Object.freeze([...summary.notes]),
  });
}

/** What a project's own code throws is told as that, but for an end that was asked for and what is an error of ours. */
async function calling<T>(
  name: string,
  what: string,
  signal: AbortSignal | undefined,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw thrown(name, what, error);
  }
}

function callingNow<T>(name: string, what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw thrown(name, what, error);
  }
}

function thrown(name: string, what: string, error: unknown): MillraceError {
  return error instanceof MillraceError
    ? error
    : broken(name, `${what}() throws: ${messageOf(error)}`, error);
}

function broken(name: string, why: string, cause?: unknown): MillraceError {
  return new MillraceError(
    {
      code: 'MILL_TRAINER_BROKEN',
      message: `The trainer '${name}' did not do what a trainer does: ${why}.`,
      todo: `Mend it, raise its revision, and hold it to the suite: trainerConforms('${name}', …) of millrace/conformance.`,
      owner: 'project',
    },
    cause === undefined ? {} : { cause },
  );
}

function invalid(name: string, why: string): MillraceError {
  return new MillraceError({
    code: 'MILL_TRAINER_INVALID',
    message: `The trainer '${name}' cannot be used: ${why}.`,
    todo: `See what a trainer is: docs/guide/25-own-trainer.md.`,
    owner: 'project',
  });
}
