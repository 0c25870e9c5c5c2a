import { floorTo, type Instant } from '../../base/index.ts';
import type { Cell } from './cell.ts';
import type { Series } from './layout.ts';

/** What is known of the rows of one stretch of event time: from `start` on, one hop long. One state for each part of the series. */
export interface Tile {
  readonly start: Instant;
  readonly states: unknown[];
}

/** A row as features see it; cells in the order of the layout's columns. */
export interface SeenRow {
  readonly event: Instant;
  /** From when on it is known: it is seen at t only when this is before t. */
  readonly known: Instant;
  readonly row: number;
  readonly cells: readonly Cell[];
}

/** Where tiles of all time begin. */
const ALL_TIME = 0;

export const tileStart = (event: Instant, { hop }: Series): Instant =>
  hop === null ? ALL_TIME : floorTo(event, hop);

/** The first tile, in ascending order, that starts at or after an instant. */
export function firstFrom(tiles: readonly { readonly start: Instant }[], start: Instant, from = 0): number {
  let low = from;
  let high = tiles.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tiles[middle] as Tile).start < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Adds a row to a part's state. */
export function addRow(
  state: unknown,
  { monoid, every, value, where }: Series['parts'][number],
  { cells, event, row }: SeenRow,
): unknown {
  if (where !== undefined && !where(cells)) return state;
  const cell = value(cells);
  return cell === null && !every ? state : monoid.add(state, cell, event, row);
}

/** Brings a row into the tiles of a series, and tells which one it came into. */
export function intoTiles(tiles: Tile[], series: Series, row: SeenRow): { at: number; isNew: boolean } {
  const start = tileStart(row.event, series);
  let at = tiles.length - 1;
  let isNew = false;
  if (at < 0 || (tiles[at] as Tile).start !== start) {
    at = at < 0 || (tiles[at] as Tile).start < start ? tiles.length : firstFrom(tiles, start);
    isNew = tiles[at]?.start !== start;
    if (isNew) tiles.splice(at, 0, { start, states: series.parts.map(({ monoid }) => monoid.empty()) });
  }
  const { states } = tiles[at] as Tile;
  for (let p = 0; p < series.parts.length; p++)
    states[p] = addRow(states[p], series.parts[p] as Series['parts'][number], row);
  return { at, isNew };
}
