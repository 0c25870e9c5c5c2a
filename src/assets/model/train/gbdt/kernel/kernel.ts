/** The loops over a node's rows, where nearly all the time of growing goes. Each reads and writes the arrays that it is given and nothing else. */
export interface Kernel {
  /**
   * Adds rows[from, to) to the histograms of the four columns whose codes are the bytes of a word, which begin at the offsets a, …, d of
   * `histogram`. `first` and `second` are in the order of `rows`, so that the only reads out of order are the codes.
   */
  addFour(
    histogram: Float64Array,
    a: number,
    b: number,
    c: number,
    d: number,
    words: Uint32Array,
    rows: Int32Array,
    from: number,
    to: number,
    first: Float64Array,
    second: Float64Array,
  ): void;

  /** The same where all second derivatives are equal: they need not be summed, `fillSecond` tells them from the rows. */
  addFourFirst(
    histogram: Float64Array,
    a: number,
    b: number,
    c: number,
    d: number,
    words: Uint32Array,
    rows: Int32Array,
    from: number,
    to: number,
    first: Float64Array,
  ): void;

  /** Adds rows to the histograms of two of a word's columns: those whose bytes begin at the bits `shiftA` and `shiftB`. */
  addTwo(
    histogram: Float64Array,
    a: number,
    b: number,
    shiftA: number,
    shiftB: number,
    words: Uint32Array,
    rows: Int32Array,
    from: number,
    to: number,
    first: Float64Array,
    second: Float64Array,
  ): void;

  /**
   * Puts rows[from, to) into spare[from, to): those whose code goes left at the front, in order, the others at the back, in reverse.
   * Gives where the left ones end. `codes` by row, `goesLeft` by code 0 or 1.
   */
  part(
    rows: Int32Array,
    spare: Int32Array,
    codes: Uint8Array,
    goesLeft: Uint8Array,
    from: number,
    to: number,
  ): number;

  /** Fills rows[from, to) with what stands in `spare` from `at` on, forwards or backwards. */
  copy(spare: Int32Array, at: number, step: 1 | -1, rows: Int32Array, from: number, to: number): void;

  /** Brings the derivatives of rows[from, to) into the order of rows. */
  gather(
    rows: Int32Array,
    from: number,
    to: number,
    first: Float64Array,
    second: Float64Array,
    ownFirst: Float64Array,
    ownSecond: Float64Array,
  ): void;
}
