/** Sums over the rows of a node: first derivatives, second derivatives, rows. */
export interface Sums {
  readonly first: number;
  readonly second: number;
  readonly rows: number;
}

/**
 * Between what values a node and all below it must answer, before the learning rate. Where a column is to be monotone, a split
 * by it bounds its left part from one side and its right part from the other by the middle of their values: the basic
 * method of LightGBM and XGBoost.
 */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

export const UNBOUND: Bounds = Object.freeze({ low: -Infinity, high: Infinity });

/** The value that lowers the loss of the rows most, within bounds. */
export function bestValue({ first, second }: Sums, l2: number, { low, high }: Bounds): number {
  // Second derivatives can be all but zero where the model is all but sure; then there is nothing to add.
  const curvature = second + l2;
  const free = curvature > 0 ? -first / curvature : 0;
  return free < low ? low : free > high ? high : free;
}

/** Twice by how much a value lowers the loss of rows with these derivatives. */
export const gainOf = (first: number, second: number, l2: number, value: number): number =>
  -(2 * first + (second + l2) * value) * value;

/** The bounds of the two parts of a node, parted by a column that is `direction`: 1 increasing, −1 decreasing, 0 free. */
export function parted(
  bounds: Bounds,
  direction: number,
  left: Sums,
  right: Sums,
  l2: number,
): [left: Bounds, right: Bounds] {
  if (direction === 0) return [bounds, bounds];
  const middle = (bestValue(left, l2, bounds) + bestValue(right, l2, bounds)) / 2;
  const below = { low: bounds.low, high: middle };
  const above = { low: middle, high: bounds.high };
  return direction > 0 ? [below, above] : [above, below];
}
