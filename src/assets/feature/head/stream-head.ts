import type { Instant } from '../../../base/index.ts';
import type { LogRecord } from '../../../store/log/index.ts';
import type { ContractSpec } from '../../contract/index.ts';
import { type LogProgress, partName, postedOf, rowReader, SeenParts } from '../../source/index.ts';
import { entityText } from '../entity-key.ts';
import type { EntitySpec, FeaturesBody } from '../spec.ts';
import type { SeenRow } from '../tiles.ts';
import { HeadRow, typed } from './head-row.ts';
import { keyText } from './recent-keys.ts';

/** The next record of each stream of a log. */
export type Ends = ReadonlyMap<string, number>;

interface Copy {
  readonly stream: string;
  readonly index: number;
}

/** The records that brought one and the same: more than one where a part of a request was taken by several processes. */
type Copies = Copy[];

interface Held {
  readonly row: HeadRow;
  readonly copies: Copies;
  readonly same: Same | undefined;
}

/** Rows of one key: a later one takes the place of those before. */
interface Same {
  /** The last one. */
  row: HeadRow | undefined;
  readonly copies: Copies[];
  /** One was brought by a record that every state has. */
  settled: boolean;
}

interface Index {
  readonly entity: EntitySpec;
  readonly rows: Map<string, Held[]>;
}

/** Keys that are remembered of rows that are in every state, at least: who sends a row again does so soon. */
export const REMEMBERED = 250_000;

/**
 * The head of one source: what its log has beyond the states of features, by entity. Rows that were set aside, and all but the first of a
 * part of a request that came several times, are not in it. Of rows of one key the last is seen; where a state has one of them already,
 * none is, until the lake has put the new one in its place: a row is never counted twice.
 */
export class StreamHead {
  readonly #contract: ContractSpec;
  readonly #cellsOf: ReturnType<typeof rowReader>;
  readonly #next = new Map<string, number>();
  readonly #from: Map<string, number>;
  readonly #indexes = new Map<string, Index>();
  readonly #parts = new SeenParts<Copies>();
  readonly #keys = new Map<string, Same>();
  #held: Held[] = [];
  #arrivals = 0;
  /** Records that were taken in. */
  #taken = 0;
  readonly #beyond = new WeakMap<Ends, { readonly taken: number; readonly found: Record<string, number> }>();
  #newest: Instant | null = null;

  /** Holds what the log has beyond `ends`. */
  constructor(contract: ContractSpec, { ends, since }: LogProgress) {
    this.#contract = contract;
    this.#cellsOf = rowReader(contract);
    this.#from = new Map(ends);
    for (const [stream, end] of ends) this.#next.set(stream, Math.min(end, since.get(stream) ?? end));
  }

  /** Takes note of rows that every state has; the newest first. To be told before any record. */
  remember(keys: readonly string[]): void {
    for (const text of keys.toReversed()) this.#keys.set(text, { row: undefined, copies: [], settled: true });
  }

  /** The next record of each stream that it wants. */
  get next(): Ends {
    return this.#next;
  }

  /** Rows it holds. */
  get rows(): number {
    return this.#held.length;
  }

  /** The newest event time it has come to know of, also of rows that it has let go; null before the first. */
  get newest(): Instant | null {
    return this.#newest;
  }

  /** Whether it has all rows beyond these ends. */
  reaches(ends: Ends): boolean {
    for (const [stream, from] of this.#from) if ((ends.get(stream) ?? 0) < from) return false;
    return true;
  }

  /** Whether a record is the next one of its stream, or was taken in before. */
  follows({ position: { stream, index } }: LogRecord): boolean {
    return index <= (this.#next.get(stream) ?? 0);
  }

  take(record: LogRecord): void {
    const { stream, index } = record.position;
    if (index < (this.#next.get(stream) ?? 0)) return;
    this.#next.set(stream, index + 1);
    this.#taken++;
    const { lines, aside, request, at } = postedOf(record);
    const copies: Copies = [{ stream, index }];
    if (request !== undefined) {
      const name = partName(request);
      const first = this.#parts.find(name, at);
      if (first !== undefined) {
        first.push({ stream, index });
        return;
      }
      this.#parts.add(name, at, copies);
    }
    const isHeld = index >= (this.#from.get(stream) ?? 0);
    const left = new Set(aside);
    for (const [i, line] of lines.split('\n').entries()) {
      if (left.has(i)) continue;
      const { value } = this.#cellsOf(line);
      if (value !== undefined) this.#add(new HeadRow(value, this.#arrivals++), copies, isHeld);
    }
  }

  #add(row: HeadRow, copies: Copies, isHeld: boolean): void {
    const { eventTime } = this.#contract;
    if (eventTime !== undefined) {
      const event = typed(row.cells, eventTime, 'timestamp') as Instant | null;
      if (event !== null && (this.#newest === null || event > this.#newest)) this.#newest = event;
    }
    const same = this.#sameAs(row);
    if (same !== undefined) {
      if (isHeld) {
        same.row = row;
        same.copies.push(copies);
      } else same.settled = true;
    }
    if (!isHeld) return;
    const held = { row, copies, same };
    this.#held.push(held);
    for (const index of this.#indexes.values()) this.#put(index, held);
  }

  #sameAs({ cells }: HeadRow): Same | undefined {
    const { key, columns } = this.#contract;
    if (key.length === 0) return undefined;
    const text = keyText(
      key.map((name) => typed(cells, name, columns.find((column) => column.name === name)?.type ?? 'string')),
    );
    const same = this.#keys.get(text) ?? { row: undefined, copies: [], settled: false };
    // Last in the order in which they are forgotten.
    this.#keys.delete(text);
    this.#keys.set(text, same);
    return same;
  }

  #put({ entity, rows }: Index, held: Held): void {
    const { columns } = this.#contract;
    const name = entityText(entity, (key) =>
      typed(held.row.cells, key, columns.find((column) => column.name === key)?.type ?? 'string'),
    );
    if (name === undefined) return;
    const own = rows.get(name);
    if (own === undefined) rows.set(name, [held]);
    else own.push(held);
  }

  #indexFor(entity: EntitySpec): Index {
    const name = JSON.stringify(entity.keys);
    let index = this.#indexes.get(name);
    if (index === undefined) {
      index = { entity, rows: new Map() };
      for (const held of this.#held) this.#put(index, held);
      this.#indexes.set(name, index);
    }
    return index;
  }

  /** The rows of an entity that a state which has come to `ends` has not. */
  of(body: FeaturesBody, ends: Ends, entity: string): SeenRow[] {
    const found: SeenRow[] = [];
    for (const held of this.#indexFor(body.entity).rows.get(entity) ?? []) {
      if (!isBeyond(held, ends)) continue;
      const seen = held.row.seenBy(body);
      if (seen !== undefined) found.push(seen);
    }
    return found;
  }

  /** Of each stream that has come further than `ends`: how far. */
  beyond(ends: Ends): Readonly<Record<string, number>> {
    const known = this.#beyond.get(ends);
    if (known?.taken === this.#taken) return known.found;
    const found: Record<string, number> = {};
    for (const [stream, next] of this.#next) if (next > (ends.get(stream) ?? 0)) found[stream] = next;
    this.#beyond.set(ends, { taken: this.#taken, found });
    return found;
  }

  /** Lets go of what every state has. */
  forget(ends: Ends): void {
    for (const [stream, end] of ends) {
      // What it has not seen itself it cannot let go.
      const to = Math.min(end, this.#next.get(stream) ?? 0);
      if (to > (this.#from.get(stream) ?? 0)) this.#from.set(stream, to);
    }
    const isSettled = ({ copies }: Pick<Held, 'copies'>): boolean =>
      copies.some((copy) => isBelow(copy, this.#from));
    const kept: Held[] = [];
    for (const held of this.#held) {
      if (!isSettled(held)) {
        kept.push(held);
        continue;
      }
      const { same, copies, row } = held;
      if (same === undefined) continue;
      same.settled = true;
      same.copies.splice(same.copies.indexOf(copies), 1);
      if (same.row === row) same.row = undefined;
    }
    if (kept.length === this.#held.length) return;
    this.#held = kept;
    for (const { rows } of this.#indexes.values())
      for (const [entity, own] of rows) {
        const left = own.filter((held) => !isSettled(held));
        if (left.length === 0) rows.delete(entity);
        else if (left.length < own.length) rows.set(entity, left);
      }
    let many = this.#keys.size - REMEMBERED;
    for (const [text, { copies }] of this.#keys) {
      if (many-- <= 0) break;
      if (copies.length === 0) this.#keys.delete(text);
    }
  }
}

const isBelow = ({ stream, index }: Copy, ends: Ends): boolean => index < (ends.get(stream) ?? 0);

function isBeyond({ row, copies, same }: Held, ends: Ends): boolean {
  if (copies.some((copy) => isBelow(copy, ends))) return false;
  if (same === undefined) return true;
  return (
    same.row === row &&
    !same.settled &&
    !same.copies.some((others) => others.some((copy) => isBelow(copy, ends)))
  );
}
