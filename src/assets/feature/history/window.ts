import type { Instant } from '../../../base/index.ts';
import type { Layout, Part, Reading } from '../layout.ts';
import { addRow, firstFrom, type SeenRow, type Tile } from '../tiles.ts';
import { type Span, windowEnd, windowStart } from '../time-law.ts';

/**
 * A window that moves forward over the tiles of one entity, in the order in which rows become known. It holds what it has taken in, so
 * that going on costs a merge for each tile that comes and one for each that goes, however long it is: states that can
 * give back what was merged do so; for others (min, say) the window is a queue of two stacks, of which the older holds what each of its tiles is
 * with all newer ones (Tangwongsan, Hirzel, Schneider: “In-order sliding-window aggregation in worst-case constant time”, 2017). Only the older
 * half of the tiles is laid there at a time, so that a late row nearly always belongs to the newer stack, where it costs one addition.
 */
export class MovingWindow {
  readonly #span: Span;
  readonly #parts: readonly Part[];
  /** Places of the parts among the tile's states. */
  readonly #places: readonly number[];
  /** Tiles [left, right) are taken in; those below `turn` lie on the older stack. */
  #left = 0;
  #right = 0;
  #turn = 0;
  /** Of parts that can give back: what was taken in. Of others: the newer stack. */
  #taken: unknown[] = [];
  /** Of parts that cannot give back: for each tile in [olderFrom, turn), the state of it and all up to `turn`. */
  #older: unknown[][] = [];
  #olderFrom = 0;

  constructor(layout: Layout, readings: readonly Reading[]) {
    const [reading] = readings as [Reading];
    const { parts } = layout.series[reading.series] as Layout['series'][number];
    this.#span = reading.spec;
    this.#places = [...new Set(readings.map(({ part }) => part))];
    this.#parts = this.#places.map((place) => parts[place] as Part);
    this.clear();
  }

  /** For another entity. */
  clear(): void {
    this.#left = 0;
    this.#reset(0);
  }

  /** Where the state of a part is among those that `read` gives. */
  placeOf(part: number): number {
    return this.#places.indexOf(part);
  }

  /** The first tile that it still needs. */
  get left(): number {
    return this.#left;
  }

  /** Tiles before it were let go. */
  shift(by: number): void {
    this.#left -= by;
    this.#right -= by;
    this.#turn -= by;
    this.#olderFrom -= by;
  }

  /** A row has come into a tile, which is a new one or was there before. Rows mostly come into the last, which is never taken in. */
  changed(tile: number, isNew: boolean, row: SeenRow): void {
    if (tile >= this.#right) return;
    if (tile < this.#left) {
      if (isNew) this.shift(-1);
      return;
    }
    const isOlder = tile < this.#turn;
    for (const [i, part] of this.#parts.entries())
      if (isOlder && !part.monoid.remove) this.#intoOlder(i, tile, isNew, row);
      else this.#taken[i] = addRow(this.#taken[i], part, row);
    if (!isNew) return;
    this.#right++;
    if (isOlder) this.#turn++;
  }

  /** Gives `use` the states of its parts at t. They are the window's own: what is to last must be made of them at once. */
  read(tiles: readonly Tile[], t: Instant, use: (states: readonly unknown[]) => void): void {
    const start = windowStart(t, this.#span);
    const end = windowEnd(t, this.#span);
    // The last tile still grows; what ends earlier than now has no such tile.
    const open = end === Infinity ? tiles.length - 1 : -1;
    const right = end === Infinity ? Math.max(open, 0) : firstFrom(tiles, end, this.#right);
    this.#forward(tiles, start, right);
    const last = open >= 0 ? (tiles[open] as Tile) : undefined;
    const joins = last !== undefined && last.start >= start;
    if (joins && this.#left === this.#right) {
      // There is nothing but the last tile.
      use(this.#places.map((place) => last.states[place]));
      return;
    }
    const lent: number[] = [];
    const states = this.#parts.map((part, i) => {
      const { monoid } = part;
      const place = this.#places[i] as number;
      if (monoid.remove) {
        if (!joins) return this.#taken[i];
        lent.push(i);
        this.#taken[i] = monoid.merge(this.#taken[i], last.states[place]);
        return this.#taken[i];
      }
      let state = monoid.empty();
      if (this.#left < this.#turn)
        state = monoid.merge(state, (this.#older[i] as unknown[])[this.#left - this.#olderFrom]);
      state = monoid.merge(state, this.#taken[i]);
      return joins ? monoid.merge(state, last.states[place]) : state;
    });
    use(states);
    for (const i of lent) {
      const { monoid } = this.#parts[i] as Part;
      this.#taken[i] = monoid.remove?.(this.#taken[i], (last as Tile).states[this.#places[i] as number]);
    }
  }

  #reset(at: number): void {
    this.#right = at;
    this.#turn = at;
    this.#older = this.#parts.map(() => []);
    this.#olderFrom = at;
    this.#taken = this.#parts.map(({ monoid }) => monoid.empty());
  }

  #forward(tiles: readonly Tile[], start: Instant, right: number): void {
    const left = start === -Infinity ? this.#left : firstFrom(tiles, start, this.#left);
    if (left >= this.#right) {
      // Nothing of what it holds is left.
      this.#left = left;
      this.#reset(left);
    }
    for (; this.#right < right; this.#right++) {
      const { states } = tiles[this.#right] as Tile;
      for (const [i, { monoid }] of this.#parts.entries())
        this.#taken[i] = monoid.merge(this.#taken[i], states[this.#places[i] as number]);
    }
    for (; this.#left < left; this.#left++) {
      if (this.#left === this.#turn) this.#turnOver(tiles);
      const { states } = tiles[this.#left] as Tile;
      for (const [i, { monoid }] of this.#parts.entries())
        if (monoid.remove) this.#taken[i] = monoid.remove(this.#taken[i], states[this.#places[i] as number]);
    }
  }

  /** Lays the older half of the newer stack upon the older one, which is empty. */
  #turnOver(tiles: readonly Tile[]): void {
    const turn = (this.#left + this.#right + 1) >> 1;
    for (const [i, { monoid }] of this.#parts.entries()) {
      if (monoid.remove) continue;
      const from = (at: number): unknown => (tiles[at] as Tile).states[this.#places[i] as number];
      const older: unknown[] = new Array(turn - this.#left);
      for (let at = turn - 1; at >= this.#left; at--) {
        const state = monoid.merge(monoid.empty(), from(at));
        older[at - this.#left] = at + 1 < turn ? monoid.merge(state, older[at + 1 - this.#left]) : state;
      }
      this.#older[i] = older;
      let newer = monoid.empty();
      for (let at = turn; at < this.#right; at++) newer = monoid.merge(newer, from(at));
      this.#taken[i] = newer;
    }
    this.#olderFrom = this.#left;
    this.#turn = turn;
  }

  /** A row has come to the older stack: those from the tile on down hold it. A new tile is at first what those above it are. */
  #intoOlder(i: number, tile: number, isNew: boolean, row: SeenRow): void {
    const part = this.#parts[i] as Part;
    const older = this.#older[i] as unknown[];
    const at = tile - this.#olderFrom;
    if (isNew) older.splice(at, 0, part.monoid.merge(part.monoid.empty(), older[at]));
    for (let k = this.#left - this.#olderFrom; k <= at; k++) older[k] = addRow(older[k], part, row);
  }
}
