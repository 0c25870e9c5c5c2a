import { checkInput, checkOption, columnsInOrder } from '../check-input.ts';
import { baseScore, meanLoss, sigmoid } from '../loss.ts';
import type { FitInput, FitSummary, Fitted, Task, Trainer } from '../trainer.port.ts';
import { type Design, times } from './design.ts';
import { type Encoding, encodeColumns, learnEncodings } from './encoding.ts';
import { minimize } from './newton.ts';
import { linearOnnx } from './to-onnx.ts';

/** Parameters of the linear trainer. */
export interface LogisticOptions {
  /** L2 penalty on the standardized weights, above 0; scikit-learn's 1/C, or Ridge's alpha. Default 1. */
  readonly l2?: number;
  /** Most Newton steps, 1 to 10,000; a handful is usual. Default 100. */
  readonly iterations?: number;
}

/** A linear model: the score is X·weights, the intercept being the last weight; for binary it is the log-odds. */
export interface LinearModel {
  readonly task: Task;
  readonly encodings: readonly Encoding[];
  readonly weights: Float64Array;
}

/** Fits and gives the model itself, with what is to be said of it. */
export async function fitLinear(
  input: FitInput,
  l2: number,
  iterations: number,
): Promise<readonly [LinearModel, FitSummary]> {
  const { task, target, train, validation } = input;
  const byRow = input.weights;
  input.signal?.throwIfAborted();
  const encodings = learnEncodings(input.columns, train, byRow);
  const { columns, weights: count } = encodeColumns(encodings, input.columns, train);
  const design: Design = { columns, rows: train.to - train.from };
  const weights = new Float64Array(count + 1);
  weights[count] = baseScore(task, target, train.from, train.to, byRow);
  const problem = {
    ...{ task, design, target, offset: train.from, l2 },
    ...(byRow === undefined ? {} : { weights: byRow }),
  };
  const { steps, converged } = await minimize(problem, weights, iterations, (step, loss) => {
    input.onProgress?.(step, iterations, loss);
    input.signal?.throwIfAborted();
  });
  const model = { task, encodings, weights };
  const spreads = columns.map((column) => spreadOf(column, design.rows, weights));
  const total = spreads.reduce((sum, spread) => sum + spread, 0);
  const share = (i: number): number => (total > 0 ? spreads[i]! / total : 0);
  const notes: string[] = [];
  if (total === 0)
    notes.push(
      'No input column varies with the target in the training rows: the model predicts the base rate.',
    );
  if (!converged)
    notes.push(`Not converged after ${steps} iterations: the weights may be some way from the best.`);
  const lossOf = (range: FitInput['train']): number | null => {
    const scores = new Float64Array(range.to - range.from);
    times({ ...encodeColumns(encodings, input.columns, range), rows: scores.length }, weights, scores);
    return meanLoss(task, scores, target, range.from, byRow);
  };
  const summary: FitSummary = Object.freeze({
    rounds: steps,
    trainLoss: lossOf(train)!,
    validationLoss: lossOf(validation),
    importance: Object.freeze(Object.fromEntries(encodings.map(({ name }, i) => [name, share(i)]))),
    notes: Object.freeze(notes),
  });
  return [model, summary];
}

/** The sum of a column's absolute weights, each times the standard deviation of what it weighs (1 for a number's own). */
function spreadOf(column: Design['columns'][number], rows: number, weights: Float64Array): number {
  const { at, firstLevel, levels } = column;
  let spread = column.values === undefined ? 0 : Math.abs(weights[at]!);
  const counts = new Float64Array(at + column.weights - firstLevel);
  for (const level of levels) if (level > 0) counts[level - 1]!++;
  counts.forEach((count, i) => {
    const share = count / rows;
    spread += Math.abs(weights[firstLevel + i]!) * Math.sqrt(share * (1 - share));
  });
  return spread;
}

function predict(model: LinearModel, given: FitInput['columns']): Float64Array {
  const { columns, rows } = columnsInOrder(model.encodings, given);
  const scores = new Float64Array(rows);
  times({ ...encodeColumns(model.encodings, columns, { from: 0, to: rows }), rows }, model.weights, scores);
  return model.task === 'binary' ? scores.map(sigmoid) : scores;
}

/**
 * Logistic regression for binary targets, ridge regression for the others: standardized numbers (missing values at the
 * mean, with a weight for being missing), one weight by category. Categories of fewer than 10 training rows share one
 * weight; missing and new ones have none. The same input and options give the same model; the seed is not used, the
 * validation rows only for their loss. Fitting throws what `createGbdt`'s does.
 * @throws MILL_TRAIN_OPTION_INVALID
 * @example const fitted = await createLogistic({ l2: 10 }).fit(input);
 */
export function createLogistic(options: LogisticOptions = {}): Trainer {
  const l2 = checkOption('l2', options.l2 ?? 1, { least: 0, most: 1e12, above: true });
  const iterations = checkOption('iterations', options.iterations ?? 100, {
    least: 1,
    most: 10_000,
    whole: true,
  });
  return {
    async fit(input: FitInput): Promise<Fitted> {
      checkInput(input);
      const [model, summary] = await fitLinear(input, l2, iterations);
      return Object.freeze({
        predict: (columns: FitInput['columns']) => predict(model, columns),
        toOnnx: (label = {}) => linearOnnx(model, label),
        summary,
      });
    },
  };
}
