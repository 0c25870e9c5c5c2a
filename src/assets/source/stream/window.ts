import { HOUR, type Instant, type Json, MINUTE } from '../../../base/index.ts';

/** How long a repeated Idempotency-Key is known, in microseconds: one hour. */
export const WINDOW = HOUR;
/** How much longer the log is looked at, since a row's instant is taken a little before it is written. */
export const MARGIN = MINUTE;

/** Which parts of requests were seen, and when. What is older than the window is forgotten. */
export class SeenParts<T> {
  readonly #seen = new Map<string, { readonly at: Instant; readonly what: T }>();
  #size = 1024;

  /** What was remembered under the name, unless that is longer ago than the window. */
  find(name: string, at: Instant): T | undefined {
    const seen = this.#seen.get(name);
    return seen !== undefined && Math.abs(at - seen.at) <= WINDOW ? seen.what : undefined;
  }

  add(name: string, at: Instant, what: T): void {
    this.#seen.set(name, { at, what });
    if (this.#seen.size < this.#size) return;
    for (const [old, seen] of this.#seen) if (at - seen.at > 2 * WINDOW) this.#seen.delete(old);
    this.#size = Math.max(1024, this.#seen.size * 2);
  }
}

/** Numbers of records by stream, as plain JSON; and back. */
export const jsonOf = (ends: ReadonlyMap<string, number>): Json =>
  Object.fromEntries([...ends].sort(([a], [b]) => (a < b ? -1 : 1)));
export const mapOf = (json: Json | undefined): Map<string, number> =>
  new Map(Object.entries((json ?? {}) as Record<string, number>));
