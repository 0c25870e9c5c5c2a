import type { Binning } from './bins.ts';
import { addRows, BIN_STRIDE, subtract } from './histogram.ts';
import type { GbdtParameters } from './options.ts';
import { type Split, SplitFinder, type Sums } from './split.ts';
import { hasCode, SET_WORDS, type Tree } from './tree.ts';

/** A node of a tree that grows. Its rows are rows[from, to). */
interface Node {
  readonly depth: number;
  readonly from: number;
  readonly to: number;
  readonly sums: Sums;
}

/** A leaf that may yet be split. */
interface Open {
  readonly node: number;
  readonly histogram: Float64Array;
  readonly split: Split;
}

/** What a tree is grown on. */
export interface Ground {
  /** The rows to learn from; reordered by growing. */
  readonly rows: Int32Array;
  /** The columns that may be used. */
  readonly columns: Int32Array;
  /** By row of the training set: first and second derivatives of its loss. */
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/**
 * Grows trees leaf by leaf: always the leaf whose split gains most, as LightGBM does. It is made once for a training,
 * since it owns the space for histograms.
 */
export class TreeGrower {
  private readonly codes: readonly Uint8Array[];
  private readonly parameters: GbdtParameters;
  private readonly offsets: Int32Array;
  /** Where in a histogram the second of a pair of columns goes that is none: there are 256 bins to spare. */
  private readonly spareOffset: number;
  private readonly free: Float64Array[] = [];
  private readonly finder: SplitFinder;
  private readonly spare: Int32Array;
  private readonly orderedFirst: Float64Array;
  private readonly orderedSecond: Float64Array;
  private readonly goesLeft = new Uint8Array(256);
  /** Gain by column, over all trees. */
  readonly gains: Float64Array;

  constructor(
    binnings: readonly Binning[],
    codes: readonly Uint8Array[],
    rows: number,
    parameters: GbdtParameters,
    minGain: number,
  ) {
    this.codes = codes;
    this.parameters = parameters;
    this.offsets = new Int32Array(binnings.length);
    let offset = 0;
    binnings.forEach(({ bins }, column) => {
      this.offsets[column] = offset;
      offset += BIN_STRIDE * (bins + 1);
    });
    this.spareOffset = offset;
    this.gains = new Float64Array(binnings.length);
    this.finder = new SplitFinder(binnings, this.offsets, { ...parameters, minGain });
    this.spare = new Int32Array(rows);
    this.orderedFirst = new Float64Array(rows);
    this.orderedSecond = new Float64Array(rows);
  }

  /** One tree. Adds its values to the `scores` of the rows it was grown on. */
  grow(ground: Ground, scores: Float64Array): Tree {
    const { rows, columns, first, second } = ground;
    const { leaves } = this.parameters;
    const tree = emptyTree(2 * leaves - 1);
    const sums = { first: 0, second: 0, rows: rows.length };
    for (const row of rows) {
      sums.first += first[row]!;
      sums.second += second[row]!;
    }
    const nodes: Node[] = [{ depth: 0, from: 0, to: rows.length, sums }];
    const open: Open[] = [];
    const consider = (node: number, histogram: Float64Array): void => {
      const { depth, sums } = nodes[node]!;
      const { minLeafRows } = this.parameters;
      const split =
        depth < this.parameters.depth && sums.rows >= 2 * minLeafRows
          ? this.finder.best(histogram, sums, columns)
          : undefined;
      if (split === undefined) this.free.push(histogram);
      else open.push({ node, histogram, split });
    };
    consider(0, this.histogramOf(ground, 0, rows.length));
    while (open.length > 0 && nodes.length < 2 * leaves - 1) {
      const { node, split, histogram } = takeBest(open);
      const { depth, from, to, sums } = nodes[node]!;
      const middle = this.part(rows, from, to, split);
      const left = nodes.length;
      nodes.push({ depth: depth + 1, from, to: middle, sums: split.left });
      nodes.push({ depth: depth + 1, from: middle, to, sums: minus(sums, split.left) });
      tree.column[node] = split.column;
      tree.left[node] = left;
      tree.right[node] = left + 1;
      tree.sets.set(split.set, node * SET_WORDS);
      this.gains[split.column]! += split.gain;
      const larger = Math.max(middle - from, to - middle);
      const last = nodes.length === 2 * leaves - 1;
      if (last || depth + 1 >= this.parameters.depth || larger < 2 * this.parameters.minLeafRows) {
        this.free.push(histogram);
        continue;
      }
      const leftIsSmall = middle - from <= to - middle;
      const small = leftIsSmall
        ? this.histogramOf(ground, from, middle)
        : this.histogramOf(ground, middle, to);
      subtract(histogram, small);
      consider(left, leftIsSmall ? small : histogram);
      consider(left + 1, leftIsSmall ? histogram : small);
    }
    for (const leaf of open) this.free.push(leaf.histogram);
    this.settle(tree, nodes, rows, scores);
    return trimmed(tree, nodes.length);
  }

  /** Gives each leaf its value, and adds it to the scores of its rows. */
  private settle(tree: Tree, nodes: readonly Node[], rows: Int32Array, scores: Float64Array): void {
    const { rate, l2 } = this.parameters;
    nodes.forEach(({ from, to, sums }, node) => {
      if (tree.column[node]! >= 0) return;
      // Second derivatives can be all but zero where the model is all but sure; then there is nothing to add.
      const curvature = sums.second + l2;
      const value = curvature > 0 ? Math.fround((-rate * sums.first) / curvature) : 0;
      tree.value[node] = value;
      for (let i = from; i < to; i++) scores[rows[i]!]! += value;
    });
  }

  private histogramOf({ rows, columns, first, second }: Ground, from: number, to: number): Float64Array {
    const histogram = this.free.pop()?.fill(0) ?? new Float64Array(this.spareOffset + BIN_STRIDE * 256);
    const { orderedFirst, orderedSecond } = this;
    for (let i = from; i < to; i++) {
      orderedFirst[i] = first[rows[i]!]!;
      orderedSecond[i] = second[rows[i]!]!;
    }
    for (let i = 0; i < columns.length; i += 2) {
      const a = columns[i]!;
      const b = columns[i + 1];
      addRows(
        histogram,
        this.offsets[a]!,
        b === undefined ? this.spareOffset : this.offsets[b]!,
        this.codes[a]!,
        this.codes[b ?? a]!,
        rows,
        from,
        to,
        orderedFirst,
        orderedSecond,
      );
    }
    return histogram;
  }

  /** Moves rows that go left before those that go right, both kept in order, and gives the border. */
  private part(rows: Int32Array, from: number, to: number, split: Split): number {
    const { spare, goesLeft } = this;
    for (let code = 0; code < 256; code++) goesLeft[code] = hasCode(split.set, 0, code) ? 1 : 0;
    const codes = this.codes[split.column]!;
    let middle = from;
    let right = 0;
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      // Both are written and one is kept: no branch to guess wrong. `middle` never passes i.
      const left = goesLeft[codes[row]!]!;
      spare[right] = row;
      rows[middle] = row;
      middle += left;
      right += 1 - left;
    }
    for (let i = 0; i < right; i++) rows[middle + i] = spare[i]!;
    return middle;
  }
}

function emptyTree(most: number): Tree {
  return {
    column: new Int32Array(most).fill(-1),
    left: new Int32Array(most),
    right: new Int32Array(most),
    sets: new Uint32Array(most * SET_WORDS),
    value: new Float64Array(most),
  };
}

function trimmed(tree: Tree, nodes: number): Tree {
  return {
    column: tree.column.slice(0, nodes),
    left: tree.left.slice(0, nodes),
    right: tree.right.slice(0, nodes),
    sets: tree.sets.slice(0, nodes * SET_WORDS),
    value: tree.value.slice(0, nodes),
  };
}

function minus(whole: Sums, part: Sums): Sums {
  return {
    first: whole.first - part.first,
    second: whole.second - part.second,
    rows: whole.rows - part.rows,
  };
}

/** Takes out the leaf with the greatest gain; of equals the one that was there first. */
function takeBest(open: Open[]): Open {
  let best = 0;
  for (let i = 1; i < open.length; i++) if (open[i]!.split.gain > open[best]!.split.gain) best = i;
  return open.splice(best, 1)[0]!;
}
