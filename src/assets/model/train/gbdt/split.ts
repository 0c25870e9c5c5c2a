import type { Binning } from './bins.ts';
import { BIN_STRIDE } from './histogram.ts';
import { SET_WORDS } from './tree.ts';

/** Sums over the rows of a node: first derivatives, second derivatives, rows. */
export interface Sums {
  readonly first: number;
  readonly second: number;
  readonly rows: number;
}

/** The best way found to part a node's rows in two. */
export interface Split {
  readonly gain: number;
  /** Index of the column. */
  readonly column: number;
  /** The codes that go left, SET_WORDS words. */
  readonly set: Uint32Array;
  readonly left: Sums;
}

export interface SplitLimits {
  readonly l2: number;
  readonly minLeafRows: number;
  /** A gain at or below is noise. */
  readonly minGain: number;
}

/** A child whose second derivatives sum to less says nothing: LightGBM's min_sum_hessian_in_leaf. */
const MIN_SECOND = 1e-3;

/**
 * Category subsets, as in LightGBM (cat_smooth, cat_l2, max_cat_threshold, max_cat_to_onehot): categories are ordered by
 * first / (second + smoothing), and the best prefix of the order is taken (Fisher 1958: for squared error the best subset
 * is a prefix). With so much choice, rare categories would be learnt by heart: hence the extra l2 and the cap.
 * Up to four categories are tried one against the rest, without the extra.
 */
const CATEGORY_SMOOTHING = 10;
const CATEGORY_L2 = 10;
const SUBSET_MOST = 32;
const ONE_AGAINST_REST = 4;

/** Finds the best split of a node, column by column. One per tree grower: it holds scratch space. */
export class SplitFinder {
  private readonly binnings: readonly Binning[];
  private readonly offsets: Int32Array;
  private readonly limits: SplitLimits;
  private readonly order: number[] = [];
  private readonly key = new Float64Array(256);

  private histogram: Float64Array = new Float64Array(0);
  private total: Sums = { first: 0, second: 0, rows: 0 };
  private gain = 0;
  private column = -1;
  private left: Sums = this.total;
  private set = new Uint32Array(SET_WORDS);

  constructor(binnings: readonly Binning[], offsets: Int32Array, limits: SplitLimits) {
    this.binnings = binnings;
    this.offsets = offsets;
    this.limits = limits;
  }

  /** The best split among `columns`, or undefined when none gains. Ties go to the first column and the lowest code. */
  best(histogram: Float64Array, total: Sums, columns: Int32Array): Split | undefined {
    this.histogram = histogram;
    this.total = total;
    this.gain = this.limits.minGain;
    this.column = -1;
    this.set = new Uint32Array(SET_WORDS);
    for (const column of columns) {
      const { type, bins } = this.binnings[column]!;
      if (type === 'number') {
        const offset = this.offsets[column]!;
        const missing = histogram[offset + BIN_STRIDE * bins + 2]! > 0;
        this.scanNumber(column, offset, bins, missing ? bins : bins - 1, missing, false);
        if (missing) this.scanNumber(column, offset, bins, bins - 1, true, true);
      } else this.scanCategory(column, bins);
    }
    if (this.column < 0) return undefined;
    return { gain: this.gain, column: this.column, set: this.set, left: this.left };
  }

  /** Tries the thresholds after each of the bins 0 … end − 1, with the missing values on one side. */
  private scanNumber(
    column: number,
    offset: number,
    bins: number,
    end: number,
    missing: boolean,
    missingLeft: boolean,
  ): void {
    const { histogram } = this;
    const { l2, minLeafRows } = this.limits;
    const { first, second, rows } = this.total;
    const parent = (first * first) / (second + l2);
    const start = offset + BIN_STRIDE * bins;
    let leftFirst = missingLeft ? histogram[start]! : 0;
    let leftSecond = missingLeft ? histogram[start + 1]! : 0;
    let leftRows = missingLeft ? histogram[start + 2]! : 0;
    let best = this.gain;
    let bestBin = -1;
    let bestLeft: Sums | undefined;
    for (let bin = 0; bin < end; bin++) {
      const at = offset + BIN_STRIDE * bin;
      const inBin = histogram[at + 2]!;
      // The same two parts as one bin before.
      if (inBin === 0) continue;
      leftFirst += histogram[at]!;
      leftSecond += histogram[at + 1]!;
      leftRows += inBin;
      if (leftRows < minLeafRows || leftSecond < MIN_SECOND) continue;
      if (rows - leftRows < minLeafRows || second - leftSecond < MIN_SECOND) break;
      const rightFirst = first - leftFirst;
      const gain =
        (leftFirst * leftFirst) / (leftSecond + l2) +
        (rightFirst * rightFirst) / (second - leftSecond + l2) -
        parent;
      if (gain > best) {
        best = gain;
        bestBin = bin;
        bestLeft = { first: leftFirst, second: leftSecond, rows: leftRows };
      }
    }
    if (bestLeft === undefined) return;
    this.take(column, best, bestLeft);
    for (let bin = 0; bin <= bestBin; bin++) this.add(bin);
    if (missing ? missingLeft : this.leftIsLarger()) this.add(bins);
  }

  private scanCategory(column: number, bins: number): void {
    const { histogram, order, key } = this;
    const offset = this.offsets[column]!;
    order.length = 0;
    // A missing value is one more category, at code `bins`.
    for (let code = 0; code <= bins; code++) {
      const at = offset + BIN_STRIDE * code;
      if (histogram[at + 2]! === 0) continue;
      key[code] = histogram[at]! / (histogram[at + 1]! + CATEGORY_SMOOTHING);
      order.push(code);
    }
    if (order.length < 2) return;
    const missing = order.at(-1) === bins;
    if (order.length <= ONE_AGAINST_REST) {
      for (let i = 0; i < order.length; i++) this.scanOrder(column, i, 1, 1, 0);
    } else {
      order.sort((a, b) => key[a]! - key[b]! || a - b);
      const most = Math.min(SUBSET_MOST, (order.length + 1) >> 1);
      this.scanOrder(column, 0, 1, most, CATEGORY_L2);
      this.scanOrder(column, order.length - 1, -1, most, CATEGORY_L2);
    }
    if (this.column === column && !missing && this.leftIsLarger()) this.add(bins);
  }

  /** Tries the first 1, 2, … `most` categories of the order, from one of its ends, as the left part. */
  private scanOrder(column: number, start: number, step: 1 | -1, most: number, extraL2: number): void {
    const { histogram, order } = this;
    const { minLeafRows } = this.limits;
    const l2 = this.limits.l2;
    const { first, second, rows } = this.total;
    const parent = (first * first) / (second + l2);
    const offset = this.offsets[column]!;
    let leftFirst = 0;
    let leftSecond = 0;
    let leftRows = 0;
    let best = this.gain;
    let bestSize = 0;
    let bestLeft: Sums | undefined;
    for (let size = 1; size <= most; size++) {
      const at = offset + BIN_STRIDE * order[start + step * (size - 1)]!;
      leftFirst += histogram[at]!;
      leftSecond += histogram[at + 1]!;
      leftRows += histogram[at + 2]!;
      if (leftRows < minLeafRows || leftSecond < MIN_SECOND) continue;
      if (rows - leftRows < minLeafRows || second - leftSecond < MIN_SECOND) break;
      const rightFirst = first - leftFirst;
      const gain =
        (leftFirst * leftFirst) / (leftSecond + l2 + extraL2) +
        (rightFirst * rightFirst) / (second - leftSecond + l2 + extraL2) -
        parent;
      if (gain > best) {
        best = gain;
        bestSize = size;
        bestLeft = { first: leftFirst, second: leftSecond, rows: leftRows };
      }
    }
    if (bestLeft === undefined) return;
    this.take(column, best, bestLeft);
    for (let i = 0; i < bestSize; i++) this.add(order[start + step * i]!);
  }

  private take(column: number, gain: number, left: Sums): void {
    this.column = column;
    this.gain = gain;
    this.left = left;
    this.set.fill(0);
  }

  private add(code: number): void {
    this.set[code >>> 5]! |= 1 << (code & 31);
  }

  /** Where no missing value was seen in a node, later ones follow the larger part. */
  private leftIsLarger(): boolean {
    return this.left.rows * 2 >= this.total.rows;
  }
}
