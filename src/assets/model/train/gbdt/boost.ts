import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkInput, columnsInOrder } from '../check-input.ts';
import { baseScore, derivatives, meanLoss, sigmoid } from '../loss.ts';
import { randomStream, sampleInOrder } from '../random.ts';
import type { FitInput, FitSummary, Fitted, Task, Trainer } from '../trainer.port.ts';
import { type Binning, encode, learnBinnings } from './bins.ts';
import { TreeGrower } from './grow.ts';
import { type GbdtOptions, type GbdtParameters, gbdtParameters } from './options.ts';
import { gbdtOnnx } from './to-onnx.ts';
import { addTree, type Tree } from './tree.ts';

/** Trained trees: the score is `base` plus every tree's value; for binary it is the log-odds. */
export interface GbdtModel {
  readonly task: Task;
  readonly binnings: readonly Binning[];
  readonly base: number;
  readonly trees: readonly Tree[];
}

/** A gain below this share of the base score's loss is rounding, not learning. */
const NOISE = 1e-9;

async function boost(input: FitInput, parameters: GbdtParameters): Promise<[GbdtModel, FitSummary]> {
  const { task, target, weights, train, validation } = input;
  input.signal?.throwIfAborted();
  const random = randomStream(input.seed);
  const binnings = learnBinnings(input.columns, train, parameters.bins, random);
  const codes = binnings.map((binning, i) => encode(binning, input.columns[i]!, train));
  const heldOut = binnings.map((binning, i) => encode(binning, input.columns[i]!, validation));
  const rows = train.to - train.from;
  const base = Math.fround(baseScore(task, target, train.from, train.to, weights));
  const scores = new Float64Array(rows).fill(base);
  const heldOutScores = new Float64Array(validation.to - validation.from).fill(base);
  const first = new Float64Array(rows);
  const second = new Float64Array(rows);
  const outside = new Uint8Array(rows);

  // A column that has one code throughout cannot part rows.
  const usable = binnings.flatMap((_, i) => (codes[i]!.some((code) => code !== codes[i]![0]) ? [i] : []));
  const trees: Tree[] = [];
  const baseLoss = meanLoss(task, scores, target, train.from, weights)!;
  let best = {
    rounds: 0,
    train: baseLoss,
    validation: meanLoss(task, heldOutScores, target, validation.from, weights),
    gains: new Float64Array(binnings.length),
  };
  const grower = new TreeGrower(binnings, codes, rows, parameters, NOISE * baseLoss);
  const sampled = Math.max(1, Math.round(rows * parameters.rowSample));
  const width = Math.max(1, Math.round(usable.length * parameters.columnSample));
  while (trees.length < parameters.trees && usable.length > 0) {
    // A turn for everything else in this process: a tree takes some milliseconds.
    await nextTurn();
    input.signal?.throwIfAborted();
    derivatives(task, scores, target, train.from, first, second, weights);
    const chosen = sampleInOrder(0, rows, sampled, random);
    const columns = sampleInOrder(0, usable.length, width, random).map((i) => usable[i]!);
    if (sampled < rows) {
      outside.fill(1);
      for (const row of chosen) outside[row] = 0;
    }
    const tree = grower.grow({ rows: chosen, columns, first, second }, scores);
    if (tree.column.length === 1 && sampled === rows && columns.length === usable.length) break;
    if (sampled < rows) addTree(tree, codes, scores, outside);
    addTree(tree, heldOut, heldOutScores);
    trees.push(tree);
    const loss = meanLoss(task, scores, target, train.from, weights)!;
    const heldOutLoss = meanLoss(task, heldOutScores, target, validation.from, weights);
    input.onProgress?.(trees.length, parameters.trees, heldOutLoss ?? loss);
    if (heldOutLoss === null || heldOutLoss < best.validation!)
      best = { rounds: trees.length, train: loss, validation: heldOutLoss, gains: grower.gains.slice() };
    else if (parameters.earlyStopping > 0 && trees.length - best.rounds >= parameters.earlyStopping) break;
  }
  const model = { task, binnings, base, trees: trees.slice(0, best.rounds) };
  return [model, summarize(binnings, best, usable.length, trees.length)];
}

function summarize(
  binnings: readonly Binning[],
  best: { rounds: number; train: number; validation: number | null; gains: Float64Array },
  usable: number,
  grown: number,
): FitSummary {
  let total = 0;
  for (const gain of best.gains) total += gain;
  const shares = binnings.map(({ name }, i) => [name, total > 0 ? best.gains[i]! / total : 0] as const);
  const notes: string[] = [];
  if (usable === 0)
    notes.push(
      'Every input column is constant or missing in the training rows: the model predicts the base rate.',
    );
  else if (grown === 0)
    notes.push('No split gained anything on the training rows: the model predicts the base rate.');
  else if (best.rounds === 0)
    notes.push('No tree lowered the validation loss: the model predicts the base rate.');
  return Object.freeze({
    rounds: best.rounds,
    trainLoss: best.train,
    validationLoss: best.validation,
    importance: Object.freeze(Object.fromEntries(shares)),
    notes: Object.freeze(notes),
  });
}

function predict(model: GbdtModel, given: FitInput['columns']): Float64Array {
  const { columns, rows } = columnsInOrder(model.binnings, given);
  const codes = model.binnings.map((binning, i) => encode(binning, columns[i]!, { from: 0, to: rows }));
  const scores = new Float64Array(rows);
  for (const tree of model.trees) addTree(tree, codes, scores);
  for (let row = 0; row < rows; row++) {
    const score = model.base + scores[row]!;
    scores[row] = model.task === 'binary' ? sigmoid(score) : score;
  }
  return scores;
}

/**
 * Gradient-boosted decision trees on histograms: leaf by leaf, with missing values and categories as they are.
 * The same input, options and seed give the same model. A category that training did not see counts as missing.
 * Fitting throws MILL_TRAIN_NO_COLUMNS, MILL_TRAIN_COLUMN_NAME, MILL_TRAIN_INPUT_INVALID, MILL_TRAIN_NO_ROWS,
 * MILL_TRAIN_TARGET_INVALID, MILL_TRAIN_ONE_CLASS, and the signal's reason when it is aborted.
 * @throws MILL_TRAIN_OPTION_INVALID
 * @example const fitted = await createGbdt({ trees: 200, rate: 0.05 }).fit(input);
 */
export function createGbdt(options: GbdtOptions = {}): Trainer {
  const parameters = gbdtParameters(options);
  return {
    async fit(input: FitInput): Promise<Fitted> {
      checkInput(input);
      const [model, summary] = await boost(input, parameters);
      return Object.freeze({
        predict: (columns: FitInput['columns']) => predict(model, columns),
        toOnnx: (label = {}) => gbdtOnnx(model, label),
        summary,
      });
    },
  };
}
