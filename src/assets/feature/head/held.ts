import type { HeadRow } from './head-row.ts';

/** The next record of each stream of a log. */
export type Ends = ReadonlyMap<string, number>;

export interface Copy {
  readonly stream: string;
  readonly index: number;
  /** How many rows its stream had before. */
  readonly first: number;
}

/** The records that brought one and the same: more than one where a part of a request was taken by several processes. */
export type Copies = Copy[];

/** A row that some state has not. */
export interface Held {
  readonly row: HeadRow;
  readonly copies: Copies;
  /** Its line within each. */
  readonly line: number;
  readonly same: Same | undefined;
}

/** Rows of one key: a later one takes the place of those before. */
export interface Same {
  /** The last one. */
  row: HeadRow | undefined;
  readonly copies: Copies[];
  /** One was brought by a record that every state has. */
  settled: boolean;
}

export const isBelow = ({ stream, index }: Copy, ends: Ends): boolean => index < (ends.get(stream) ?? 0);

/** Whether a row is seen beside a state that has come to these ends. */
export function isBeyond({ row, copies, same }: Held, ends: Ends): boolean {
  if (copies.some((copy) => isBelow(copy, ends))) return false;
  if (same === undefined) return true;
  return (
    same.row === row &&
    !same.settled &&
    !same.copies.some((others) => others.some((copy) => isBelow(copy, ends)))
  );
}
