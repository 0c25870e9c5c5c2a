import type { Instant } from '../../../base/index.ts';
import type { StateValue } from '../../../store/online/index.ts';
import type { FeatureValue } from '../aggregate/index.ts';
import { evaluate } from '../expression.ts';
import { type Layout, layoutOf, type Part, type Reading, type Walk } from '../layout.ts';
import type { FeaturesBody } from '../spec.ts';
import { addRow, firstFrom, type SeenRow, type Tile } from '../tiles.ts';
import { windowEnd, windowStart } from '../time-law.ts';
import { type EntityState, rowOfStored, type StoredTile } from './state.ts';
import { AsOfTooEarly } from './too-early.ts';

const nobody: EntityState = [[], []];

/**
 * The features of one entity at `t`: its state, made at `from` or before, and the rows that came since (the head), some of them perhaps in tiles,
 * of each series. `undefined` is an entity without state. A timestamp is microseconds since the epoch.
 * @throws MILL_FEATURE_AS_OF_TOO_EARLY when `t` is before `from`: the state no longer knows what had left its windows by then.
 */
export function readState(
  body: FeaturesBody,
  state: StateValue | undefined,
  head: readonly SeenRow[],
  from: Instant,
  t: Instant,
  headTiles: readonly (readonly Tile[])[] = [],
): Record<string, FeatureValue> {
  if (t < from) throw new AsOfTooEarly(body, from, t);
  const layout = layoutOf(body);
  const [tiles, pending] = (state ?? nobody) as unknown as EntityState;
  const rows = pending.length === 0 ? head : [...pending.map(rowOfStored), ...head];
  const known = rows.filter((row) => row.known < t);
  // As they lie on the way back from t.
  known.sort((a, b) => b.event - a.event);
  const read: FeatureValue[] = new Array(layout.readings.length).fill(null);
  for (const walk of layout.walks) {
    const own = tiles[walk.series] ?? [];
    goBack(layout, walk, own, headTiles[walk.series] ?? [], known, t, read);
  }
  const values: Record<string, FeatureValue> = { ...layout.blank };
  evaluate(body, layout, read, (feature, value) => {
    values[(body.features[feature] as FeaturesBody['features'][number]).name] = value;
  });
  return values;
}

/** Goes back in time once for all windows of a walk: where one begins, what was met by then is what it sees. */
function goBack(
  { series, readings }: Layout,
  { series: of, windows, parts: places }: Walk,
  tiles: readonly StoredTile[],
  headTiles: readonly Tile[],
  rows: readonly SeenRow[],
  t: Instant,
  read: FeatureValue[],
): void {
  const { parts } = series[of] as Layout['series'][number];
  const met: unknown[] = [];
  for (const place of places) met[place] = (parts[place] as Part).monoid.empty();
  const [first] = windows as [Walk['windows'][number]];
  const end = windowEnd(t, first.spec);
  let tile = (end === Infinity ? tiles.length : firstTile(tiles, end)) - 1;
  let headTile = firstFrom(headTiles, end) - 1;
  let row = 0;
  while (row < rows.length && (rows[row] as SeenRow).event >= end) row++;
  for (const { spec, readings: own } of windows) {
    const start = windowStart(t, spec);
    for (; tile >= 0 && (tiles[tile] as StoredTile)[0] >= start; tile--) {
      const stored = tiles[tile] as StoredTile;
      for (const place of places) {
        const { monoid } = parts[place] as Part;
        const saved = stored[1 + place] as StateValue;
        met[place] = monoid.take
          ? monoid.take(met[place], saved)
          : monoid.merge(met[place], monoid.load(saved));
      }
    }
    for (; headTile >= 0 && (headTiles[headTile] as Tile).start >= start; headTile--)
      for (const place of places)
        met[place] = (parts[place] as Part).monoid.merge(
          met[place],
          (headTiles[headTile] as Tile).states[place],
        );
    for (; row < rows.length && (rows[row] as SeenRow).event >= start; row++)
      for (const place of places) met[place] = addRow(met[place], parts[place] as Part, rows[row] as SeenRow);
    for (const i of own) {
      const { aggregate, part, parameter } = readings[i] as Reading;
      read[i] = aggregate.result(met[part], t, parameter);
    }
  }
}

function firstTile(tiles: readonly StoredTile[], start: Instant): number {
  let low = 0;
  let high = tiles.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tiles[middle] as StoredTile)[0] < start) low = middle + 1;
    else high = middle;
  }
  return low;
}
