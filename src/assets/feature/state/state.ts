import type { Instant } from '../../../base/index.ts';
import type { StateValue } from '../../../store/online/index.ts';
import type { Cell } from '../cell.ts';
import { type Layout, layoutOf, type Series } from '../layout.ts';
import type { FeaturesBody } from '../spec.ts';
import { firstFrom, intoTiles, type SeenRow, type Tile } from '../tiles.ts';
import { windowEnd, windowLeave, windowStart } from '../time-law.ts';

// The state of an entity, made at an instant, answers for every t from there on. What comes where follows from the features alone, so
// no names are kept with every entity.

/** A tile: when it starts, then what its parts hold of all rows known before the state was made. */
export type StoredTile = readonly [start: number, ...parts: StateValue[]];

/** A row that is known only later: it stays single, because the instant decides whether it is seen. */
export type StoredRow = readonly [known: number, event: number, row: number, ...cells: Cell[]];

export type EntityState = readonly [
  /** Of each series, by start. */
  tiles: readonly (readonly StoredTile[])[],
  /** By known. */
  pending: readonly StoredRow[],
];

/** An entity's rows on their way into a state. */
export interface Gathered {
  readonly tiles: Tile[][];
  readonly pending: SeenRow[];
}

export function gathered({ series }: Layout): Gathered {
  return { tiles: series.map(() => []), pending: [] };
}

/** What a state holds, to add more to it. */
export function fromState(layout: Layout, state: EntityState): Gathered {
  const [tiles, pending] = state;
  return {
    tiles: layout.series.map(({ parts }, s) =>
      (tiles[s] ?? []).map(([start, ...saved]) => ({
        start,
        states: parts.map(({ monoid }, p) => monoid.load(saved[p] as StateValue)),
      })),
    ),
    pending: pending.map(rowOfStored),
  };
}

export const rowOfStored = ([known, event, row, ...cells]: StoredRow): SeenRow => ({
  known,
  event,
  row,
  cells,
});

const storedRow = ({ known, event, row, cells }: SeenRow): StoredRow => [known, event, row, ...cells];

/** Adds a row to what is gathered for a state that is made at `from`. */
export function gather(layout: Layout, into: Gathered, row: SeenRow, from: Instant): void {
  if (row.known >= from) into.pending.push(row);
  else settle(layout, into, row);
}

function settle(layout: Layout, { tiles }: Gathered, row: SeenRow): void {
  for (const [s, series] of layout.series.entries()) intoTiles(tiles[s] as Tile[], series, row);
}

/**
 * The state at `from`, and the instant from which on it says nothing any more; undefined where it says nothing now. Tiles that no window
 * reaches from there on are left out.
 */
export function stateOf(
  body: FeaturesBody,
  into: Gathered,
  from: Instant,
): { readonly state: StateValue; readonly expires?: Instant } | undefined {
  const layout = layoutOf(body);
  const late: SeenRow[] = [];
  for (const row of into.pending)
    if (row.known < from) settle(layout, into, row);
    else if (layout.readings.some(({ spec }) => row.known < windowLeave(row.event, spec))) late.push(row);
  late.sort((a, b) => a.known - b.known || a.row - b.row);
  const tiles = layout.series.map((_, s) => reached(layout, s, into.tiles[s] as Tile[], from));
  if (late.length === 0 && tiles.every((own) => own.length === 0)) return undefined;
  const state: EntityState = [
    tiles.map((own, s) =>
      own.map(({ start, states }): StoredTile => {
        const { parts } = layout.series[s] as Series;
        return [start, ...parts.map(({ monoid }, p) => monoid.save(states[p]))];
      }),
    ),
    late.map(storedRow),
  ];
  const expires = expiry(layout, tiles, late);
  return {
    state: state as unknown as StateValue,
    ...(expires === Infinity ? {} : { expires }),
  };
}

/**
 * The tiles that a window may reach from `from` on. What lies before every border, of windows that reach back to the beginning and end earlier than the
 * question, is seen by these as a whole and by no other: it becomes one tile.
 */
function reached(layout: Layout, of: number, tiles: readonly Tile[], from: Instant): readonly Tile[] {
  const { hop, reach, parts } = layout.series[of] as Series;
  if (hop === null) return tiles;
  if (reach !== null)
    return tiles.slice(firstFrom(tiles, windowStart(from, { window: reach, hop, ending: 0 })));
  const borders = layout.readings
    .filter(({ series }) => series === of)
    .map(({ spec }) => (spec.window === null ? windowEnd(from, spec) : windowStart(from, spec)));
  const border = firstFrom(tiles, Math.min(...borders));
  if (border < 2) return tiles;
  const { start } = tiles[border - 1] as Tile;
  const states = parts.map(({ monoid }) => monoid.empty());
  for (const tile of tiles.slice(0, border))
    for (const [p, { monoid }] of parts.entries()) states[p] = monoid.merge(states[p], tile.states[p]);
  return [{ start, states }, ...tiles.slice(border)];
}

/** When the last row has left the last window. */
function expiry(layout: Layout, tiles: readonly (readonly Tile[])[], pending: readonly SeenRow[]): Instant {
  let latest = -Infinity;
  for (const { series, spec } of layout.readings) {
    const newest = tiles[series]?.at(-1);
    if (newest !== undefined) latest = Math.max(latest, windowLeave(newest.start, spec));
    for (const { event } of pending) latest = Math.max(latest, windowLeave(event, spec));
  }
  return latest;
}
