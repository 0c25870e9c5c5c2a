import type { Instant } from '../../../base/index.ts';
import type { FeatureValue } from '../aggregate/index.ts';
import { evaluate } from '../expression.ts';
import { type Layout, movingLayoutOf, type Reading } from '../layout.ts';
import type { FeaturesBody } from '../spec.ts';
import { intoTiles, type SeenRow, type Tile } from '../tiles.ts';
import { windowLeave } from '../time-law.ts';
import { MovingWindow } from './window.ts';

/** Tiles that no window needs any more are let go of so many at a time. */
const SHIFT = 512;

/**
 * One pass over the rows of an entity in the order in which they become known, with the questions in between: history as it was lived.
 * A row costs one addition for each part of each hop; a question what its windows have moved since the last one.
 */
export class Sweep {
  readonly #body: FeaturesBody;
  readonly #layout: Layout;
  readonly #tiles: Tile[][];
  readonly #windows: readonly {
    readonly series: number;
    readonly window: MovingWindow;
    readonly readings: readonly number[];
  }[];
  /** Whether a series has a window that ends before now. */
  readonly #endsEarlier: readonly boolean[];
  readonly #values: FeatureValue[];
  /** Of each reading: rows that became known only after they had left its window, so that no question ever sees them. */
  readonly late: number[];

  constructor(body: FeaturesBody) {
    this.#body = body;
    this.#layout = movingLayoutOf(body);
    const { series, readings } = this.#layout;
    this.#tiles = series.map(() => []);
    const groups = Map.groupBy(readings.keys(), (i) => {
      const { series: at, spec } = readings[i] as Reading;
      return `${at} ${spec.window} ${spec.ending}`;
    });
    this.#windows = [...groups.values()].map((own) => ({
      series: (readings[own[0] as number] as Reading).series,
      window: new MovingWindow(
        this.#layout,
        own.map((i) => readings[i] as Reading),
      ),
      readings: own,
    }));
    this.#endsEarlier = series.map((_, s) => readings.some((one) => one.series === s && one.spec.ending > 0));
    this.#values = new Array(readings.length).fill(null);
    this.late = new Array(readings.length).fill(0);
  }

  /** Begins with another entity. */
  clear(): void {
    for (const tiles of this.#tiles) tiles.length = 0;
    for (const { window } of this.#windows) window.clear();
  }

  /** Rows must come in the order of `known`. Of a row nothing is kept but values. */
  row(row: SeenRow): void {
    const { series } = this.#layout;
    for (let s = 0; s < series.length; s++) {
      const own = series[s] as Layout['series'][number];
      const tiles = this.#tiles[s] as Tile[];
      const { at, isNew } = intoTiles(tiles, own, row);
      // Into the last tile, as nearly always, it changes nothing that a window has taken in, unless one ends before now.
      if (at < tiles.length - 1 || this.#endsEarlier[s])
        for (const { series: of, window } of this.#windows) if (of === s) window.changed(at, isNew, row);
    }
    if (row.known - row.event > this.#body.availableAfter) this.#countLate(row);
  }

  /** The features at t, in the order of the declaration. No row that became known at t or later may have come. */
  ask(t: Instant, take: (feature: number, value: FeatureValue) => void): void {
    const { readings } = this.#layout;
    for (const { series, window, readings: own } of this.#windows) {
      window.read(this.#tiles[series] as Tile[], t, (states) => {
        for (const i of own) {
          const { aggregate, part, parameter } = readings[i] as Reading;
          this.#values[i] = aggregate.result(states[window.placeOf(part)], t, parameter);
        }
      });
    }
    evaluate(this.#body, this.#layout, this.#values, take);
    this.#letGo();
  }

  #countLate(row: SeenRow): void {
    for (const [i, { spec }] of this.#layout.readings.entries())
      if (row.known >= windowLeave(row.event, spec)) this.late[i] = (this.late[i] as number) + 1;
  }

  #letGo(): void {
    for (let s = 0; s < this.#tiles.length; s++) {
      const tiles = this.#tiles[s] as Tile[];
      if (tiles.length < 2 * SHIFT) continue;
      let left = tiles.length;
      for (const { series, window } of this.#windows)
        if (series === s && window.left < left) left = window.left;
      if (left < SHIFT) continue;
      tiles.splice(0, left);
      for (const { series, window } of this.#windows) if (series === s) window.shift(left);
    }
  }
}
