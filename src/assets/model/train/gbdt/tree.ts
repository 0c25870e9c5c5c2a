/** A set of codes, one bit for each of 0 … 255, in words of 32. */
export const SET_WORDS = 8;

/**
 * A tree over coded columns. Node 0 is the root; a node is a leaf where `column` is −1. A row goes left when its code
 * in `column` is in the node's set, be the column number or category: so a walk has one kind of step.
 */
export interface Tree {
  readonly column: Int32Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** SET_WORDS words by node. */
  readonly sets: Uint32Array;
  /** What a leaf adds to the score: a float32 value, already multiplied by the learning rate. */
  readonly value: Float64Array;
  /** By node: training rows that came here, each by its weight (of a leaf; of an inner node, those of the leaves below it). */
  readonly cover: Float64Array;
}

/** A tree that adds nothing. */
export const NO_TREE: Tree = {
  column: Int32Array.of(-1),
  left: Int32Array.of(0),
  right: Int32Array.of(0),
  sets: new Uint32Array(SET_WORDS),
  value: Float64Array.of(0),
  cover: Float64Array.of(1),
};

export function hasCode(sets: Uint32Array, node: number, code: number): boolean {
  return ((sets[node * SET_WORDS + (code >>> 5)]! >>> (code & 31)) & 1) === 1;
}

/** Adds the tree's answer to the scores of all rows, or of those where `only` is 1. */
export function addTree(
  tree: Tree,
  codes: readonly Uint8Array[],
  scores: Float64Array,
  only?: Uint8Array,
): void {
  const { column, left, right, sets, value } = tree;
  for (let row = 0; row < scores.length; row++) {
    if (only !== undefined && only[row] === 0) continue;
    let node = 0;
    while (column[node]! >= 0) {
      const code = codes[column[node]!]![row]!;
      const bit = (sets[node * SET_WORDS + (code >>> 5)]! >>> (code & 31)) & 1;
      node = bit === 1 ? left[node]! : right[node]!;
    }
    scores[row]! += value[node]!;
  }
}

/** The leaf of each row. */
export function leavesOf(tree: Tree, codes: readonly Uint8Array[], leaves: Int32Array): void {
  const { column, left, right, sets } = tree;
  for (let row = 0; row < leaves.length; row++) {
    let node = 0;
    while (column[node]! >= 0) {
      const code = codes[column[node]!]![row]!;
      node = hasCode(sets, node, code) ? left[node]! : right[node]!;
    }
    leaves[row] = node;
  }
}

/** Fills in the cover of inner nodes from that of leaves. Children come after their parent. */
export function coverInner({ column, left, right, cover }: Tree): void {
  for (let node = column.length - 1; node >= 0; node--)
    if (column[node]! >= 0) cover[node] = cover[left[node]!]! + cover[right[node]!]!;
}
