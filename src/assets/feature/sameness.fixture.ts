import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ColumnType, DAY, HOUR, type Instant, MINUTE, SECOND } from '../../base/index.ts';
import { type ColumnData, openDuckDb, type Session } from '../../engine/index.ts';
import type { StateValue } from '../../store/online/index.ts';
import type { Cell } from './aggregate.ts';
import { pointInTimeOracle } from './point-in-time.oracle.ts';
import { pointInTimeSql } from './point-in-time.ts';
import type { AggregateName, FeatureSpec, FeaturesBody } from './spec.ts';
import { buildState } from './state-build.ts';
import { readState } from './state-read.ts';
import { hopOf, windowLeave } from './time-law.ts';

// Random histories that aim at the edges: ties, rows on the very microsecond of a hop, asks one before, on and one after.

export type Row = Readonly<Record<string, Cell>>;

export interface Ask {
  readonly entity: string;
  readonly at: Instant;
}

/** One entity's rows and the instants at which it is asked about. */
export interface History {
  readonly entity: string;
  readonly rows: readonly Row[];
  readonly asks: readonly Instant[];
}

export const columnTypes: Readonly<Record<string, ColumnType>> = {
  card: 'string',
  paid_at: 'timestamp',
  seen_at: 'timestamp',
  _row_id: 'integer',
  amount: 'double',
  'an "odd" name': 'integer',
  country: 'string',
  ok: 'boolean',
  due: 'timestamp',
};

const windows = [30 * SECOND, 5 * MINUTE, HOUR, 12 * HOUR - SECOND, 12 * HOUR, 7 * DAY, 12 * DAY, 30 * DAY];

const uses: readonly (readonly [AggregateName, string | null])[] = [
  ['count', null],
  ...(['sum', 'mean', 'min', 'max', 'distinct', 'last'] as const).flatMap((aggregate) =>
    ['amount', 'an "odd" name'].map((column) => [aggregate, column] as const),
  ),
  ...(['distinct', 'last'] as const).flatMap((aggregate) =>
    ['country', 'ok', 'due'].map((column) => [aggregate, column] as const),
  ),
];

const nullable = ['mean', 'min', 'max', 'last'];

function featureOf(
  aggregate: AggregateName,
  column: string | null,
  window: number,
  hop: number,
): FeatureSpec {
  const columnType = column === null ? null : (columnTypes[column] as ColumnType);
  const whole = aggregate === 'count' || aggregate === 'distinct';
  return {
    name: `${aggregate} "${column}" ${window}/${hop}`,
    aggregate,
    column,
    columnType,
    window,
    hop,
    type: whole ? 'integer' : aggregate === 'last' ? (columnType as ColumnType) : 'double',
    nullable: nullable.includes(aggregate),
  };
}

/** Features of every kind over a few windows; some with a hop of their own that does not divide the window. */
const aBody: fc.Arbitrary<FeaturesBody> = fc
  .record({
    windows: fc.subarray(windows, { minLength: 2, maxLength: 3 }),
    uses: fc.subarray([...uses], { minLength: 4, maxLength: 10 }),
    oddHop: fc.boolean(),
    late: fc.oneof(
      fc.constant('column' as const),
      fc.constantFrom(0, 1, 90 * SECOND, 3 * HOUR + 1, 40 * DAY),
    ),
  })
  .map(({ windows: chosen, uses: used, oddHop, late }) => ({
    entity: { name: 'card', key: 'card' },
    from: 'payments',
    eventTime: 'paid_at',
    availableAt: late === 'column' ? 'seen_at' : null,
    availableAfter: late === 'column' ? 0 : late,
    features: chosen.flatMap((window, i) =>
      used.map(([aggregate, column]) =>
        featureOf(aggregate, column, window, oddHop && i === 0 ? 7 * SECOND + 1 : hopOf(window)),
      ),
    ),
  }));

const anAmount = fc.oneof(
  fc.integer({ min: -100_000, max: 100_000 }).map((cents) => cents / 100),
  fc.constantFrom(
    0,
    -0,
    0.1,
    -0.1,
    2 ** -65,
    -(2 ** -65),
    3 * 2 ** -66,
    2 ** 61,
    -(2 ** 61),
    4e18,
    -4e18,
    5e-324,
  ),
  fc
    .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -70, max: 61 }))
    .map(([m, e]) => m * 2 ** e),
);
const aWord = fc.oneof(
  fc.constantFrom('DE', 'US', '', "'", '"', 'null', '\\', '--', '\n', '\u0001', 'é', '😀', 'É', 'de'),
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { freq: 5 });

/** Offsets around which everything crowds: multiples of the hops and of the windows. */
const aStep = fc.oneof(
  fc.constantFrom(
    0,
    SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    HOUR,
    12 * HOUR,
    DAY,
    7 * DAY,
    12 * DAY,
    30 * DAY,
  ),
  fc.tuple(fc.nat(40), fc.constantFrom(MINUTE, 5 * MINUTE, HOUR, DAY)).map(([times, hop]) => times * hop),
  fc.integer({ min: 0, max: 45 * DAY }),
  fc.integer({ min: 0, max: 2 * HOUR }),
);
const anEdge = fc.constantFrom(-1, 0, 0, 0, 1);

const aRow = fc.record({
  step: fc.tuple(aStep, fc.oneof(fc.constant(0), aStep), anEdge),
  apart: fc.option(fc.constant(true), { freq: 2 }),
  event: maybe(fc.constant(true)),
  entity: fc.option(fc.constant(true), { freq: 20 }),
  lastMoment: fc.oneof(
    { weight: 4, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.tuple(fc.nat(100), fc.integer({ min: 0, max: 3 })) },
  ),
  delay: maybe(fc.oneof(fc.constantFrom(-5, 0, 0, 1), aStep, fc.integer({ min: 0, max: 3 * MINUTE }))),
  amount: maybe(anAmount),
  items: maybe(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger())),
  country: maybe(aWord),
  ok: maybe(fc.boolean()),
  due: maybe(fc.integer({ min: -3, max: 3 })),
});

type AskDraft = readonly [kind: number, pick: number, step: Instant, edge: number];
const anAsk: fc.Arbitrary<AskDraft> = fc.tuple(fc.nat(3), fc.nat(1000), aStep, anEdge);

/** A history of an entity, for the features of `body`. */
const aHistory = (body: FeaturesBody, base: Instant): fc.Arbitrary<History> =>
  fc
    .record({
      entity: aWord,
      rows: fc.array(aRow, { maxLength: 14 }),
      // Ids need not follow the order of events.
      ids: fc.constantFrom(1, -1),
      asks: fc.array(anAsk, { minLength: 4, maxLength: 10 }),
    })
    .map(({ entity, rows: drafts, ids, asks }) => {
      let event = base;
      const rows = drafts.map((draft, i): Row => {
        // Without `apart`, a tie with the row before.
        if (draft.apart || i === 0) event = base + draft.step[0] + draft.step[1] + draft.step[2];
        return {
          card: draft.entity === null ? null : entity,
          paid_at: draft.event === null ? null : event,
          seen_at: seenAt(event, draft.delay, draft.lastMoment, body),
          _row_id: ids > 0 ? i : drafts.length - i,
          amount: draft.amount,
          'an "odd" name': draft.items,
          country: draft.country,
          ok: draft.ok,
          due: draft.due,
        };
      });
      return { entity, rows, asks: asks.map((ask) => instantOf(ask, base, rows, body)) };
    });

/** Some rows become known at the last moment: within microseconds of leaving a window. */
function seenAt(
  event: Instant,
  delay: number | null,
  lastMoment: readonly [pick: number, before: number] | null,
  { features }: FeaturesBody,
): Instant | null {
  if (delay === null) return null;
  if (lastMoment === null) return event + delay;
  const { window, hop } = features[lastMoment[0] % features.length] as FeatureSpec;
  return windowLeave(event, window, hop) - lastMoment[1];
}

/** An instant near something that matters: when a row is known, when it leaves a window, a hop. */
function instantOf(
  [kind, pick, step, edge]: AskDraft,
  base: Instant,
  rows: readonly Row[],
  body: FeaturesBody,
) {
  const row = rows[pick % Math.max(rows.length, 1)];
  const event = row?.['paid_at'] as number | null | undefined;
  if (kind === 0 || event === null || event === undefined) return base + step + edge;
  const seen = row?.['seen_at'] as number | null;
  if (kind === 1)
    return (body.availableAt === null ? event + body.availableAfter : Math.max(event, seen ?? event)) + edge;
  const feature = body.features[pick % body.features.length] as FeatureSpec;
  return windowLeave(event, feature.window, feature.hop) + edge;
}

/** Features, a few dozen entities with their histories, and an instant in their midst to make state at. */
const aBatch = aBody.chain((body) =>
  fc.constantFrom(0, -40 * DAY, 20_000 * DAY, 20_000 * DAY + 12_345_678).chain((base) =>
    fc
      .record({ histories: fc.array(aHistory(body, base), { minLength: 20, maxLength: 40 }), from: anAsk })
      .map(({ histories, from }) => ({
        body,
        histories,
        from: instantOf(from, base, histories[from[1] % histories.length]?.rows ?? [], body),
      })),
  ),
);

/** Many histories under one roof: entities are told apart by a number in front. */
export function gather(histories: readonly History[]): {
  rows: Row[];
  asks: Ask[];
} {
  const rows: Row[] = [];
  const asks: Ask[] = [];
  histories.forEach((history, i) => {
    const entity = `${i}:${history.entity}`;
    for (const row of history.rows)
      rows.push({
        ...row,
        card: row['card'] === null ? null : entity,
        _row_id: (row['_row_id'] as number) + i * 1000,
      });
    for (const at of history.asks) asks.push({ entity, at });
  });
  return { rows, asks };
}

/** A column of cells as the engine loads it. */
function columnData(name: string, type: ColumnType, cells: readonly Cell[]): ColumnData {
  if (type === 'string') return { name, type, values: cells as readonly (string | null)[] };
  return {
    name,
    type,
    values: Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell))),
  };
}

export async function loadEvents(session: Session, rows: readonly Row[], types = columnTypes): Promise<void> {
  await session.run('drop table if exists payments');
  await session.load(
    'payments',
    Object.entries(types).map(([name, type]) =>
      columnData(
        name,
        type,
        rows.map((row) => row[name] ?? null),
      ),
    ),
  );
}

/** The offline answers, one record per ask. */
export async function askOffline(session: Session, body: FeaturesBody, asks: readonly Ask[]): Promise<Row[]> {
  await session.run('drop table if exists questions');
  await session.load('questions', [
    columnData(
      '_ask',
      'integer',
      asks.map((_, i) => i),
    ),
    columnData(
      '_entity',
      'string',
      asks.map(({ entity }) => entity),
    ),
    columnData(
      '_at',
      'integer',
      asks.map(({ at }) => at),
    ),
  ]);
  const instants = asks.map(({ at }) => at);
  const sql = pointInTimeSql({
    body,
    events: 'payments',
    asks: 'questions',
    // Half of the time, so that both ways are tried.
    ...(instants.length % 2 ? { bounds: { from: Math.min(...instants), to: Math.max(...instants) } } : {}),
  });
  const columns = await session.columns(sql);
  const order = columns[0]?.values as Float64Array;
  const answers: Row[] = [];
  order.forEach((ask, i) => {
    answers[ask] = Object.fromEntries(columns.slice(1).map((column) => [column.name, cellOf(column, i)]));
  });
  return answers;
}

function cellOf({ type, values }: ColumnData, i: number): Cell {
  const value = values[i] as string | number | null;
  if (type === 'string') return value;
  if (Number.isNaN(value)) return null;
  return type === 'boolean' ? value === 1 : value;
}

export function askOracle(body: FeaturesBody, rows: readonly Row[], asks: readonly Ask[]): Row[] {
  const own = Map.groupBy(rows, (row) => row['card']);
  return asks.map(({ entity, at }) => pointInTimeOracle(body, own.get(entity) ?? [], entity, at));
}

/** The online answers, from state made at `from` and taken through JSON as a store would; undefined for asks before it. */
export async function askOnline(
  session: Session,
  body: FeaturesBody,
  asks: readonly Ask[],
  from: Instant,
): Promise<(Row | undefined)[]> {
  const states = new Map<string, StateValue>();
  for await (const [entity, state] of buildState(session, body, 'payments', from)) states.set(entity, state);
  return asks.map(({ entity, at }) =>
    at < from ? undefined : readState(body, states.get(entity), from, at),
  );
}

/** Holds three ways of answering against one another: in `batches` of 20 to 40 histories. */
export async function provesSameness(batches: number): Promise<void> {
  const engine = await openDuckDb({ threads: 1 });
  try {
    const session = await engine.session();
    const law = fc.asyncProperty(aBatch, async ({ body, histories, from }) => {
      const { rows, asks } = gather(histories);
      await loadEvents(session, rows);
      const truth = askOracle(body, rows, asks);
      assert.deepStrictEqual(await askOffline(session, body, asks), truth);
      const later = truth.map((values, i) => ((asks[i] as Ask).at < from ? undefined : values));
      assert.deepStrictEqual(await askOnline(session, body, asks, from), later);
    });
    await fc.assert(law, { numRuns: batches });
  } finally {
    await engine.close();
  }
}
