import type { Instant } from '../../../base/index.ts';
import type { LogRecord } from '../../../store/log/index.ts';
import { type ContractSpec, NewestEvents } from '../../contract/index.ts';
import { type LogProgress, partName, postedOf, rowReader, SeenParts } from '../../source/index.ts';
import { entityText } from '../entity-key.ts';
import type { EntitySpec, FeaturesBody } from '../spec.ts';
import { EntityRows } from './entity-rows.ts';
import { HeadRow, typed } from './head-row.ts';
import type { HeadRows } from './heads.port.ts';
import { type Copies, type Ends, type Held, isBelow, type Same } from './held.ts';
import { keyText } from './recent-keys.ts';

interface Index {
  readonly entity: EntitySpec;
  readonly rows: Map<string, EntityRows>;
}

/** Keys that are remembered of rows that are in every state, at least: who sends a row again does so soon. */
export const REMEMBERED = 250_000;

const NONE: HeadRows = { rows: [], count: 0 };

/** A stream has less rows than this, within what the log keeps. */
const STREAM_ROWS = 2 ** 36;

/**
 * The head of one source: what its log has beyond the states of features, by entity. Rows that were set aside, and all but the first of a
 * part of a request that came several times, are not in it. Of rows of one key the last is seen; where a state has one of them already,
 * none is, until the lake has put the new one in its place: a row is never counted twice. Rows stand in the order in which the table will
 * take them, stream by stream, and not in that in which this process came to know of them: the next process gets to know another one.
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
  /** By stream: which of them it is, and how many of its rows were met. */
  #ranks: ReadonlyMap<string, number>;
  readonly #met = new Map<string, number>();
  /** Records that were taken in. */
  #taken = 0;
  readonly #beyond = new WeakMap<Ends, { readonly taken: number; readonly found: Record<string, number> }>();
  #newest: NewestEvents;

  /** Holds what the log has beyond `ends`; `newest` is what heads before it have come to know. */
  constructor(contract: ContractSpec, { ends, since }: LogProgress, newest = new NewestEvents()) {
    this.#contract = contract;
    this.#newest = newest;
    this.#cellsOf = rowReader(contract);
    this.#from = new Map(ends);
    this.#ranks = ranksOf(ends.keys());
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

  /** The newest events it has come to know of, also of rows that it has let go. */
  get newest(): NewestEvents {
    return this.#newest;
  }

  /** Knows the newest events of the rows that it holds, and of no others. */
  recount(now: Instant): void {
    this.#newest = new NewestEvents();
    for (const { row } of this.#held) this.#note(row, now);
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
    const { lines: text, aside, request, at } = postedOf(record);
    const lines = text.split('\n');
    const copy = { stream, index, first: this.#met.get(stream) ?? 0 };
    this.#met.set(stream, copy.first + lines.length);
    if (!this.#ranks.has(stream)) this.#rank(stream);
    const copies: Copies = [copy];
    if (request !== undefined) {
      const name = partName(request);
      const first = this.#parts.find(name, at);
      if (first !== undefined) {
        first.push(copy);
        // A state that has this copy has the rows, and the table takes the first one.
        this.#order();
        return;
      }
      this.#parts.add(name, at, copies);
    }
    const isHeld = index >= (this.#from.get(stream) ?? 0);
    const left = new Set(aside);
    for (const [i, line] of lines.entries()) {
      if (left.has(i)) continue;
      const { value } = this.#cellsOf(line);
      if (value !== undefined)
        this.#add(new HeadRow(value, this.#placeOf(copies, i)), { copies, line: i }, isHeld, at);
    }
  }

  /** The place of a line among all rows of the log: in that of its copies which is read first. */
  #placeOf(copies: Copies, line: number): number {
    const firsts = copies.map(
      ({ stream, first }) => (this.#ranks.get(stream) as number) * STREAM_ROWS + first,
    );
    return Math.min(...firsts) + line;
  }

  /** A stream that nobody knew is the last one as a rule: they are named by when they began. */
  #rank(stream: string): void {
    this.#ranks = ranksOf([...this.#ranks.keys(), stream]);
    if (this.#ranks.get(stream) !== this.#ranks.size - 1) this.#order();
  }

  /** Puts all rows in their places anew. */
  #order(): void {
    for (const { row, copies, line } of this.#held) row.move(this.#placeOf(copies, line));
    for (const { row, same } of this.#held)
      if (same?.row !== undefined && row.row > same.row.row) same.row = row;
    for (const { rows } of this.#indexes.values()) for (const own of rows.values()) own.forget();
  }

  #note({ cells }: HeadRow, now: Instant): void {
    const { eventTime } = this.#contract;
    const event = eventTime === undefined ? null : (typed(cells, eventTime, 'timestamp') as Instant | null);
    if (event !== null) this.#newest.add(event, now);
  }

  #add(row: HeadRow, { copies, line }: Pick<Held, 'copies' | 'line'>, isHeld: boolean, at: Instant): void {
    this.#note(row, at);
    const same = this.#sameAs(row);
    if (same !== undefined) {
      if (same.row !== undefined)
        for (const index of this.#indexes.values()) this.#rowsOf(index, same.row)?.forget();
      if (isHeld) {
        if (same.row === undefined || row.row > same.row.row) same.row = row;
        same.copies.push(copies);
      } else same.settled = true;
    }
    if (!isHeld) return;
    const held = { row, copies, line, same };
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

  #put(index: Index, held: Held): void {
    this.#rowsOf(index, held.row)?.add(held);
  }

  /** The rows of a row's entity; undefined where it names none. */
  #rowsOf({ entity, rows }: Index, { cells }: HeadRow): EntityRows | undefined {
    const { columns } = this.#contract;
    const name = entityText(entity, (key) =>
      typed(cells, key, columns.find((column) => column.name === key)?.type ?? 'string'),
    );
    if (name === undefined) return undefined;
    let own = rows.get(name);
    if (own === undefined) {
      own = new EntityRows();
      rows.set(name, own);
    }
    return own;
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

  /** The rows of an entity that a state which has come to `ends` has not, for a look-up at `t`. */
  of(body: FeaturesBody, ends: Ends, entity: string, t: Instant): HeadRows {
    return this.#indexFor(body.entity).rows.get(entity)?.seenBy(body, ends, t) ?? NONE;
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
        const left = own.held.filter((held) => !isSettled(held));
        if (left.length === 0) rows.delete(entity);
        else own.forget(left);
      }
    let many = this.#keys.size - REMEMBERED;
    for (const [text, { copies }] of this.#keys) {
      if (many-- <= 0) break;
      if (copies.length === 0) this.#keys.delete(text);
    }
  }
}

/** The streams in the order in which a log is read. */
function ranksOf(streams: Iterable<string>): ReadonlyMap<string, number> {
  return new Map([...streams].sort().map((stream, rank) => [stream, rank]));
}
