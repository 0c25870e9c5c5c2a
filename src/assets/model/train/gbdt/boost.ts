import { setImmediate as nextTurn } from 'node:timers/promises';
import { canonicalJson } from '../../../../base/index.ts';
import { checkInput } from '../check-input.ts';
import { randomStream, sampleInOrder } from '../random.ts';
import type {
  Attribution,
  FitInput,
  FitSummary,
  FittedHere,
  RowRange,
  Task,
  Trainer,
} from '../trainer.port.ts';
import { attributeTrees } from './attribute.ts';
import { encodeAll, learnBinnings } from './bins.ts';
import { checkClassNames, weighClasses } from './class-weights.ts';
import { openGrower } from './grower.ts';
import { inputNotes } from './input-notes.ts';
import { keepTrees } from './kept.ts';
import { type GbdtModel, predictTrees } from './model.ts';
import { directionsOf } from './monotone.ts';
import type { LossRows, Objective, Scores } from './objective/objective.ts';
import { objectiveOf } from './objective/of-task.ts';
import { type GbdtOptions, type GbdtParameters, gbdtParameters } from './options.ts';
import { rowSampler } from './row-sample.ts';
import { setLeaves, weighCover } from './settle.ts';
import { sharedSpace } from './shared-space.ts';
import { type Progress, summarize } from './summarize.ts';
import { gbdtOnnx } from './to-onnx.ts';
import { addTree, coverInner, NO_TREE, type Tree } from './tree.ts';

/** What trees learn. */
const TASKS: readonly Task[] = ['binary', 'multiclass', 'regression', 'ranking'];

/** What trees learn with these options: some are for numbers, some for classes. */
function tasksOf({ objective, quantile, classWeights, monotone = {} }: GbdtOptions): readonly Task[] {
  return TASKS.filter((task) => {
    if (objective !== undefined || quantile !== undefined) return task === 'regression';
    // Of several scores that rise together none need rise as a probability.
    if (task === 'multiclass' && Object.keys(monotone).length > 0) return false;
    return classWeights === undefined || task === 'binary' || task === 'multiclass';
  });
}

/** A gain below this share of the mean squared slope is rounding, not learning. */
const NOISE = 1e-9;

/** Trained trees, which can always tell why. */
export interface FittedTrees extends FittedHere {
  attribute(columns: FitInput['columns']): Attribution;
  /** The trees as bytes, from which `openTrees` can predict and attribute later. */
  keep(): Uint8Array;
}

/** Grows trees, and says what is to be said of it. The input has been checked. */
export async function growTrees(
  input: FitInput,
  parameters: GbdtParameters,
): Promise<[GbdtModel, FitSummary]> {
  const { train, validation } = input;
  input.signal?.throwIfAborted();
  const objective = objectiveOf(input, parameters);
  const random = randomStream(input.seed);
  const space = sharedSpace();
  const binnings = await learnBinnings(input.columns, train, parameters.bins, random);
  const codes = await encodeAll(binnings, input.columns, train, space.bytes);
  const heldOut = await encodeAll(binnings, input.columns, validation, (rows) => new Uint8Array(rows));
  const rows = train.to - train.from;
  const weights = weighClasses(input, parameters.classWeights);
  const learnt: LossRows = lossRows(input, weights, train);
  const judged: LossRows = lossRows(input, weights, validation);
  const base = objective.base(learnt).map(Math.fround);
  const scores = base.map((start) => space.floats(rows).fill(start));
  const heldOutScores = base.map((start) => new Float64Array(validation.to - validation.from).fill(start));
  const first = space.floats(rows);
  const second = space.floats(rows);
  const outside = new Uint8Array(rows);
  // Leaves that are set anew are added to the scores only then.
  const nowhere = objective.leaf === undefined ? undefined : space.floats(rows);

  // A column that has one code throughout cannot part rows.
  const usable = binnings.flatMap((_, i) => (codes[i]!.some((code) => code !== codes[i]![0]) ? [i] : []));
  const trees: Tree[] = [];
  let rounds = 0;
  let best: Progress = {
    rounds: 0,
    train: objective.loss(learnt, scores)!,
    validation: objective.loss(judged, heldOutScores),
    gains: new Float64Array(binnings.length),
  };
  const minGain = NOISE * squaredSlope(objective, learnt, scores, first, second);
  const grower = openGrower({
    ...{ binnings, space, codes, usable, rows, parameters, minGain },
    ...{ seed: input.seed, signal: input.signal },
  });
  const draw = rowSampler(input, parameters.rowSample, random);
  const width = Math.max(1, Math.round(usable.length * parameters.columnSample));
  const all = sampleInOrder(0, rows, rows, random);
  try {
    while (rounds < parameters.trees && usable.length > 0) {
      let grew = false;
      objective.begin?.(scores);
      const chosen = parameters.rowSample < 1 ? draw() : all;
      const sampled = chosen.length < rows;
      if (sampled) {
        outside.fill(1);
        for (const row of chosen) outside[row] = 0;
      }
      for (const [output, own] of scores.entries()) {
        // A turn for everything else in this process: a tree takes some milliseconds.
        await nextTurn();
        input.signal?.throwIfAborted();
        if (objective.isFixed?.(output) === true) {
          trees.push(NO_TREE);
          continue;
        }
        objective.derivatives(learnt, scores, output, first, second);
        const columns = sampleInOrder(0, usable.length, width, random).map((i) => usable[i]!);
        const tree = await grower.grow({ rows: chosen, columns, first, second, scores: nowhere ?? own });
        if (weights !== undefined) weighCover(tree, codes, weights.subarray(train.from, train.to));
        coverInner(tree);
        if (objective.leaf !== undefined)
          setLeaves(tree, codes, chosen, parameters.rate, own, (leaf) =>
            objective.leaf!(learnt, scores, leaf),
          );
        else if (sampled) addTree(tree, codes, own, outside);
        addTree(tree, heldOut, heldOutScores[output]!);
        trees.push(tree);
        grew ||= tree.column.length > 1 || sampled || columns.length < usable.length;
      }
      if (!grew) {
        trees.length -= base.length;
        break;
      }
      rounds++;
      const loss = objective.loss(learnt, scores)!;
      const heldOutLoss = objective.loss(judged, heldOutScores);
      input.onProgress?.(rounds, parameters.trees, heldOutLoss ?? loss);
      if (heldOutLoss === null || heldOutLoss < best.validation!)
        best = { rounds, train: loss, validation: heldOutLoss, gains: grower.gains.slice() };
      else if (parameters.earlyStopping > 0 && rounds - best.rounds >= parameters.earlyStopping) break;
    }
  } finally {
    await grower.close();
  }
  const { task, classes } = input;
  const model: GbdtModel = {
    ...{ task, link: objective.link, binnings, base },
    trees: trees.slice(0, best.rounds * base.length),
    ...(classes === undefined ? {} : { classes }),
  };
  const absent = (classes ?? []).filter((_, output) => objective.isFixed?.(output) === true);
  const inputs = inputNotes({ ...input, ...(weights ? { weights } : {}) }, binnings, usable);
  return [model, summarize(binnings, best, { inputs, usable: usable.length, grown: rounds, absent })];
}

function lossRows(input: FitInput, weights: FitInput['weights'], { from, to }: RowRange): LossRows {
  const { target, groups } = input;
  return {
    ...{ target, from, to },
    ...(weights === undefined ? {} : { weights }),
    ...(groups === undefined ? {} : { groups }),
  };
}

/** How steep the loss is at the base, squared and in units of its curvature: what gains are measured by. Over all outputs. */
function squaredSlope(
  objective: Objective,
  rows: LossRows,
  scores: Scores,
  first: Float64Array,
  second: Float64Array,
): number {
  let squares = 0;
  let curvature = 0;
  objective.begin?.(scores);
  for (let output = 0; output < scores.length; output++) {
    objective.derivatives(rows, scores, output, first, second);
    for (const slope of first) squares += slope * slope;
    for (const bend of second) curvature += bend;
  }
  return curvature > 0 ? squares / curvature : 0;
}

/**
 * Gradient-boosted decision trees on histograms: leaf by leaf, with missing values and categories as they are. Of several classes each has a tree
 * in every round. The same input, options and seed give the same model. A category that training did not see counts as missing;
 * an infinite number is the largest or the smallest there is.
 * Fitting throws MILL_TRAIN_NO_COLUMNS, MILL_TRAIN_COLUMN_NAME, MILL_TRAIN_INPUT_INVALID, MILL_TRAIN_NO_ROWS,
 * MILL_TRAIN_TARGET_INVALID, MILL_TRAIN_ONE_CLASS, MILL_TRAIN_TASK when an option does not suit the task, and the signal's reason
 * when it is aborted.
 * @throws MILL_TRAIN_OPTION_INVALID
 * @example const fitted = await createGbdt({ trees: 200, rate: 0.05 }).fit(input);
 */
export function createGbdt(options: GbdtOptions = {}): Trainer<FittedTrees> {
  const parameters = gbdtParameters(options);
  const { objective, quantile, classWeights } = parameters;
  const tasks = tasksOf(options);
  return {
    tasks,
    measures: canonicalJson({ objective, quantile, classWeights }),
    checkNames(columns, classes) {
      directionsOf(parameters.monotone, columns);
      if (classes !== undefined) checkClassNames(parameters.classWeights, classes);
    },
    async fit(input: FitInput): Promise<FittedTrees> {
      checkInput(input, tasks);
      const [model, summary] = await growTrees(input, parameters);
      return Object.freeze({
        predict: (columns: FitInput['columns']) => predictTrees(model, columns),
        attribute: (columns: FitInput['columns']) => attributeTrees(model, columns),
        keep: () => keepTrees(model),
        toOnnx: (label = {}) => gbdtOnnx(model, label),
        summary,
      });
    },
  };
}
