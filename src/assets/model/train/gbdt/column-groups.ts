import type { SharedSpace } from './shared-space.ts';

/** Up to four columns whose codes lie side by side, one word by row: the first column's in the lowest byte. */
export interface ColumnGroup {
  readonly columns: readonly number[];
  readonly words: Uint32Array<SharedArrayBuffer>;
}

/**
 * Columns by fours, or fewer where a team of `size` would else have nothing to share. Which columns stand together changes
 * nothing in what is learnt: each is summed by itself, in the order of rows.
 */
export function groupColumns(
  codes: readonly Uint8Array[],
  usable: readonly number[],
  rows: number,
  size: number,
  space: SharedSpace,
): ColumnGroup[] {
  const count = Math.max(Math.ceil(usable.length / 4), Math.min(size, usable.length));
  return Array.from({ length: count }, (_, i) => {
    const border = (k: number): number => Math.floor((usable.length * k) / count);
    const columns = usable.slice(border(i), border(i + 1));
    const words = space.words(rows);
    columns.forEach((column, k) => {
      const own = codes[column]!;
      const shift = 8 * k;
      for (let row = 0; row < rows; row++) words[row]! |= own[row]! << shift;
    });
    return { columns, words };
  });
}
