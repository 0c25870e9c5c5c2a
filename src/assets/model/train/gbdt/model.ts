import { columnsInOrder } from '../check-input.ts';
import type { FitInput, Task } from '../trainer.port.ts';
import { type Binning, encode } from './bins.ts';
import { answer, type Link } from './link.ts';
import { addTree, type Tree } from './tree.ts';

/** Trained trees: a score is its base plus the values of its trees. */
export interface GbdtModel {
  readonly task: Task;
  readonly link: Link;
  readonly classes?: readonly string[];
  readonly binnings: readonly Binning[];
  /** By output. */
  readonly base: readonly number[];
  /** Round after round, a tree for each output: tree i is of output i mod outputs. */
  readonly trees: readonly Tree[];
}

/** Columns as the trees know them. */
export function codesOf(
  model: GbdtModel,
  given: FitInput['columns'],
): { readonly codes: readonly Uint8Array[]; readonly rows: number } {
  const { columns, rows } = columnsInOrder(model.binnings, given);
  return {
    codes: model.binnings.map((binning, i) => encode(binning, columns[i]!, { from: 0, to: rows })),
    rows,
  };
}

/** The answer by row, as `Fitted.predict` gives it. */
export function predictTrees(model: GbdtModel, given: FitInput['columns']): Float64Array {
  const { codes, rows } = codesOf(model, given);
  const outputs = model.base.length;
  const scores = model.base.map((base, output) => {
    const own = new Float64Array(rows);
    for (let i = output; i < model.trees.length; i += outputs) addTree(model.trees[i]!, codes, own);
    return own.map((sum) => base + sum);
  });
  return answer(model.link, scores);
}
