import { checkInput, columnsInOrder } from '../check-input.ts';
import { checkNamed, failOption } from '../check-options.ts';
import { lightRows } from '../light-rows.ts';
import { meanLoss, wholeWeight } from '../loss.ts';
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
import type { BaselineModel } from './model.ts';
import { type BaselineOptions, baselineParameters } from './options.ts';
import { baselineOnnx } from './to-onnx.ts';

const TASKS: readonly Task[] = ['binary', 'multiclass', 'regression', 'ranking'];

/** What is told of rows of a category: sums by output, to be shared out. */
function learn(input: FitInput, options: BaselineOptions & { smoothing: number }): BaselineModel {
  const { task, target, train, weights, columns, classes } = input;
  const outputs = classes?.length ?? 1;
  const at = columns.findIndex(({ name }) => name === (options.by ?? options.value));
  const column = columns[at];
  const levels = new Map<string, number>();
  if (options.by !== undefined && column?.type === 'category')
    for (let row = train.from; row < train.to; row++) {
      const name = column.categories[column.codes[row]!] ?? '';
      if (name !== '' && !levels.has(name)) levels.set(name, levels.size + 1);
    }
  const sums = new Float64Array((levels.size + 1) * outputs);
  const counts = new Float64Array(levels.size + 1);
  const byCode = column?.type === 'category' ? column.categories.map((name) => levels.get(name) ?? 0) : [];
  const add = (level: number, row: number, weight: number): void => {
    counts[level]! += weight;
    if (task === 'multiclass') sums[level * outputs + target[row]!]! += weight;
    else sums[level]! += weight * target[row]!;
  };
  for (let row = train.from; row < train.to; row++) {
    const weight = weights?.[row] ?? 1;
    const level = column?.type === 'category' ? (byCode[column.codes[row]!] ?? 0) : 0;
    if (level > 0) add(level, row, weight);
    add(0, row, weight);
  }
  const popularity = task === 'ranking' && options.by !== undefined;
  const whole = wholeWeight(train.from, train.to, weights);
  const answers = sums.map((sum, i) => {
    const [level, output] = [Math.floor(i / outputs), i % outputs];
    if (popularity) return level === 0 ? 0 : sum / (sums[0]! || 1);
    const mean = sums[output]! / whole;
    if (level === 0) return mean;
    return (sum + options.smoothing * mean) / (counts[level]! + options.smoothing);
  });
  return {
    task,
    columns: columns.map(({ name, type }) => ({ name, type })),
    outputs,
    answers,
    ...(options.by === undefined ? {} : { by: { at, levels } }),
    ...(options.value === undefined ? {} : { value: { at } }),
  };
}

function answer(model: BaselineModel, columns: readonly InputColumn[], { from, to }: RowRange): Float64Array {
  const { answers, outputs, by, value, task } = model;
  const column = columns[(by ?? value)?.at ?? -1];
  const out = new Float64Array((to - from) * outputs);
  const byCode =
    by !== undefined && column?.type === 'category'
      ? column.categories.map((name) => by.levels.get(name) ?? 0)
      : [];
  for (let row = from; row < to; row++) {
    const place = (row - from) * outputs;
    if (value !== undefined && column?.type === 'number') {
      const x = Math.fround(column.values[row]!);
      const inside = task === 'binary' ? Math.min(1, Math.max(0, x)) : x;
      out[place] = Number.isFinite(x) ? inside : answers[0]!;
      continue;
    }
    const level = column?.type === 'category' ? (byCode[column.codes[row]!] ?? 0) : 0;
    for (let k = 0; k < outputs; k++) out[place + k] = answers[level * outputs + k]!;
  }
  return out;
}

/** Log loss, squared error, or what is missing of an NDCG at 10 of 1. */
function lossOf(input: FitInput, answers: Float64Array, range: RowRange): number | null {
  const { task, target, weights, classes } = input;
  const within = (p: number): number => Math.min(1 - 1e-15, Math.max(1e-15, p));
  if (task === 'ranking') return rankingLoss({ ...input, ...range }, answers);
  if (task === 'binary') {
    const odds = answers.map((p) => Math.log(within(p) / (1 - within(p))));
    return meanLoss(task, odds, target, range.from, weights);
  }
  if (task === 'regression') return meanLoss(task, answers, target, range.from, weights);
  if (range.from === range.to) return null;
  let sum = 0;
  for (let row = range.from; row < range.to; row++) {
    const p = answers[(row - range.from) * classes!.length + target[row]!]!;
    sum -= (weights?.[row] ?? 1) * Math.log(within(p));
  }
  return sum / wholeWeight(range.from, range.to, weights);
}

/**
 * What any model must beat: the base rate, the mean, the share of each class; the same by category (`by`), which for ranking is popularity; or an
 * input as it is (`value`). Fitting throws what `createGbdt`'s does.
 * @throws MILL_TRAIN_OPTION_INVALID
 * @example const fitted = await createBaseline({ by: 'country' }).fit(input);
 */
export function createBaseline(options: BaselineOptions = {}): Trainer<FittedHere> {
  const parameters = baselineParameters(options);
  const { by, value } = parameters;
  const checkNames = (columns: readonly InputShape[]): void => {
    if (by !== undefined) checkNamed('by', [by], columns, 'category');
    if (value !== undefined) checkNamed('value', [value], columns, 'number');
  };
  return {
    tasks: value === undefined ? TASKS : TASKS.filter((task) => task !== 'multiclass'),
    checkNames,
    async fit(input: FitInput): Promise<FittedHere> {
      checkInput(input, TASKS);
      checkNames(input.columns);
      if (value !== undefined && input.task === 'multiclass')
        failOption(`'value' answers a number, which is none of several classes.`, `Use 'by'.`);
      input.signal?.throwIfAborted();
      const model = learn(input, parameters);
      const told = (range: RowRange): number | null =>
        lossOf(input, answer(model, input.columns, range), range);
      const used = by ?? value;
      const notes = by === undefined ? [] : lightRows(input);
      if (input.task === 'ranking' && used === undefined)
        notes.push(
          "Every row is answered the same, so nothing is ranked: name a column with 'by' or 'value'.",
        );
      const trainLoss = told(input.train) ?? 0;
      const validationLoss = told(input.validation);
      input.onProgress?.(1, 1, validationLoss ?? trainLoss);
      const importance = input.columns.map(({ name }) => [name, name === used ? 1 : 0] as const);
      const summary: FitSummary = Object.freeze({
        ...{ rounds: 0, trainLoss, validationLoss },
        importance: Object.freeze(Object.fromEntries(importance)),
        notes: Object.freeze(notes),
      });
      return Object.freeze({
        predict: (given: FitInput['columns']) => {
          const { columns, rows } = columnsInOrder(model.columns, given);
          return answer(model, columns, { from: 0, to: rows });
        },
        toOnnx: (label = {}) => baselineOnnx(model, label),
        summary,
      });
    },
  };
}
