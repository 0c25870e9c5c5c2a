import { setImmediate as nextTurn } from 'node:timers/promises';
import { checkInput, columnsInOrder } from '../check-input.ts';
import { meanLoss } from '../loss.ts';
import { randomStream, sampleInOrder } from '../random.ts';
import type { FitInput, FitSummary, FittedHere, RowRange, Task, Trainer } from '../trainer.port.ts';
import type { IsolationModel } from './model.ts';
import { learnNumberings, numbersOf } from './numbering.ts';
import { type IsolationForestOptions, type IsolationParameters, isolationParameters } from './options.ts';
import { isolationOnnx } from './to-onnx.ts';
import { addPaths, growIsolationTree, type IsolationTree, usualPath } from './tree.ts';

/** The target is looked at only to say how good the score is. */
const TASKS: readonly Task[] = ['binary'];

async function grow(input: FitInput, parameters: IsolationParameters): Promise<[IsolationModel, FitSummary]> {
  const { target, weights, train, validation } = input;
  input.signal?.throwIfAborted();
  const random = randomStream(input.seed);
  const numberings = learnNumberings(input.columns, train, weights);
  const numbers = (range: RowRange): Float64Array[] =>
    numberings.map((numbering, i) => numbersOf(numbering, input.columns[i]!, range));
  const [columns, heldOut] = [numbers(train), numbers(validation)];
  const rows = train.to - train.from;
  const sampled = Math.min(parameters.rows, rows);
  const usable = columns.flatMap((values, i) => (values.some((x) => !Object.is(x, values[0])) ? [i] : []));
  const width = Math.max(1, Math.round(usable.length * parameters.columnSample));
  const cuts = new Float64Array(columns.length);
  const trees: IsolationTree[] = [];
  const [paths, heldOutPaths] = [new Float64Array(rows), new Float64Array(heldOut[0]!.length)];
  const draw = drawer(rows, sampled, weights?.subarray(train.from, train.to), random);
  const lossOf = (ways: Float64Array, range: RowRange): number | null => {
    const odds = scoresOf(ways, trees.length * usual).map((s) => Math.log(s / (1 - s)));
    return meanLoss('binary', odds, target, range.from, weights);
  };
  // One row alone cannot be isolated from others: its way is 0 and its score must not be 2^(0/0).
  const usual = usualPath(sampled) || 1;
  for (let tree = 1; tree <= parameters.trees && usable.length > 0; tree++) {
    await nextTurn();
    input.signal?.throwIfAborted();
    const chosen = sampleInOrder(0, usable.length, width, random).map((i) => usable[i]!);
    const grown = growIsolationTree(columns, chosen, draw(), random, cuts);
    trees.push(grown);
    addPaths(grown, columns, paths);
    addPaths(grown, heldOut, heldOutPaths);
    if (tree % 10 === 0 || tree === parameters.trees)
      input.onProgress?.(tree, parameters.trees, lossOf(heldOutPaths, validation) ?? lossOf(paths, train)!);
  }
  const total = cuts.reduce((sum, cut) => sum + cut, 0);
  const notes =
    usable.length === 0
      ? ['Every input column is constant or missing in the training rows: all rows score alike.']
      : ['The score says how easily a row is set apart from others, from 0 to 1; it is no probability.'];
  const summary: FitSummary = Object.freeze({
    rounds: trees.length,
    trainLoss: lossOf(paths, train)!,
    validationLoss: lossOf(heldOutPaths, validation),
    importance: Object.freeze(
      Object.fromEntries(numberings.map(({ name }, i) => [name, total > 0 ? cuts[i]! / total : 0])),
    ),
    notes: Object.freeze(notes),
  });
  return [{ numberings, trees, scale: trees.length * usual }, summary];
}

/** 0.5 where there are no trees. */
function scoresOf(paths: Float64Array, scale: number): Float64Array {
  return paths.map((path) => (scale > 0 ? 2 ** (-path / scale) : 0.5));
}

/** Draws the rows of a tree: each at most once, or, where rows weigh, by weight and again and again, as if they were written out. */
function drawer(
  rows: number,
  wanted: number,
  weights: Float64Array | undefined,
  random: () => number,
): () => Int32Array {
  if (weights === undefined) return () => sampleInOrder(0, rows, wanted, random);
  let whole = 0;
  const upTo = weights.map((weight) => {
    whole += weight;
    return whole;
  });
  return () =>
    new Int32Array(wanted).map(() => {
      const place = random() * whole;
      let low = 0;
      let high = rows - 1;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (upTo[middle]! > place) high = middle;
        else low = middle + 1;
      }
      return low;
    });
}

function predict(model: IsolationModel, given: FitInput['columns']): Float64Array {
  const { columns, rows } = columnsInOrder(model.numberings, given);
  const numbers = model.numberings.map((numbering, i) =>
    numbersOf(numbering, columns[i]!, { from: 0, to: rows }),
  );
  const paths = new Float64Array(rows);
  for (const tree of model.trees) addPaths(tree, numbers, paths);
  return scoresOf(paths, model.scale);
}

/**
 * An isolation forest (Liu, Ting, Zhou 2008): how easily random cuts set a row apart from the training rows, as a score from 0 (deep among
 * the others) over about 0.5 to 1 (an anomaly). It is scikit-learn's `-score_samples`, and takes the place of the probability of true, which
 * it is not; the target only says how good it is, and may be false throughout. The same input, options and seed give the same model.
 * Fitting throws what `createGbdt`'s does, but MILL_TRAIN_ONE_CLASS.
 * @throws MILL_TRAIN_OPTION_INVALID
 * @example const fitted = await createIsolationForest({ trees: 200 }).fit(input);
 */
export function createIsolationForest(options: IsolationForestOptions = {}): Trainer<FittedHere> {
  const parameters = isolationParameters(options);
  return {
    tasks: TASKS,
    async fit(input: FitInput): Promise<FittedHere> {
      checkInput(input, TASKS, 'suffices');
      const [model, summary] = await grow(input, parameters);
      return Object.freeze({
        predict: (columns: FitInput['columns']) => predict(model, columns),
        toOnnx: (label = {}) => isolationOnnx(model, label),
        summary,
      });
    },
  };
}
