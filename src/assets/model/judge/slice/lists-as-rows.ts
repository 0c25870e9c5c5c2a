import type { InputColumn } from '../../train/trainer.port.ts';
import { figuresOfList } from '../ranked/evaluate.ts';
import { listsOf } from '../ranked/lists.ts';

/** Ranked lists as rows to be judged by slice: a row for each list of which NDCG is defined. */
export interface ListsAsRows {
  /** NDCG at 10 places. */
  readonly ndcg: Float64Array;
  /** By list one of its rows. */
  readonly rows: Uint32Array;
  /** What all items of each list share: what is known of who asks, say. A list is answered as a whole, so it is a slice's as a whole. */
  readonly columns: readonly InputColumn[];
}

/**
 * @param group by row the list it is in
 * @throws MILL_JUDGE_INPUT
 */
export function listsAsRows(
  relevance: Float64Array,
  score: Float64Array,
  group: ArrayLike<number>,
  columns: readonly InputColumn[],
): ListsAsRows {
  const { lists, rows: items } = listsOf(relevance, score, group, 'linear');
  const { ndcg } = figuresOfList(10, null);
  const judged = lists.flatMap((list, i) => {
    const value = ndcg(list);
    return value === null ? [] : [{ value, items: items[i] as Uint32Array }];
  });
  const rows = Uint32Array.from(judged, (one) => one.items[0] as number);
  const isShared = (values: ArrayLike<number>): boolean =>
    judged.every(({ items: [first, ...others] }) =>
      others.every((row) => Object.is(values[row], values[first as number])),
    );
  return {
    ndcg: Float64Array.from(judged, ({ value }) => value),
    rows,
    columns: columns.flatMap((column): InputColumn[] => {
      if (column.type === 'number')
        return isShared(column.values)
          ? [{ ...column, values: Float64Array.from(rows, (row) => column.values[row] as number) }]
          : [];
      return isShared(column.codes)
        ? [{ ...column, codes: Int32Array.from(rows, (row) => column.codes[row] as number) }]
        : [];
    }),
  };
}
