import { hasCode, type Tree } from './tree.ts';

/** What a tree says of a row of codes when only some columns are known: elsewhere the row goes both ways, by cover. */
export function expected(tree: Tree, row: readonly number[], known: ReadonlySet<number>, node = 0): number {
  const column = tree.column[node]!;
  if (column < 0) return tree.value[node]!;
  const [left, right] = [tree.left[node]!, tree.right[node]!];
  if (known.has(column))
    return expected(tree, row, known, hasCode(tree.sets, node, row[column]!) ? left : right);
  const [ofLeft, ofRight] = [left, right].map((child) => tree.cover[child]! / tree.cover[node]!);
  return ofLeft! * expected(tree, row, known, left) + ofRight! * expected(tree, row, known, right);
}

/** Shapley's value of each column, by his formula over all subsets. */
export function shapley(tree: Tree, row: readonly number[]): number[] {
  const columns = row.length;
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const worth = Array.from({ length: 2 ** columns }, (_, set) =>
    expected(tree, row, new Set([...row.keys()].filter((i) => (set >> i) & 1))),
  );
  return row.map((_, column) => {
    let share = 0;
    worth.forEach((value, set) => {
      if ((set >> column) & 1) return;
      const size = set.toString(2).replaceAll('0', '').length;
      const weight = (factorial(size) * factorial(columns - size - 1)) / factorial(columns);
      share += weight * (worth[set | (1 << column)]! - value);
    });
    return share;
  });
}
