/** Numbers kept by bin: sum of first derivatives, sum of second derivatives, rows. */
export const BIN_STRIDE = 3;

/** Room of a column of 256 bins: where columns that nobody asked for go. */
export const SPARE = BIN_STRIDE * 256;

/** After `addFourFirst`: the second derivatives of the bins in [from, to), each row's being `second`. */
export function fillSecond(histogram: Float64Array, from: number, to: number, second: number): void {
  for (let at = from; at < to; at += BIN_STRIDE) histogram[at + 1] = second * histogram[at + 2]!;
}

/**
 * Takes a child's histogram, at `child`, out of its parent's, at `parent`: what stays is the other child's. Halves the work
 * and more. `length` numbers of both.
 */
export function subtract(histogram: Float64Array, parent: number, child: number, length: number): void {
  for (let i = 0; i < length; i++) histogram[parent + i]! -= histogram[child + i]!;
}
