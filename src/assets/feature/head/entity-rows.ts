import { type Instant, SECOND } from '../../../base/index.ts';
import { layoutOf } from '../layout.ts';
import type { FeaturesBody } from '../spec.ts';
import { type Gathered, gather, gathered } from '../state/state.ts';
import type { SeenRow } from '../tiles.ts';
import type { HeadRows } from './heads.port.ts';
import { type Ends, type Held, isBeyond } from './held.ts';

/** From so many rows on, an entity's are kept in tiles: to go through fewer takes no longer. */
const MANY = 64;
/** Look-ups come a little out of order: what became known this long ago is known to all of them. */
const APART = SECOND;

/** The rows of one entity in a head, in the order in which they came. */
export class EntityRows {
  held: readonly Held[] = [];
  #tiled: WeakMap<FeaturesBody, TiledRows> | undefined;

  add(held: Held): void {
    (this.held as Held[]).push(held);
  }

  /** Some that were seen may be seen no more. */
  forget(left: readonly Held[] = this.held): void {
    this.held = left;
    this.#tiled = undefined;
  }

  /** Those that these features see beside a state which has come to `ends`, asked about `t`. */
  seenBy(body: FeaturesBody, ends: Ends, t: Instant): HeadRows {
    if (this.held.length < MANY) {
      const rows = this.held.flatMap((one) => (isBeyond(one, ends) && one.row.seenBy(body)) || []);
      return { rows, count: rows.length };
    }
    this.#tiled ??= new WeakMap();
    let tiled = this.#tiled.get(body);
    if (tiled?.ends !== ends) {
      tiled = new TiledRows(body, ends);
      this.#tiled.set(body, tiled);
    }
    return tiled.upTo(this.held, t);
  }
}

/** Rows as one definition sees them beside one state: in tiles as soon as they are known for good, so that a look-up goes through new ones alone. */
class TiledRows {
  readonly ends: Ends;
  readonly #body: FeaturesBody;
  #into: Gathered;
  /** Rows that were looked at, and of these the ones that are seen. */
  #looked = 0;
  #count = 0;
  /** When the last row that lies in tiles became known. */
  #newest: Instant = -Infinity;
  /** Some value fits in no tile; who asks for the features it is in is told. */
  #single = false;

  constructor(body: FeaturesBody, ends: Ends) {
    this.#body = body;
    this.ends = ends;
    this.#into = gathered(layoutOf(body));
  }

  upTo(held: readonly Held[], t: Instant): HeadRows {
    if (t <= this.#newest) this.#beginAnew();
    try {
      this.#bring(held, t);
    } catch {
      this.#single = true;
      this.#beginAnew();
      this.#bring(held, t);
    }
    const { tiles, pending } = this.#into;
    return { rows: pending, tiles, count: this.#count };
  }

  #beginAnew(): void {
    this.#into = gathered(layoutOf(this.#body));
    this.#looked = 0;
    this.#count = 0;
    this.#newest = -Infinity;
  }

  #bring(held: readonly Held[], t: Instant): void {
    const from = this.#single ? -Infinity : t - APART;
    for (const row of this.#into.pending.splice(0)) this.#take(row, from);
    for (; this.#looked < held.length; this.#looked++) {
      const one = held[this.#looked] as Held;
      const row = isBeyond(one, this.ends) ? one.row.seenBy(this.#body) : undefined;
      if (row === undefined) continue;
      this.#count++;
      this.#take(row, from);
    }
  }

  #take(row: SeenRow, from: Instant): void {
    gather(layoutOf(this.#body), this.#into, row, from);
    if (row.known < from) this.#newest = Math.max(this.#newest, row.known);
  }
}
