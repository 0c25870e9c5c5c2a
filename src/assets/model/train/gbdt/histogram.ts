/** Numbers kept by bin: sum of first derivatives, sum of second derivatives, rows. */
export const BIN_STRIDE = 3;

/**
 * Adds rows[from, to) to the histogram of one column, which begins at `offset` of `histogram`.
 * `first` and `second` are in the order of `rows`, so that the only reads out of order are the codes.
 */
export function addRows(
  histogram: Float64Array,
  offset: number,
  codes: Uint8Array,
  rows: Int32Array,
  from: number,
  to: number,
  first: Float64Array,
  second: Float64Array,
): void {
  for (let i = from; i < to; i++) {
    const at = offset + BIN_STRIDE * codes[rows[i]!]!;
    histogram[at]! += first[i]!;
    histogram[at + 1]! += second[i]!;
    histogram[at + 2]! += 1;
  }
}

/** Takes a child's histogram out of its parent's: what stays is the other child's. Halves the work and more. */
export function subtract(parent: Float64Array, child: Float64Array): void {
  for (let i = 0; i < parent.length; i++) parent[i]! -= child[i]!;
}
