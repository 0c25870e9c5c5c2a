import type { Instant } from '../../base/index.ts';

/** Events to come that are kept of a dataset. */
export const KEPT_COMING = 1_000;

/** The newest event of a dataset as of an instant. A row of what is to come makes nothing fresher, until that is past. */
export class NewestEvents {
  readonly #keep: number;
  #past: Instant | null = null;
  /** The nearest ones, in order. */
  #coming: Instant[] = [];
  /** Events from here on are not kept. */
  #end = Infinity;

  constructor(keep = KEPT_COMING) {
    this.#keep = keep;
  }

  /** Takes note of an event; `now` says whether it is past. */
  add(event: Instant, now: Instant): void {
    if (event <= now) this.#past = Math.max(event, this.#past ?? event);
    else if (event < this.#end && !this.#coming.includes(event)) {
      this.#coming.splice(this.#coming.findLastIndex((one) => one < event) + 1, 0, event);
      if (this.#coming.length > this.#keep) this.#end = this.#coming.pop() as Instant;
    }
  }

  /** The newest at or before an instant; null where there is none; undefined where more have come to pass than were kept: then all are to be read again. */
  at(t: Instant): Instant | null | undefined {
    if (t >= this.#end) return undefined;
    const past = this.#coming.findLastIndex((one) => one <= t);
    if (past >= 0) {
      this.#past = Math.max(this.#past ?? -Infinity, this.#coming[past] as Instant);
      this.#coming.splice(0, past + 1);
    }
    return this.#past;
  }
}
