import { columnsInOrder } from '../check-input.ts';
import { wholeWeight } from '../loss.ts';
import type { Attribution, FitInput, InputColumn } from '../trainer.port.ts';
import { addColumn, type Design } from './design.ts';
import { encodeColumns } from './encode.ts';
import type { LinearModel } from './model.ts';

/** By output and column: what a column adds to the score of the training rows, on average and by weight. */
export function attributionBase(
  { columns, rows }: Design,
  weights: readonly Float64Array[],
  { train, weights: byRow }: FitInput,
): Float64Array[] {
  const whole = wholeWeight(train.from, train.to, byRow);
  const added = new Float64Array(rows);
  return weights.map((own) =>
    Float64Array.from(columns, (column) => {
      added.fill(0);
      addColumn(column, own, added);
      let sum = 0;
      for (let row = 0; row < rows; row++) sum += added[row]! * (byRow?.[train.from + row] ?? 1);
      return sum / whole;
    }),
  );
}

/** What each column adds to each score, over what it adds on average: the Shapley values of a linear model whose columns are independent. */
export function attributeLinear(model: LinearModel, given: readonly InputColumn[]): Attribution {
  const { columns, rows } = columnsInOrder(model.encodings, given);
  const encoded = encodeColumns(model.encodings, columns, { from: 0, to: rows }).columns;
  const { outputs, weights, usual } = model;
  const width = encoded.length;
  const shares = new Float64Array(rows * outputs * width);
  const added = new Float64Array(rows);
  weights.forEach((own, output) => {
    encoded.forEach((column, at) => {
      added.fill(0);
      addColumn(column, own, added);
      for (let row = 0; row < rows; row++)
        shares[(row * outputs + output) * width + at] = added[row]! - usual[output]![at]!;
    });
  });
  const base = Float64Array.from(weights, (own, k) => usual[k]!.reduce((sum, u) => sum + u, own.at(-1)!));
  return { base, shares, outputs };
}
