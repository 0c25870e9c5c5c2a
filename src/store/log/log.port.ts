import type { JsonObject } from '../../base/index.ts';

/** Where a record stands: which process' stream, and its number in it, counting from 0. */
export interface LogPosition {
  readonly stream: string;
  readonly index: number;
}

export interface LogRecord {
  readonly position: LogPosition;
  readonly value: JsonObject;
}

/**
 * A durable append log of records under one name. Each process that appends has a stream of its own, so no locks;
 * readers in any process see all streams. A record is there after a crash if its append was acknowledged; one that was
 * under way may be there or not, whole or not at all (a torn tail is dropped on reading). No position is given twice.
 */
export interface Log {
  /** Resolves when the record is on disk. Appends that arrive together share one flush. */
  append(value: JsonObject): Promise<LogPosition>;
  /** All records at or after the given index of each stream (default: from the start), stream by stream, in order. */
  read(from?: ReadonlyMap<string, number>): AsyncIterable<LogRecord>;
  /**
   * A text that is another one as soon as other processes have appended. Cheap: it looks at files and opens none. What this very
   * log appends leaves it as it is.
   */
  mark(): Promise<string>;
  /** Forgets whole segments in which every record's index is below the given one. */
  trim(upTo: ReadonlyMap<string, number>): Promise<void>;
  close(): Promise<void>;
}
