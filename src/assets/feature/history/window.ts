import type { Instant } from '../../../base/index.ts';
import type { Layout, Part, Reading } from '../layout.ts';
import { addRow, firstFrom, type SeenRow, type Tile } from '../tiles.ts';
import { type Span, windowEnd, windowStart } from '../time-law.ts';

/**
 * A window that moves forward over the tiles of one entity, in the order in which rows become known. It holds what it has taken in, so
 * that going on costs a merge for each tile that comes and one for each that goes, however long it is: states that can
 * give back what was merged do so; for others (min, say) the window is a queue of two stacks, of which the older holds what each of its tiles is
 * with all newer ones (Tangwongsan, Hirzel, Schneider: “In-order sliding-window aggregation in worst-case constant time”, 2017).
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
  /** For each tile below `turn`, from `left` at the time of turning: the states of it and all up to `turn`. */
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
    if (isNew || (tile < this.#turn && tile >= this.#left)) {
      // Late, into what is stacked already. It is taken in again from the beginning.
      if (isNew && tile < this.#left) this.#left++;
      this.#reset(this.#left);
      return;
    }
    if (tile < this.#left) return;
    for (const [i, part] of this.#parts.entries()) this.#taken[i] = addRow(this.#taken[i], part, row);
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
        state = monoid.merge(state, (this.#older[this.#left - this.#olderFrom] as unknown[])[i]);
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
    this.#older = [];
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

  /** Lays the newer stack upon the older one, which is empty. */
  #turnOver(tiles: readonly Tile[]): void {
    const older: unknown[][] = new Array(this.#right - this.#left);
    let newer: unknown[] | undefined;
    for (let at = this.#right - 1; at >= this.#left; at--) {
      const { states } = tiles[at] as Tile;
      newer = this.#parts.map(({ monoid }, i) => {
        if (monoid.remove) return undefined;
        const state = monoid.merge(monoid.empty(), states[this.#places[i] as number]);
        return newer === undefined ? state : monoid.merge(state, newer[i]);
      });
      older[at - this.#left] = newer;
    }
    this.#older = older;
    this.#olderFrom = this.#left;
    this.#turn = this.#right;
    for (const [i, { monoid }] of this.#parts.entries()) if (!monoid.remove) this.#taken[i] = monoid.empty();
  }
}
