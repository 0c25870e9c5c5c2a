import { wholeWeight } from '../loss.ts';
import type { InputColumn, RowRange } from '../trainer.port.ts';

/** How a column becomes numbers: a category is the share of training rows that have it, so that rare ones lie apart and a new one is 0. */
export type Numbering =
  | { readonly name: string; readonly type: 'number' }
  | { readonly name: string; readonly type: 'category'; readonly shares: ReadonlyMap<string, number> };

export function learnNumberings(
  columns: readonly InputColumn[],
  { from, to }: RowRange,
  weights?: Float64Array,
): Numbering[] {
  return columns.map((column) => {
    const { name, type } = column;
    if (type === 'number') return { name, type };
    const byCode = new Float64Array(column.categories.length);
    for (let row = from; row < to; row++)
      if (column.codes[row]! >= 0) byCode[column.codes[row]!]! += weights?.[row] ?? 1;
    const whole = wholeWeight(from, to, weights);
    const shares = new Map<string, number>();
    column.categories.forEach((category, code) => {
      // The empty text is a missing value, as it is in the model's file.
      if (category !== '' && byCode[code]! > 0) shares.set(category, Math.fround(byCode[code]! / whole));
    });
    return { name, type, shares };
  });
}

/** Values as float32, as the model's file sees them; NaN is missing. */
export function numbersOf(numbering: Numbering, column: InputColumn, { from, to }: RowRange): Float64Array {
  if (column.type === 'number') return column.values.slice(from, to).map(Math.fround);
  const byCode = column.categories.map((category) =>
    category === '' || numbering.type === 'number' ? Number.NaN : (numbering.shares.get(category) ?? 0),
  );
  return Float64Array.from(column.codes.subarray(from, to), (code) =>
    code < 0 ? Number.NaN : byCode[code]!,
  );
}
