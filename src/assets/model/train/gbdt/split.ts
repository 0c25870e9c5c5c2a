import type { Binning } from './bins.ts';
import { type Bounds, bestValue, gainOf, type Sums } from './bounds.ts';
import { BIN_STRIDE } from './histogram.ts';
import { sharedFloats, sharedWords } from './team.ts';
import { SET_WORDS } from './tree.ts';

/** The best way found to part a node's rows in two. */
export interface Split {
  readonly gain: number;
  /** Index of the column. */
  readonly column: number;
  /** The codes that go left, SET_WORDS words. */
  readonly set: Uint32Array;
  readonly left: Sums;
}

/** What a split needs to know of a column. */
export type ColumnShape = Pick<Binning, 'type' | 'bins'>;

/** Splits found, one a place: as plain numbers, so that threads can share them. */
export interface Findings {
  /** By place: gain (0 where no split gains), then the left part's first derivatives, second derivatives and rows. */
  readonly numbers: Float64Array;
  /** SET_WORDS words by place. */
  readonly sets: Uint32Array;
}

const FINDING = 4;

export const findings = (places: number): Findings => ({
  numbers: sharedFloats(FINDING * places),
  sets: sharedWords(SET_WORDS * places),
});

export interface SplitLimits {
  readonly l2: number;
  readonly minLeafRows: number;
  /** A gain at or below is noise. */
  readonly minGain: number;
  /** By column: 1 where answers must not fall as its values grow, −1 where they must not rise, 0 where they may do either. Absent: 0 for all. */
  readonly directions?: Int8Array;
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

/** Finds the best split of a node by one column. It holds scratch space: one for each thread. */
export class SplitFinder {
  private readonly shapes: readonly ColumnShape[];
  private readonly offsets: Int32Array;
  private readonly limits: SplitLimits;
  private readonly found: Findings;
  private readonly order: number[] = [];
  private readonly key = new Float64Array(256);

  private histogram: Float64Array = new Float64Array(0);
  /** Where the column's bins begin. */
  private start = 0;
  private total: Sums = { first: 0, second: 0, rows: 0 };
  private bounds: Bounds | undefined;
  private direction = 0;
  private parent = 0;
  private place = 0;
  private gain = 0;
  private taken = false;

  /** `offsets`: where in a histogram each column's bins begin. Found splits go to `found`. */
  constructor(shapes: readonly ColumnShape[], offsets: Int32Array, limits: SplitLimits, found: Findings) {
    this.shapes = shapes;
    this.offsets = offsets;
    this.limits = limits;
    this.found = found;
  }

  /** Says at a place that nothing was found there. */
  forget(place: number): void {
    this.found.numbers[FINDING * place] = 0;
  }

  /**
   * Puts a node's best split by `column` at `place`: of those that gain the same the one with the lowest code. The node's histogram begins at `base`.
   * `bounds` only where directions are given.
   */
  search(
    histogram: Float64Array,
    base: number,
    total: Sums,
    bounds: Bounds,
    column: number,
    place: number,
  ): void {
    const { l2, minGain, directions } = this.limits;
    this.histogram = histogram;
    this.start = base + this.offsets[column]!;
    this.total = total;
    this.bounds = directions === undefined ? undefined : bounds;
    this.direction = directions?.[column] ?? 0;
    this.parent =
      this.bounds === undefined
        ? (total.first * total.first) / (total.second + l2)
        : gainOf(total.first, total.second, l2, bestValue(total, l2, bounds));
    this.place = place;
    this.gain = minGain;
    this.taken = false;
    this.forget(place);
    const { type, bins } = this.shapes[column]!;
    if (type === 'number') {
      const missing = histogram[this.start + BIN_STRIDE * bins + 2]! > 0;
      this.scanNumber(bins, missing ? bins : bins - 1, missing, false);
      if (missing) this.scanNumber(bins, bins - 1, true, true);
    } else this.scanCategory(bins);
  }

  /** The best split among `columns`, found at places from `place` on, or undefined when none gains; ties go to the first column. */
  best(columns: Int32Array, place: number): Split | undefined {
    const { numbers, sets } = this.found;
    let best = -1;
    let gain = 0;
    for (let i = 0; i < columns.length; i++)
      if (numbers[FINDING * (place + columns[i]!)]! > gain) {
        best = columns[i]!;
        gain = numbers[FINDING * (place + best)]!;
      }
    if (best < 0) return undefined;
    const at = FINDING * (place + best);
    const left = { first: numbers[at + 1]!, second: numbers[at + 2]!, rows: numbers[at + 3]! };
    const word = SET_WORDS * (place + best);
    return { gain, column: best, set: sets.slice(word, word + SET_WORDS), left };
  }

  /** What a split gains; minus infinity where it would break the column's direction. */
  private gainOf(leftFirst: number, leftSecond: number, extraL2: number): number {
    const { first, second } = this.total;
    const l2 = this.limits.l2 + extraL2;
    const rightFirst = first - leftFirst;
    const rightSecond = second - leftSecond;
    if (this.bounds === undefined)
      return (
        (leftFirst * leftFirst) / (leftSecond + l2) +
        (rightFirst * rightFirst) / (rightSecond + l2) -
        this.parent
      );
    const { low, high } = this.bounds;
    const left = Math.min(high, Math.max(low, -leftFirst / (leftSecond + l2)));
    const right = Math.min(high, Math.max(low, -rightFirst / (rightSecond + l2)));
    if (this.direction * (right - left) < 0) return -Infinity;
    return gainOf(leftFirst, leftSecond, l2, left) + gainOf(rightFirst, rightSecond, l2, right) - this.parent;
  }

  /** Tries the thresholds after each of the bins 0 … end − 1, with the missing values on one side. */
  private scanNumber(bins: number, end: number, missing: boolean, missingLeft: boolean): void {
    const { histogram, start } = this;
    const { minLeafRows } = this.limits;
    const { second, rows } = this.total;
    const beyond = start + BIN_STRIDE * bins;
    let leftFirst = missingLeft ? histogram[beyond]! : 0;
    let leftSecond = missingLeft ? histogram[beyond + 1]! : 0;
    let leftRows = missingLeft ? histogram[beyond + 2]! : 0;
    let best = this.gain;
    let bestBin = -1;
    let [bestFirst, bestSecond, bestRows] = [0, 0, 0];
    for (let bin = 0; bin < end; bin++) {
      const at = start + BIN_STRIDE * bin;
      const inBin = histogram[at + 2]!;
      // The same two parts as one bin before.
      if (inBin === 0) continue;
      leftFirst += histogram[at]!;
      leftSecond += histogram[at + 1]!;
      leftRows += inBin;
      if (leftRows < minLeafRows || leftSecond < MIN_SECOND) continue;
      if (rows - leftRows < minLeafRows || second - leftSecond < MIN_SECOND) break;
      const gain = this.gainOf(leftFirst, leftSecond, 0);
      if (gain > best) {
        best = gain;
        bestBin = bin;
        bestFirst = leftFirst;
        bestSecond = leftSecond;
        bestRows = leftRows;
      }
    }
    if (bestBin < 0) return;
    this.take(best, bestFirst, bestSecond, bestRows);
    for (let bin = 0; bin <= bestBin; bin++) this.add(bin);
    if (missing ? missingLeft : this.leftIsLarger()) this.add(bins);
  }

  private scanCategory(bins: number): void {
    const { histogram, order, key, start } = this;
    order.length = 0;
    // A missing value is one more category, at code `bins`.
    for (let code = 0; code <= bins; code++) {
      const at = start + BIN_STRIDE * code;
      if (histogram[at + 2]! === 0) continue;
      key[code] = histogram[at]! / (histogram[at + 1]! + CATEGORY_SMOOTHING);
      order.push(code);
    }
    if (order.length < 2) return;
    const missing = order.at(-1) === bins;
    if (order.length <= ONE_AGAINST_REST) {
      for (let i = 0; i < order.length; i++) this.scanOrder(i, 1, 1, 0);
    } else {
      order.sort((a, b) => key[a]! - key[b]! || a - b);
      const most = Math.min(SUBSET_MOST, (order.length + 1) >> 1);
      this.scanOrder(0, 1, most, CATEGORY_L2);
      this.scanOrder(order.length - 1, -1, most, CATEGORY_L2);
    }
    if (this.taken && !missing && this.leftIsLarger()) this.add(bins);
  }

  /** Tries the first 1, 2, … `most` categories of the order, from one of its ends, as the left part. */
  private scanOrder(from: number, step: 1 | -1, most: number, extraL2: number): void {
    const { histogram, order, start } = this;
    const { minLeafRows } = this.limits;
    const { second, rows } = this.total;
    let leftFirst = 0;
    let leftSecond = 0;
    let leftRows = 0;
    let best = this.gain;
    let bestSize = 0;
    let [bestFirst, bestSecond, bestRows] = [0, 0, 0];
    for (let size = 1; size <= most; size++) {
      const at = start + BIN_STRIDE * order[from + step * (size - 1)]!;
      leftFirst += histogram[at]!;
      leftSecond += histogram[at + 1]!;
      leftRows += histogram[at + 2]!;
      if (leftRows < minLeafRows || leftSecond < MIN_SECOND) continue;
      if (rows - leftRows < minLeafRows || second - leftSecond < MIN_SECOND) break;
      const gain = this.gainOf(leftFirst, leftSecond, extraL2);
      if (gain > best) {
        best = gain;
        bestSize = size;
        bestFirst = leftFirst;
        bestSecond = leftSecond;
        bestRows = leftRows;
      }
    }
    if (bestSize === 0) return;
    this.take(best, bestFirst, bestSecond, bestRows);
    for (let i = 0; i < bestSize; i++) this.add(order[from + step * i]!);
  }

  private take(gain: number, first: number, second: number, rows: number): void {
    const { numbers, sets } = this.found;
    this.gain = gain;
    this.taken = true;
    numbers[FINDING * this.place] = gain;
    numbers[FINDING * this.place + 1] = first;
    numbers[FINDING * this.place + 2] = second;
    numbers[FINDING * this.place + 3] = rows;
    sets.fill(0, SET_WORDS * this.place, SET_WORDS * (this.place + 1));
  }

  private add(code: number): void {
    this.found.sets[SET_WORDS * this.place + (code >>> 5)]! |= 1 << (code & 31);
  }

  /** Where no missing value was seen in a node, later ones follow the larger part. */
  private leftIsLarger(): boolean {
    return this.found.numbers[FINDING * this.place + 3]! * 2 >= this.total.rows;
  }
}
