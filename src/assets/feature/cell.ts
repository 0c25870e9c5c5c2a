/** A value of a column. A timestamp is microseconds since the epoch. */
export type Cell = string | number | boolean | null;

/** A cell as aggregates take it: −0 is 0, and what is not a finite number is no value. */
export function cleanCell(value: Cell): Cell {
  if (typeof value !== 'number') return value;
  return Number.isFinite(value) ? value + 0 : null;
}
