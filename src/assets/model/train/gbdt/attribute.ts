import type { Attribution, FitInput } from '../trainer.port.ts';
import { codesOf, type GbdtModel } from './model.ts';
import { hasCode, type Tree } from './tree.ts';

/**
 * TreeSHAP (Lundberg, Erion, Lee 2018, algorithm 2): what each column adds to a row's raw score, over what the training rows score on average.
 * It is path-dependent, as LightGBM's pred_contrib: where a column is taken to be unknown, a row goes both ways, by how many training rows,
 * each by its weight, went there. Takes rows × leaves × depth² steps for each tree.
 */
export function attributeTrees(model: GbdtModel, given: FitInput['columns']): Attribution {
  const { codes, rows } = codesOf(model, given);
  const outputs = model.base.length;
  const columns = model.binnings.length;
  const base = Float64Array.from(model.base);
  const shares = new Float64Array(rows * outputs * columns);
  model.trees.forEach((tree, i) => {
    const output = i % outputs;
    base[output]! += meanOf(tree);
    if (tree.column.length === 1) return;
    const walk = new ShapWalk(tree, codes);
    for (let row = 0; row < rows; row++) {
      const at = (row * outputs + output) * columns;
      walk.add(row, shares.subarray(at, at + columns));
    }
  });
  return { base, shares, outputs };
}

/** What a tree says on average over its training rows. */
export function meanOf(tree: Tree): number {
  let sum = 0;
  tree.column.forEach((column, node) => {
    if (column < 0) sum += tree.value[node]! * tree.cover[node]!;
  });
  return sum / tree.cover[0]!;
}

/** How many nodes the longest way from the root has. */
function heightOf({ column, left, right }: Tree): number {
  const height = (node: number): number =>
    column[node]! < 0 ? 1 : 1 + Math.max(height(left[node]!), height(right[node]!));
  return height(0);
}

/**
 * Walks one tree for row after row. The path from the root is kept as the columns that were asked on it, each once, with the shares of rows
 * that go on when the column is unknown (`zero`) or known (`one`: 1 or 0), and for each number of known columns the weight of all sets of so many.
 * Each depth has a stretch of its own, since the way back must find the path as it was.
 */
class ShapWalk {
  private readonly tree: Tree;
  private readonly codes: readonly Uint8Array[];
  private readonly columns: Int32Array;
  private readonly zero: Float64Array;
  private readonly one: Float64Array;
  private readonly weight: Float64Array;
  private row = 0;
  private shares: Float64Array = new Float64Array(0);

  constructor(tree: Tree, codes: readonly Uint8Array[]) {
    this.tree = tree;
    this.codes = codes;
    const height = heightOf(tree) + 1;
    const room = ((height + 1) * (height + 2)) / 2 + height;
    this.columns = new Int32Array(room);
    this.zero = new Float64Array(room);
    this.one = new Float64Array(room);
    this.weight = new Float64Array(room);
  }

  /** Adds to the shares, by column, what this tree has to say of a row. */
  add(row: number, shares: Float64Array): void {
    this.row = row;
    this.shares = shares;
    this.visit(0, 0, 0, 1, 1, -1);
  }

  /** `at`: where the path begins; `length`: how many entries it has before the one that is added here. */
  private visit(node: number, at: number, length: number, zero: number, one: number, column: number): void {
    this.extend(at, length, zero, one, column);
    const { tree } = this;
    const asked = tree.column[node]!;
    if (asked < 0) {
      for (let i = 1; i <= length; i++) {
        const part = this.unwoundSum(at, length, i) * (this.one[at + i]! - this.zero[at + i]!);
        this.shares[this.columns[at + i]!]! += part * tree.value[node]!;
      }
      return;
    }
    const goesLeft = hasCode(tree.sets, node, this.codes[asked]![this.row]!);
    const hot = goesLeft ? tree.left[node]! : tree.right[node]!;
    const cold = goesLeft ? tree.right[node]! : tree.left[node]!;
    let before = length;
    let ownZero = 1;
    let ownOne = 1;
    for (let i = 1; i <= length; i++)
      if (this.columns[at + i] === asked) {
        ownZero = this.zero[at + i]!;
        ownOne = this.one[at + i]!;
        this.unwind(at, length, i);
        before = length - 1;
        break;
      }
    const cover = tree.cover[node]!;
    for (const child of [hot, cold]) {
      const next = this.copy(at, before + 1, at + length + 1);
      const share = (ownZero * tree.cover[child]!) / cover;
      this.visit(child, next, before + 1, share, child === hot ? ownOne : 0, asked);
    }
  }

  private copy(from: number, entries: number, to: number): number {
    for (const list of [this.columns, this.zero, this.one, this.weight])
      list.copyWithin(to, from, from + entries);
    return to;
  }

  private extend(at: number, length: number, zero: number, one: number, column: number): void {
    const { weight } = this;
    this.columns[at + length] = column;
    this.zero[at + length] = zero;
    this.one[at + length] = one;
    weight[at + length] = length === 0 ? 1 : 0;
    for (let i = length - 1; i >= 0; i--) {
      weight[at + i + 1]! += (one * weight[at + i]! * (i + 1)) / (length + 1);
      weight[at + i] = (zero * weight[at + i]! * (length - i)) / (length + 1);
    }
  }

  /** Takes entry `index` out of the path. */
  private unwind(at: number, length: number, index: number): void {
    const { columns, zero, one, weight } = this;
    const own = one[at + index]!;
    const other = zero[at + index]!;
    let carried = weight[at + length]!;
    for (let i = length - 1; i >= 0; i--) {
      if (own !== 0) {
        const kept = weight[at + i]!;
        weight[at + i] = (carried * (length + 1)) / ((i + 1) * own);
        carried = kept - (weight[at + i]! * other * (length - i)) / (length + 1);
      } else weight[at + i] = (weight[at + i]! * (length + 1)) / (other * (length - i));
    }
    for (let i = index; i < length; i++) {
      columns[at + i] = columns[at + i + 1]!;
      zero[at + i] = zero[at + i + 1]!;
      one[at + i] = one[at + i + 1]!;
    }
  }

  /** The sum of the weights that unwinding entry `index` would leave. */
  private unwoundSum(at: number, length: number, index: number): number {
    const { weight } = this;
    const own = this.one[at + index]!;
    const other = this.zero[at + index]!;
    let carried = weight[at + length]!;
    let sum = 0;
    for (let i = length - 1; i >= 0; i--) {
      if (own !== 0) {
        const part = (carried * (length + 1)) / ((i + 1) * own);
        sum += part;
        carried = weight[at + i]! - (part * other * (length - i)) / (length + 1);
      } else sum += (weight[at + i]! * (length + 1)) / (other * (length - i));
    }
    return sum;
  }
}
