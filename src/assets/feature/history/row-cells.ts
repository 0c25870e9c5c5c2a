import type { Cell } from '../cell.ts';
import type { Layout } from '../layout.ts';

/** The values of a column, as `ColumnData` has them. */
export type Values = Float64Array | readonly (string | null)[];

/**
 * Reads rows' cells from columns, in the order of the layout's: numbers with NaN for null become values, 0 and 1 flags. Into a list of its own, unless
 * one is given.
 */
export function cellReader({
  columns,
}: Layout): (data: readonly Values[], i: number, into?: Cell[]) => Cell[] {
  const isText = columns.map(({ type }) => type === 'string');
  const isFlag = columns.map(({ type }) => type === 'boolean');
  return (data, i, cells = new Array<Cell>(data.length)) => {
    for (let c = 0; c < data.length; c++) {
      const cell = (data[c] as Values)[i] as Cell;
      cells[c] = isText[c] ? cell : Number.isNaN(cell) ? null : isFlag[c] ? cell === 1 : cell;
    }
    return cells;
  };
}
