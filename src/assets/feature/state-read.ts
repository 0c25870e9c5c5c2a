import { formatInstant, type Instant, MillraceError } from '../../base/index.ts';
import type { StateValue } from '../../store/online/index.ts';
import { aggregateOf, type Cell, type Seen } from './aggregate.ts';
import type { AggregateName, FeatureSpec, FeaturesBody } from './spec.ts';
import {
  type EntityState,
  partIndex,
  type StateLayout,
  type StoredTile,
  type StoredTotal,
  stateLayout,
} from './state-layout.ts';
import { windowStart } from './time-law.ts';

const layouts = new WeakMap<FeaturesBody, StateLayout>();

/**
 * The features of one entity at `t`, from the state that `buildState` made at `from`; `undefined` is an entity without any row.
 * A timestamp is microseconds since the epoch.
 * @throws MILL_FEATURE_AS_OF_TOO_EARLY when `t` is before `from`: the state no longer knows what had left its windows by then.
 */
export function readState(
  body: FeaturesBody,
  state: StateValue | undefined,
  from: Instant,
  t: Instant,
): Record<string, Cell> {
  if (t < from) throw tooEarly(body, from, t);
  let layout = layouts.get(body);
  if (!layout) {
    layout = stateLayout(body);
    layouts.set(body, layout);
  }
  const stored = (state ?? [[], [], [], []]) as unknown as EntityState;
  const values: Record<string, Cell> = {};
  for (const feature of body.features) values[feature.name] = readFeature(layout, stored, feature, t);
  return values;
}

function readFeature(layout: StateLayout, state: EntityState, feature: FeatureSpec, t: Instant): Cell {
  const { aggregate: name, column, window, hop } = feature;
  const aggregate = aggregateOf(name, `feature '${feature.name}': column '${column}'`);
  const start = windowStart(t, window, hop);
  const at = 3 + (column === null ? 0 : layout.values.indexOf(column));
  let result = settled[name](layout, state, feature, start) ?? aggregate.empty();
  for (const row of state[3] ?? []) {
    const [known, event, id] = row;
    if (known >= t) break;
    if (event >= start)
      result = aggregate.add(result, { value: column === null ? null : (row[at] as Cell), event, row: id });
  }
  return aggregate.result(result);
}

type Settled = (layout: StateLayout, state: EntityState, feature: FeatureSpec, start: Instant) => unknown;

/** The state of an aggregate over the rows known before `from` with event ≥ start; undefined when there are none. */
const settled: { readonly [N in AggregateName]: Settled } = {
  count: (...of) => tilePart(...of, 'rows'),
  sum: (...of) => total(tilePart(...of, 'total')),
  mean: (...of) => {
    const count = tilePart(...of, 'count');
    return count === undefined ? undefined : [count, total(tilePart(...of, 'total'))];
  },
  min: (...of) => tilePart(...of, 'min'),
  max: (...of) => tilePart(...of, 'max'),
  distinct: (layout, state, { column }, start) => {
    const values = state[2][layout.distinct.indexOf(column as string)] ?? [];
    const first = firstFrom(values, start, ([, newest]) => newest);
    return new Set(values.slice(first).map(([value]) => value));
  },
  last: (layout, state, { column }, start): Seen | undefined => {
    const newest = state[1]?.[layout.last.indexOf(column as string)];
    if (!newest || newest[1] < start) return undefined;
    return { value: newest[0], event: newest[1], row: newest[2] };
  },
};

function tilePart(
  layout: StateLayout,
  state: EntityState,
  feature: FeatureSpec,
  start: Instant,
  what: 'rows' | 'count' | 'total' | 'min' | 'max',
): StoredTile[number] | undefined {
  const hop = layout.hops.findIndex((own) => own.hop === feature.hop);
  const tiles = state[0][hop] ?? [];
  const tile = tiles[firstFrom(tiles, start, ([begin]) => begin)];
  return tile?.[1 + partIndex(layout.hops[hop]?.parts ?? [], what, feature.column ?? '')];
}

function total(stored: StoredTile[number] | undefined): bigint | undefined {
  if (stored === undefined) return undefined;
  const [whole, part] = stored as StoredTotal;
  return (BigInt(whole) << 64n) + BigInt(part ?? 0);
}

/** Where the first item at or after `start` is, of items in ascending order. */
function firstFrom<T>(items: readonly T[], start: Instant, instantOf: (item: T) => Instant): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (instantOf(items[middle] as T) < start) low = middle + 1;
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
