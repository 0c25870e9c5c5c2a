import { counted } from '../../../../base/index.ts';
import { checkNamed } from '../check-options.ts';
import { lightRows } from '../light-rows.ts';
import { baseScore, wholeWeight } from '../loss.ts';
import type { FitInput, FitSummary, RowRange } from '../trainer.port.ts';
import { attributionBase } from './attribute.ts';
import { descend } from './descent.ts';
import { addColumn, type Design } from './design.ts';
import { encodeColumns } from './encode.ts';
import { learnEncodings } from './encoding.ts';
import type { LinearModel } from './model.ts';
import { byOutput, minimize, score } from './newton.ts';
import { objectiveOf } from './objective.ts';
import type { LinearParameters } from './options.ts';

/** What keeps a class apart that no training row has: a chance of about 1e−13. */
const ABSENT = -30;

/** Fits and gives the model itself, with what is to be said of it. */
export async function fitLinear(
  input: FitInput,
  { l1, l2, iterations, shapes }: LinearParameters,
): Promise<readonly [LinearModel, FitSummary]> {
  const { task, target, train, validation } = input;
  const byRow = input.weights;
  checkNamed('splines and bins', shapes.named, input.columns, 'number');
  input.signal?.throwIfAborted();
  const encodings = learnEncodings(input.columns, train, byRow, shapes);
  const { columns, weights: count } = encodeColumns(encodings, input.columns, train);
  const design: Design = { columns, rows: train.to - train.from };
  const present = presentClasses(input);
  // Classes that are there are counted without gaps.
  const place = new Map(present.map((index, i) => [index, i]));
  const dense = task === 'multiclass' ? target.map((y) => place.get(y) ?? 0) : target;
  const weights = new Float64Array((count + 1) * present.length);
  byOutput(weights, present.length).forEach((own, k) => {
    own[count] =
      task === 'multiclass'
        ? Math.log(shareOf(dense, k, train, byRow))
        : baseScore(task, target, train.from, train.to, byRow);
  });
  const all = wholeWeight(train.from, train.to, byRow);
  const problem = {
    objective: objectiveOf(task, present.length, dense, train.from, byRow),
    ...{ design, l1, l2 },
    whole: task === 'regression' ? all / 2 : all,
  };
  const find = l1 > 0 ? descend : minimize;
  const { steps, converged } = await find(problem, weights, iterations, (step, loss) => {
    input.onProgress?.(step, iterations, loss);
    input.signal?.throwIfAborted();
  });
  const fitted = byOutput(weights, present.length);
  const outputs = input.classes?.length ?? 1;
  const every = task === 'multiclass' ? spread(fitted, present, outputs) : fitted;
  const model = { task, encodings, outputs, weights: every, usual: attributionBase(design, every, input) };
  const lossOf = (range: RowRange): number | null => {
    const scores = every.map(() => new Float64Array(range.to - range.from));
    const encoded = encodeColumns(encodings, input.columns, range);
    score({ columns: encoded.columns, rows: range.to - range.from }, every, scores);
    return objectiveOf(task, outputs, target, range.from, byRow).mean(scores);
  };
  const shares = sharesOf(design, every, input);
  const notes = lightRows(input);
  if (notes.length === 0 && shares.every((share) => share === 0))
    notes.push(
      'No input column varies with the target in the training rows: the model predicts the base rate.',
    );
  if (!converged)
    notes.push(
      `Not converged after ${counted(steps, 'iteration')}: the weights may be some way from the best.`,
    );
  const zero = columns.filter((column, i) => column.weights > 0 && shares[i] === 0).length;
  if (l1 > 0 && zero > 0 && zero < columns.length)
    notes.push(`${zero} of ${columns.length} input columns have no weight: they were not worth the penalty.`);
  if (present.length < outputs && task === 'multiclass') {
    const missing = input.classes!.filter((_, i) => !present.includes(i));
    notes.push(`No training row has the class ${missing.map((name) => `'${name}'`).join(', ')}.`);
  }
  const summary: FitSummary = Object.freeze({
    rounds: steps,
    trainLoss: lossOf(train)!,
    validationLoss: lossOf(validation),
    importance: Object.freeze(Object.fromEntries(encodings.map(({ name }, i) => [name, shares[i]!]))),
    notes: Object.freeze(notes),
  });
  return [model, summary];
}

/** Classes that some training row has, ascending; one output for every other task. */
function presentClasses({ task, target, train }: FitInput): number[] {
  if (task !== 'multiclass') return [0];
  return [...new Set(target.subarray(train.from, train.to))].sort((a, b) => a - b);
}

function shareOf(target: Float64Array, y: number, { from, to }: RowRange, weights?: Float64Array): number {
  let sum = 0;
  for (let row = from; row < to; row++) if (target[row] === y) sum += weights?.[row] ?? 1;
  return sum / wholeWeight(from, to, weights);
}

/** Weights of all classes from those that are there. Only differences count, so intercepts are made to add up to 0. */
function spread(
  fitted: readonly Float64Array[],
  present: readonly number[],
  outputs: number,
): Float64Array[] {
  const mean = fitted.reduce((sum, own) => sum + own.at(-1)!, 0) / fitted.length;
  for (const own of fitted) own[own.length - 1]! -= mean;
  const least = Math.min(...fitted.map((own) => own.at(-1)!));
  return Array.from({ length: outputs }, (_, k) => {
    const at = present.indexOf(k);
    if (at >= 0) return fitted[at]!;
    const absent = new Float64Array(fitted[0]!.length);
    absent[absent.length - 1] = least + ABSENT;
    return absent;
  });
}

/** By column: the standard deviation of what it adds to the score, over all outputs, as a share of all columns'. */
function sharesOf(design: Design, weights: readonly Float64Array[], input: FitInput): number[] {
  const added = new Float64Array(design.rows);
  const whole = wholeWeight(input.train.from, input.train.to, input.weights);
  const spreads = design.columns.map((column) => {
    let sum = 0;
    for (const own of weights) {
      added.fill(0);
      addColumn(column, own, added);
      let mean = 0;
      let squares = 0;
      let weighed = 0;
      for (let row = 0; row < design.rows; row++) {
        const weight = input.weights?.[input.train.from + row] ?? 1;
        weighed += weight;
        const off = added[row]! - mean;
        mean += (off * weight) / weighed;
        squares += weight * off * (added[row]! - mean);
      }
      sum += Math.sqrt(squares / whole);
    }
    return sum;
  });
  const total = spreads.reduce((sum, one) => sum + one, 0);
  return spreads.map((one) => (total > 0 ? one / total : 0));
}
