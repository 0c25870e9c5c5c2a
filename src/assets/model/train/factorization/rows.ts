import type { FitInput, InputColumn, RowRange } from '../trainer.port.ts';
import type { FactorizationParameters } from './options.ts';
import { type Distinct, distinct, learnSide, placesOf, type Side } from './side.ts';

/** The two sides of an input, and the training rows in their terms. */
export interface Rows {
  readonly user: Side;
  readonly item: Side;
  readonly users: Distinct;
  readonly items: Distinct;
  /** Rows whose target is above 0, counted from the first training row. */
  readonly positives: Int32Array;
  /** By id of a user (the place of its first column): ids of the items of its positive rows. */
  readonly liked: ReadonlyMap<number, ReadonlySet<number>>;
}

export const columnsOf = (names: readonly string[], columns: readonly InputColumn[]): InputColumn[] =>
  names.map((name) => columns.find((column) => column.name === name)!);

export function readRows(input: FitInput, parameters: FactorizationParameters): Rows {
  const { columns, train, weights, target } = input;
  const [userColumns, itemColumns] = [
    columnsOf(parameters.user, columns),
    columnsOf(parameters.item, columns),
  ];
  const user = learnSide(userColumns, train, weights);
  const item = learnSide(itemColumns, train, weights);
  const users = distinct(placesOf(user, userColumns, train), userColumns.length);
  const items = distinct(placesOf(item, itemColumns, train), itemColumns.length);
  const positives: number[] = [];
  const liked = new Map<number, Set<number>>();
  for (let row = 0; row < train.to - train.from; row++) {
    if (!(target[train.from + row]! > 0)) continue;
    positives.push(row);
    const id = idOf(users, users.of[row]!);
    let own = liked.get(id);
    if (own === undefined) {
      own = new Set();
      liked.set(id, own);
    }
    own.add(idOf(items, items.of[row]!));
  }
  return { user, item, users, items, positives: Int32Array.from(positives), liked };
}

/** The place of the first column of one of them. */
export const idOf = ({ places, width }: Distinct, one: number): number => places[one * width]!;

/** An item by chance that a user has no positive row with; any, where it is hard to find one. */
export function drawItem({ items, liked }: Rows, userId: number, random: () => number): number {
  const own = userId === 0 ? undefined : liked.get(userId);
  let item = 0;
  for (let tries = 0; tries < 20; tries++) {
    item = Math.floor(random() * items.count);
    const id = idOf(items, item);
    if (id === 0 || own?.has(id) !== true) return item;
  }
  return item;
}

/** Places of some rows of both sides. */
export function placesIn(
  { user, item }: Pick<Rows, 'user' | 'item'>,
  columns: readonly InputColumn[],
  parameters: Pick<FactorizationParameters, 'user' | 'item'>,
  range: RowRange,
): readonly [Int32Array, Int32Array] {
  return [
    placesOf(user, columnsOf(parameters.user, columns), range),
    placesOf(item, columnsOf(parameters.item, columns), range),
  ];
}
