import type { FitInput, InputColumn } from '../train/index.ts';
import type { Fold } from './folds.ts';

/** The rows of a fold as a fit of their own: those to learn from, then those to judge by. */
export function foldInput(input: FitInput, { train, validation }: Fold): FitInput {
  const rows = new Int32Array(train.length + validation.length);
  rows.set(train);
  rows.set(validation, train.length);
  const { groups, weights } = input;
  return {
    ...input,
    columns: input.columns.map((column) => taken(column, rows)),
    target: Float64Array.from(rows, (row) => input.target[row] as number),
    ...(groups === undefined ? {} : { groups: Int32Array.from(rows, (row) => groups[row] as number) }),
    ...(weights === undefined ? {} : { weights: Float64Array.from(rows, (row) => weights[row] as number) }),
    train: { from: 0, to: train.length },
    validation: { from: train.length, to: rows.length },
  };
}

function taken(column: InputColumn, rows: Int32Array): InputColumn {
  if (column.type === 'number')
    return { ...column, values: Float64Array.from(rows, (row) => column.values[row] as number) };
  return { ...column, codes: Int32Array.from(rows, (row) => column.codes[row] as number) };
}
