import { sampleInOrder } from '../random.ts';
import type { FitInput } from '../trainer.port.ts';

/**
 * What each tree is grown on: a share of the training rows, in order and counted from the first of them, drawn anew at each call. Where rows are ranked
 * whole groups are drawn (LightGBM's bagging_by_query): what pulls at a row are the others of its group.
 */
export function rowSampler(
  { train, groups }: Pick<FitInput, 'train' | 'groups'>,
  share: number,
  random: () => number,
): () => Int32Array {
  const rows = train.to - train.from;
  if (groups === undefined) {
    const wanted = Math.max(1, Math.round(rows * share));
    return () => sampleInOrder(0, rows, wanted, random);
  }
  const starts: number[] = [];
  for (let row = 0; row < rows; row++)
    if (row === 0 || groups[train.from + row] !== groups[train.from + row - 1]) starts.push(row);
  const wanted = Math.max(1, Math.round(starts.length * share));
  return () => {
    const drawn = sampleInOrder(0, starts.length, wanted, random);
    const chosen = new Int32Array(rows);
    let size = 0;
    for (const group of drawn)
      for (let row = starts[group]!; row < (starts[group + 1] ?? rows); row++) chosen[size++] = row;
    return chosen.subarray(0, size);
  };
}
