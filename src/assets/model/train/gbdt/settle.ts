import { leavesOf, type Tree } from './tree.ts';

/** Gives each leaf its cover: the weight of the training rows in it, whether the tree was grown on them or not. */
export function weighCover(tree: Tree, codes: readonly Uint8Array[], weights: Float64Array): void {
  const leaves = new Int32Array(weights.length);
  leavesOf(tree, codes, leaves);
  tree.cover.fill(0);
  for (let row = 0; row < leaves.length; row++) tree.cover[leaves[row]!]! += weights[row]!;
}

/**
 * Sets each leaf to `rate` of what is best for the rows that the tree was grown on (`chosen`), and adds its value to the scores of all
 * rows in it.
 */
export function setLeaves(
  tree: Tree,
  codes: readonly Uint8Array[],
  chosen: Int32Array,
  rate: number,
  scores: Float64Array,
  best: (rows: Int32Array) => number,
): void {
  const leaves = new Int32Array(scores.length);
  leavesOf(tree, codes, leaves);
  const sizes = new Int32Array(tree.column.length);
  for (const row of chosen) sizes[leaves[row]!]!++;
  const members = Array.from(sizes, (size) => new Int32Array(size));
  sizes.fill(0);
  for (const row of chosen) {
    const leaf = leaves[row]!;
    members[leaf]![sizes[leaf]!++] = row;
  }
  members.forEach((rows, leaf) => {
    if (rows.length > 0) tree.value[leaf] = Math.fround(rate * best(rows));
  });
  for (let row = 0; row < scores.length; row++) scores[row]! += tree.value[leaves[row]!]!;
}
