import type { Instant } from '../../../base/index.ts';
import type { Node } from '../../../graph/index.ts';
import type { Log, LogRecord } from '../../../store/log/index.ts';
import { postedOf, repeatedParts, type SourceBody } from '../../source/index.ts';
import type { Cell } from '../aggregate/index.ts';
import { entityText } from '../entity-key.ts';
import { layoutOf } from '../layout.ts';
import type { HeadPosition } from '../look-up.ts';
import type { FeaturesBody } from '../spec.ts';
import type { SeenRow } from '../tiles.ts';
import { type PostedCells, postedCells } from './posted-row.ts';

/** A row that is acknowledged: where it stands in the log, and its place in the order in which this process learnt of it. */
interface HeadRow {
  readonly stream: string;
  readonly index: number;
  readonly place: number;
  readonly cells: PostedCells;
}

/** Above every row id that a table gives, so that of rows of one instant the one that was posted last is the newest. */
const FIRST_PLACE = 2 ** 52;

/** The rows of one source that are in its log and not yet in every state, by the entities that are asked about. */
export class StreamHead {
  readonly #log: Log;
  readonly #read: (record: LogRecord) => readonly PostedCells[];
  readonly #key: readonly string[];
  /** The first record of each stream that is held, and the next one that is awaited. */
  #from: Map<string, number>;
  #next: Map<string, number>;
  /** Records that came before an earlier one of their stream. */
  readonly #early = new Map<string, Map<number, LogRecord>>();
  #rows: HeadRow[] = [];
  #place = FIRST_PLACE;
  /** By the columns of an entity's key. */
  readonly #indexes = new Map<string, Map<string, HeadRow[]>>();
  readonly #keys = new Map<string, HeadRow>();
  #reading: Promise<void> | undefined;

  constructor({ body }: Node<SourceBody>, log: Log, from: ReadonlyMap<string, number>) {
    const cells = postedCells(body.contract);
    const isRepeated = repeatedParts();
    this.#log = log;
    this.#read = (record) => {
      const posted = postedOf(record);
      return isRepeated(posted) ? [] : cells(posted);
    };
    this.#key = body.contract.key;
    this.#from = new Map(from);
    this.#next = new Map(from);
  }

  get size(): number {
    return this.#rows.length;
  }

  /** Takes a record that this process has appended. They may be told of in any order. */
  accept(record: LogRecord): void {
    const { stream, index } = record.position;
    const next = this.#next.get(stream) ?? 0;
    if (index < next) return;
    if (index > next) {
      const early = this.#early.get(stream) ?? new Map<number, LogRecord>();
      this.#early.set(stream, early.set(index, record));
      return;
    }
    this.#take(record);
    const early = this.#early.get(stream);
    for (let at = index + 1; early?.has(at); at++) {
      this.#take(early.get(at) as LogRecord);
      early.delete(at);
    }
  }

  /** Reads what others have appended. */
  readOn(): Promise<void> {
    this.#reading ??= (async () => {
      for await (const record of this.#log.read(this.#next)) this.accept(record);
    })().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** Whether it holds all records from these on. */
  reaches(ends: ReadonlyMap<string, number>): boolean {
    for (const [stream, from] of this.#from) if ((ends.get(stream) ?? 0) < from) return false;
    return true;
  }

  /** Begins again further back: a state has gone back to an earlier version of the source. */
  async reread(ends: ReadonlyMap<string, number>): Promise<void> {
    await this.#reading?.catch(() => undefined);
    this.#from = new Map(ends);
    this.#next = new Map(ends);
    this.#early.clear();
    this.#rows = [];
    this.#indexes.clear();
    this.#keys.clear();
    await this.readOn();
  }

  /** Forgets rows that no state lacks any more. */
  forget(ends: ReadonlyMap<string, number>): void {
    const held = this.#rows.length;
    this.#rows = this.#rows.filter(({ stream, index }) => index >= (ends.get(stream) ?? 0));
    for (const [stream, end] of ends) this.#from.set(stream, Math.max(end, this.#from.get(stream) ?? 0));
    if (this.#rows.length === held) return;
    this.#indexes.clear();
    this.#keys.clear();
    for (const row of this.#rows) this.#keys.set(this.#keyOf(row.cells), row);
  }

  /** The rows of an entity from these records on. */
  rowsOf(body: FeaturesBody, ends: ReadonlyMap<string, number>, entity: string): SeenRow[] {
    const found = this.#indexOf(body).get(entity) ?? [];
    return found.flatMap((row) =>
      row.index < (ends.get(row.stream) ?? 0) ? [] : (seenRow(body, row) ?? []),
    );
  }

  /** How far it has read each stream that goes beyond these records. */
  position(ends: ReadonlyMap<string, number>): HeadPosition {
    const beyond = [...this.#next].filter(([stream, next]) => next > (ends.get(stream) ?? 0));
    return Object.fromEntries(beyond);
  }

  /** The newest event time that it has from these records on. */
  newest({ eventTime }: FeaturesBody, ends: ReadonlyMap<string, number>): Instant | null {
    let newest: Instant | null = null;
    for (const { stream, index, cells } of this.#rows) {
      const event = cells.get(eventTime) as Instant | null;
      if (index >= (ends.get(stream) ?? 0) && event !== null && event > (newest ?? -Infinity)) newest = event;
    }
    return newest;
  }

  #take(record: LogRecord): void {
    const { stream, index } = record.position;
    this.#next.set(stream, index + 1);
    for (const cells of this.#read(record)) {
      const row: HeadRow = { stream, index, place: this.#place++, cells };
      if (this.#key.length > 0) {
        // It takes the place of an earlier one of its key, as it will in the table.
        const key = this.#keyOf(cells);
        const earlier = this.#keys.get(key);
        if (earlier !== undefined) {
          this.#rows = this.#rows.filter((other) => other !== earlier);
          this.#indexes.clear();
        }
        this.#keys.set(key, row);
      }
      this.#rows.push(row);
      for (const [keys, index] of this.#indexes) add(index, JSON.parse(keys) as string[], row);
    }
  }

  #keyOf(cells: PostedCells): string {
    return JSON.stringify(this.#key.map((name) => cells.get(name) ?? null));
  }

  #indexOf({ entity: { keys } }: FeaturesBody): Map<string, HeadRow[]> {
    const name = JSON.stringify(keys);
    let index = this.#indexes.get(name);
    if (index === undefined) {
      index = new Map();
      for (const row of this.#rows) add(index, keys, row);
      this.#indexes.set(name, index);
    }
    return index;
  }
}

function add(index: Map<string, HeadRow[]>, keys: readonly string[], row: HeadRow): void {
  const entity = entityText({ name: '', keys }, (key) => row.cells.get(key));
  if (entity === undefined) return;
  const own = index.get(entity);
  if (own) own.push(row);
  else index.set(entity, [row]);
}

/** A row as features see it, by the law of Time; undefined for one that is never seen. */
function seenRow(body: FeaturesBody, { cells, place }: HeadRow): SeenRow | undefined {
  const event = cells.get(body.eventTime) as Cell as Instant | null;
  if (event === null || event === undefined) return undefined;
  let known = event + body.availableAfter;
  if (body.availableAt !== null) {
    const available = cells.get(body.availableAt) as Instant | null;
    if (available === null || available === undefined) return undefined;
    known = Math.max(event, available);
  }
  return {
    event,
    known,
    row: place,
    cells: layoutOf(body).columns.map(({ name }) => cells.get(name) ?? null),
  };
}
