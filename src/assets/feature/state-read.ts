import { formatInstant, type Instant, MillraceError } from '../../base/index.ts';
import type { StateValue } from '../../store/online/index.ts';
import type { FeatureValue } from './aggregate/index.ts';
import { evaluate } from './expression.ts';
import { type Layout, layoutOf, type Reading } from './layout.ts';
import type { FeaturesBody } from './spec.ts';
import { type EntityState, rowOfStored, type StoredTile } from './state.ts';
import { addRow, type SeenRow } from './tiles.ts';
import { windowEnd, windowStart } from './time-law.ts';

const nobody: EntityState = [[], []];

/**
 * The features of one entity at `t`: its state, made at `from` or before, and the rows that came since (the head). `undefined` is an entity
 * without state. A timestamp is microseconds since the epoch.
 * @throws MILL_FEATURE_AS_OF_TOO_EARLY when `t` is before `from`: the state no longer knows what had left its windows by then.
 */
export function readState(
  body: FeaturesBody,
  state: StateValue | undefined,
  head: readonly SeenRow[],
  from: Instant,
  t: Instant,
): Record<string, FeatureValue> {
  if (t < from) throw tooEarly(body, from, t);
  const layout = layoutOf(body);
  const [tiles, pending] = (state ?? nobody) as unknown as EntityState;
  const rows = pending.length === 0 ? head : [...pending.map(rowOfStored), ...head];
  const known = rows.filter((row) => row.known < t);
  const read = layout.readings.map((reading) =>
    valueAt(layout, reading, tiles[reading.series] ?? [], known, t),
  );
  const values: Record<string, FeatureValue> = {};
  evaluate(body, layout, read, (feature, value) => {
    values[(body.features[feature] as FeaturesBody['features'][number]).name] = value;
  });
  return values;
}

function valueAt(
  { series }: Layout,
  reading: Reading,
  tiles: readonly StoredTile[],
  rows: readonly SeenRow[],
  t: Instant,
): FeatureValue {
  const { spec, aggregate, part: place, parameter } = reading;
  const part = (series[reading.series] as Layout['series'][number]).parts[
    place
  ] as Layout['series'][number]['parts'][number];
  const { monoid } = part;
  const start = windowStart(t, spec);
  const end = windowEnd(t, spec);
  let found = monoid.empty();
  for (let i = firstTile(tiles, start); i < tiles.length; i++) {
    const tile = tiles[i] as StoredTile;
    if (tile[0] >= end) break;
    found = monoid.merge(found, monoid.load(tile[1 + place] as StateValue));
  }
  for (const row of rows) if (row.event >= start && row.event < end) found = addRow(found, part, row);
  return aggregate.result(found, t, parameter);
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

function tooEarly(body: FeaturesBody, from: Instant, t: Instant): MillraceError {
  return new MillraceError({
    code: 'MILL_FEATURE_AS_OF_TOO_EARLY',
    message: `The features of ${body.entity.name} over ${body.from} were asked for as of ${formatInstant(t)}, but their state answers only from ${formatInstant(from)} on.`,
    todo: 'Ask as of a later instant, or compute the past from the tables: a training set does that.',
    owner: 'project',
  });
}
