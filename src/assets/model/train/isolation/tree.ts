/** A tree that isolates rows. Node 0 is the root; a node is a leaf where `column` is −1. A row goes left where its value is at or below `threshold`. */
export interface IsolationTree {
  readonly column: Int32Array;
  readonly threshold: Float64Array;
  /** 1 where a missing value goes left. */
  readonly missingLeft: Uint8Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** Of a leaf: how long the way to it is, and how much longer it would be on average if its rows were parted too. */
  readonly path: Float64Array;
}

const EULER = 0.5772156649015329;

/** Mean number of cuts to isolate one of so many rows (Liu, Ting, Zhou 2008, with scikit-learn's approximation of the harmonic number). */
export function usualPath(rows: number): number {
  if (rows < 2) return 0;
  if (rows === 2) return 1;
  return 2 * (Math.log(rows - 1) + EULER) - (2 * (rows - 1)) / rows;
}

/** The range of a column's values in some rows; infinities count as the largest float32. */
function rangeOf(values: Float64Array, rows: Int32Array): { low: number; high: number; missing: number } {
  const most = 3.4028234663852886e38;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let missing = 0;
  for (const row of rows) {
    const x = values[row]!;
    if (Number.isNaN(x)) missing++;
    else {
      low = Math.min(low, Math.max(x, -most));
      high = Math.max(high, Math.min(x, most));
    }
  }
  return { low, high, missing };
}

/**
 * Grows one tree on some rows, by chance alone: a column that varies, and a cut anywhere in its range. Where values are missing, every other
 * cut parts these from the known, so that a rare gap is as far out as a rare value; in the others they go to a side by chance. `cuts` gains by column how unevenly its cuts part rows.
 */
export function growIsolationTree(
  columns: readonly Float64Array[],
  usable: Int32Array,
  rows: Int32Array,
  random: () => number,
  cuts: Float64Array,
): IsolationTree {
  const deepest = Math.ceil(Math.log2(Math.max(rows.length, 2)));
  const column: number[] = [];
  const threshold: number[] = [];
  const missingLeft: number[] = [];
  const left: number[] = [];
  const right: number[] = [];
  const path: number[] = [];
  const grow = (rows: Int32Array, depth: number): number => {
    const node = column.length;
    column.push(-1);
    threshold.push(0);
    missingLeft.push(0);
    left.push(0);
    right.push(0);
    path.push(depth + usualPath(rows.length));
    const cut = depth < deepest && rows.length > 1 ? chooseCut(columns, usable, rows, random) : undefined;
    if (cut === undefined) return node;
    const values = columns[cut.column]!;
    const goesLeft = (row: number): boolean =>
      Number.isNaN(values[row]!) ? cut.missingLeft : values[row]! <= cut.threshold;
    const [a, b] = [rows.filter(goesLeft), rows.filter((row) => !goesLeft(row))];
    if (a.length === 0 || b.length === 0) return node;
    cuts[cut.column]! += Math.log2(rows.length / Math.min(a.length, b.length)) - 1;
    column[node] = cut.column;
    threshold[node] = cut.threshold;
    missingLeft[node] = cut.missingLeft ? 1 : 0;
    left[node] = grow(a, depth + 1);
    right[node] = grow(b, depth + 1);
    return node;
  };
  grow(rows, 0);
  return {
    column: Int32Array.from(column),
    threshold: Float64Array.from(threshold),
    missingLeft: Uint8Array.from(missingLeft),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    path: Float64Array.from(path),
  };
}

function chooseCut(
  columns: readonly Float64Array[],
  usable: Int32Array,
  rows: Int32Array,
  random: () => number,
): { column: number; threshold: number; missingLeft: boolean } | undefined {
  const order = usable.slice();
  for (let left = order.length; left > 0; left--) {
    const at = Math.floor(random() * left);
    const column = order[at]!;
    order[at] = order[left - 1]!;
    const { low, high, missing } = rangeOf(columns[column]!, rows);
    const share = random();
    const missingLeft = random() < 0.5;
    const gap = missing > 0 && missing < rows.length;
    if (low < high && !(gap && random() < 0.5)) {
      const threshold = low + (high - low) * share;
      // Rounded up to the greatest value it would part nothing.
      return { column, threshold: threshold < high ? threshold : low, missingLeft };
    }
    if (gap) return { column, threshold: Number.POSITIVE_INFINITY, missingLeft: false };
  }
  return undefined;
}

/** Adds each row's way through a tree to `paths`. */
export function addPaths(tree: IsolationTree, columns: readonly Float64Array[], paths: Float64Array): void {
  for (let row = 0; row < paths.length; row++) {
    let node = 0;
    while (tree.column[node]! >= 0) {
      const x = columns[tree.column[node]!]![row]!;
      const goesLeft = Number.isNaN(x) ? tree.missingLeft[node] === 1 : x <= tree.threshold[node]!;
      node = goesLeft ? tree.left[node]! : tree.right[node]!;
    }
    paths[row]! += tree.path[node]!;
  }
}
