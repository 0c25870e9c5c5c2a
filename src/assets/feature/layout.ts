import type { ColumnType, Micros } from '../../base/index.ts';
import { type Aggregate, aggregateOf, type Monoid } from './aggregate/index.ts';
import type { Cell } from './cell.ts';
import { type AggregateSpec, aggregatesOf, type FeaturesBody } from './spec.ts';
import { compileCondition, conditionColumns } from './where/index.ts';

// What is kept of an entity's rows, and where each feature finds its part: it follows from the declaration alone. Rows fall into tiles,
// stretches of event time of one hop; a tile keeps a state for each part. Windows of one hop read the same tiles, and
// aggregates of the same rows share a part.

/** What is kept of the rows of a tile. */
export interface Part {
  readonly monoid: Monoid<unknown>;
  /** The value that is added for a row; null for one that is passed over. */
  value(cells: readonly Cell[]): Cell;
  /** Whether rows are seen whatever is in their columns. */
  readonly every: boolean;
  /** Undefined: every row. */
  readonly where: ((cells: readonly Cell[]) => boolean) | undefined;
}

/** Tiles of one hop; of all time where it is null. */
export interface Series {
  readonly hop: Micros | null;
  readonly parts: readonly Part[];
  /** How far back any of its windows reaches from the instant asked about, the hop not counted; null for all time. */
  readonly reach: Micros | null;
}

/** Where an aggregate's state is. */
export interface Reading {
  readonly spec: AggregateSpec;
  readonly aggregate: Aggregate;
  readonly parameter: number;
  readonly series: number;
  readonly part: number;
}

/** Windows of one series that end together, the shortest first: each sees all that those before it see. */
export interface Walk {
  readonly series: number;
  readonly windows: readonly { readonly spec: AggregateSpec; readonly readings: readonly number[] }[];
  /** The parts that they read. */
  readonly parts: readonly number[];
}

export interface Layout {
  readonly series: readonly Series[];
  readonly walks: readonly Walk[];
  /** One for each different aggregate. */
  readonly readings: readonly Reading[];
  /** The reading of each aggregate of `aggregatesOf`. */
  readonly readingOf: ReadonlyMap<AggregateSpec, number>;
  /** The columns whose cells a row brings, in order. */
  readonly columns: readonly { readonly name: string; readonly type: ColumnType; readonly feature: string }[];
  /** A value for each feature, none known yet: records that begin as a copy of it need not grow. */
  readonly blank: Readonly<Record<string, null>>;
}

const layouts = new WeakMap<FeaturesBody, Layout>();
const movingLayouts = new WeakMap<FeaturesBody, Layout>();

/** For what rows are only added to. */
export const layoutOf = (body: FeaturesBody): Layout => remembered(layouts, body, false);

/** For windows that let go again of tiles they took in; what they keep is not to be put away. */
export const movingLayoutOf = (body: FeaturesBody): Layout => remembered(movingLayouts, body, true);

function remembered(known: WeakMap<FeaturesBody, Layout>, body: FeaturesBody, moves: boolean): Layout {
  let layout = known.get(body);
  if (layout === undefined) {
    layout = laidOut(body, moves);
    known.set(body, layout);
  }
  return layout;
}

function laidOut(body: FeaturesBody, moves: boolean): Layout {
  const all = aggregatesOf(body);
  const columns = columnsOf(body);
  const indexOf = new Map(columns.map(({ name }, i) => [name, i]));
  const typeOf = (column: string): ColumnType => columns[indexOf.get(column) as number]?.type ?? 'string';
  const series: { hop: Micros | null; parts: Part[]; keys: string[]; reach: Micros | null }[] = [];
  const readings: Reading[] = [];
  const byText = new Map<string, number>();
  const readingOf = new Map<AggregateSpec, number>();
  for (const spec of all) {
    const { name: _, description: __, unit: ___, ...same } = spec;
    const text = JSON.stringify(same);
    let reading = byText.get(text);
    if (reading === undefined) {
      const aggregate = aggregateOf(spec.aggregate);
      const hop = spec.window === null && spec.ending === 0 ? null : spec.hop;
      let at = series.findIndex((one) => one.hop === hop);
      if (at < 0) at = series.push({ hop, parts: [], keys: [], reach: 0 }) - 1;
      const own = series[at] as (typeof series)[number];
      own.reach =
        own.reach === null || spec.window === null ? null : Math.max(own.reach, spec.window + spec.ending);
      const parameter = spec.parameter ?? 0;
      const key = JSON.stringify([
        aggregate.state,
        aggregate.parametric ? parameter : null,
        spec.column,
        spec.where ?? null,
        spec.holds ?? null,
      ]);
      let part = own.keys.indexOf(key);
      if (part < 0) {
        part = own.keys.push(key) - 1;
        const where = `feature '${spec.name}': column '${spec.column}'`;
        // What is of all time is never let go.
        const moving = moves && hop !== null ? aggregate.moving?.() : undefined;
        const monoid = moving ?? aggregate.monoid(parameter, where);
        own.parts.push(partOf(spec, monoid, indexOf, typeOf));
      }
      reading = readings.push({ spec, aggregate, parameter, series: at, part }) - 1;
      byText.set(text, reading);
    }
    readingOf.set(spec, reading);
  }
  return {
    series: series.map(({ hop, parts, reach }) => ({ hop, parts, reach })),
    walks: walksOf(readings),
    readings,
    readingOf,
    columns,
    blank: Object.fromEntries(body.features.map(({ name }) => [name, null])),
  };
}

function walksOf(readings: readonly Reading[]): Walk[] {
  const together = Map.groupBy(readings.keys(), (i) => `${readings[i]?.series} ${readings[i]?.spec.ending}`);
  return [...together.values()].map((own) => {
    const lengthOf = (i: number): number => readings[i]?.spec.window ?? Infinity;
    const windows = Map.groupBy(own, lengthOf);
    return {
      series: (readings[own[0] as number] as Reading).series,
      windows: [...windows]
        .sort(([a], [b]) => a - b)
        .map(([, same]) => ({ spec: (readings[same[0] as number] as Reading).spec, readings: same })),
      parts: [...new Set(own.map((i) => (readings[i] as Reading).part))],
    };
  });
}

function partOf(
  spec: AggregateSpec,
  monoid: Monoid<unknown>,
  indexOf: ReadonlyMap<string, number>,
  typeOf: (column: string) => ColumnType,
): Part {
  const predicate = (condition: AggregateSpec['where']) => {
    if (condition === undefined) return undefined;
    const holds = compileCondition(condition, typeOf);
    return (cells: readonly Cell[]): boolean =>
      holds((column) => cells[indexOf.get(column) as number] ?? null);
  };
  const { column } = spec;
  const holds = predicate(spec.holds);
  const at = column === null ? -1 : (indexOf.get(column) as number);
  return {
    monoid,
    every: column === null,
    value: holds ?? (at < 0 ? () => null : (cells) => cells[at] ?? null),
    where: predicate(spec.where),
  };
}

/** The columns that features look at, each once. */
function columnsOf(body: FeaturesBody): Layout['columns'] {
  const found = new Map<string, { name: string; type: ColumnType; feature: string }>();
  for (const { name: feature, column, columnType, where, holds } of aggregatesOf(body)) {
    if (column !== null) found.set(column, { name: column, type: columnType ?? 'string', feature });
    for (const condition of [where, holds])
      if (condition !== undefined)
        for (const name of conditionColumns(condition))
          if (!found.has(name)) found.set(name, { name, type: body.columnTypes[name] ?? 'string', feature });
  }
  return [...found.values()];
}
