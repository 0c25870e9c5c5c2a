import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ColumnType, DAY, HOUR, type Instant, MINUTE, quoteName, SECOND } from '../../base/index.ts';
import { type ColumnData, openDuckDb, type Session } from '../../engine/index.ts';
import type { Cell, FeatureValue } from './aggregate/index.ts';
import { layoutOf } from './layout.ts';
import { plainSql } from './plain-sql.ts';
import { type Holds, pointInTimeOracle } from './point-in-time.oracle.ts';
import { answerPointInTime } from './point-in-time.ts';
import {
  type AggregateName,
  type AggregateSpec,
  type FeatureSpec,
  type FeaturesBody,
  isAggregate,
} from './spec.ts';
import { type EntityState, fromState, gather, gathered, stateOf } from './state.ts';
import { buildState } from './state-build.ts';
import { readState } from './state-read.ts';
import type { SeenRow } from './tiles.ts';
import { EXACT, hopOf, windowLeave } from './time-law.ts';
import type { ConditionSpec } from './where/index.ts';

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

const windows = [
  30 * SECOND,
  5 * MINUTE,
  HOUR,
  12 * HOUR - SECOND,
  12 * HOUR,
  7 * DAY,
  12 * DAY,
  30 * DAY,
  null,
];

type Use = readonly [aggregate: AggregateName, column: string | null, parameter?: number];

const uses: readonly Use[] = [
  ['count', null],
  ['share', null],
  ['sinceLast', null],
  ...(['sum', 'mean', 'variance', 'stddev', 'min', 'max', 'distinct', 'last', 'first'] as const).flatMap(
    (aggregate) => ['amount', 'an "odd" name'].map((column) => [aggregate, column] as const),
  ),
  ['quantile', 'amount', 0.5],
  ['quantile', 'an "odd" name', 0.9],
  ...(['distinct', 'last', 'first'] as const).flatMap((aggregate) =>
    ['country', 'ok', 'due'].map((column) => [aggregate, column] as const),
  ),
  ...['country', 'amount', 'ok', 'due'].flatMap((column): Use[] => [
    ['lastK', column, 3],
    ['topK', column, 2],
  ]),
];

/** Conditions, and what they mean, told apart from the room that compiles them. */
const conditions: readonly (readonly [ConditionSpec, (row: Row) => boolean])[] = [
  [{ test: 'is', column: 'country', to: 'DE' }, (row) => row['country'] === 'DE'],
  [
    { test: 'above', column: 'amount', to: 0 },
    (row) => row['amount'] !== null && (row['amount'] as number) > 0,
  ],
  [{ test: 'isMissing', column: 'ok' }, (row) => row['ok'] === null],
];
const holds: Holds = (condition, row) => {
  const meaning = conditions.find(([spec]) => JSON.stringify(spec) === JSON.stringify(condition))?.[1];
  assert(meaning);
  return meaning(row);
};

const lists: readonly AggregateName[] = ['lastK', 'topK'];
const never: readonly AggregateName[] = ['count', 'distinct', 'sum', ...lists];

function featureOf(
  [aggregate, column, parameter]: Use,
  window: number | null,
  hop: number,
  ending: number,
  where: ConditionSpec | undefined,
): AggregateSpec {
  const columnType = column === null ? null : (columnTypes[column] as ColumnType);
  const whole = aggregate === 'count' || aggregate === 'distinct';
  const asColumn = ['first', 'last', ...lists].includes(aggregate);
  return {
    name: `${aggregate}(${parameter}) "${column}" ${window}/${hop}/${ending} ${where?.test}`,
    aggregate,
    column,
    columnType,
    ...(parameter === undefined ? {} : { parameter }),
    ...(where === undefined ? {} : { where }),
    ...(aggregate === 'share' ? { holds: (conditions[1] as (typeof conditions)[number])[0] } : {}),
    ...(lists.includes(aggregate) ? { list: true } : {}),
    window,
    hop,
    ending,
    type: whole ? 'integer' : asColumn ? (columnType as ColumnType) : 'double',
    nullable: !never.includes(aggregate),
  };
}

/** Features of every kind over a few windows: some with a hop of their own that does not divide the window, some exact, some that end early. */
const aBody: fc.Arbitrary<FeaturesBody> = fc
  .record({
    windows: fc.subarray(windows, { minLength: 2, maxLength: 3 }),
    uses: fc.subarray([...uses], { minLength: 4, maxLength: 12 }),
    hops: fc.constantFrom('natural', 'natural', 'odd', 'exact'),
    ending: fc.constantFrom(0, 0, 0, 90 * SECOND, 2 * DAY),
    where: fc.option(fc.constantFrom(...conditions.map(([spec]) => spec)), { freq: 2, nil: undefined }),
    late: fc.oneof(
      fc.constant('column' as const),
      fc.constantFrom(0, 1, 90 * SECOND, 3 * HOUR + 1, 40 * DAY),
    ),
  })
  .map(({ windows: chosen, uses: used, hops, ending, where, late }) => {
    const aggregates = chosen.flatMap((window, i) =>
      used.map((use, u) => {
        const natural = hopOf(window ?? ending);
        const hop = i > 0 || hops === 'natural' ? natural : hops === 'odd' ? 7 * SECOND + 1 : EXACT;
        return featureOf(use, window, hop, i === 1 ? ending : 0, u % 2 === 0 ? where : undefined);
      }),
    );
    const numbers = aggregates.filter(({ type, list }) => (type === 'double' || type === 'integer') && !list);
    const expressions = (['ratio', 'difference', 'sum', 'product'] as const).flatMap(
      (expression, i): FeatureSpec[] => {
        const [a, b] = [numbers[i], numbers[i + 1]];
        if (a === undefined || b === undefined) return [];
        return [
          { name: `a ${expression}`, expression, of: [a, i === 1 ? 0.5 : b], type: 'double', nullable: true },
        ];
      },
    );
    return {
      entity: { name: 'card', keys: ['card'] },
      from: 'payments',
      eventTime: 'paid_at',
      availableAt: late === 'column' ? 'seen_at' : null,
      availableAfter: late === 'column' ? 0 : late,
      features: [...aggregates, ...expressions],
      columnTypes,
    };
  });

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
  const spec = features[lastMoment[0] % features.length] as FeatureSpec;
  const leave = isAggregate(spec) ? windowLeave(event, spec) : Infinity;
  return leave === Infinity ? event : leave - lastMoment[1];
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
  const spec = body.features[pick % body.features.length] as FeatureSpec;
  const leave = isAggregate(spec) ? windowLeave(event, spec) : Infinity;
  return (leave === Infinity ? event : leave) + edge;
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
export function together(histories: readonly History[]): {
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

type Answer = Readonly<Record<string, FeatureValue>>;

const questionColumns = (asks: readonly Ask[]): ColumnData[] => [
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
];

/** The offline answers, one record per ask. */
export async function askOffline(
  session: Session,
  body: FeaturesBody,
  asks: readonly Ask[],
): Promise<Answer[]> {
  await session.run('drop table if exists questions');
  await session.run('drop table if exists answers');
  await session.load('questions', questionColumns(asks));
  const instants = asks.map(({ at }) => at);
  await answerPointInTime(session, {
    body,
    events: 'payments',
    asks: 'questions',
    into: 'answers',
    // Half of the time, so that both ways are tried.
    ...(instants.length % 2 ? { bounds: { from: Math.min(...instants), to: Math.max(...instants) } } : {}),
  });
  const columns = await session.columns('from answers');
  const order = columns[0]?.values as Float64Array;
  const answers: Answer[] = [];
  order.forEach((ask, i) => {
    const values = columns.slice(1).map((column, f) => {
      const { list } = body.features[f] as FeatureSpec;
      const cell = cellOf(column, i);
      return [column.name, list ? (JSON.parse(cell as string) as Cell[]) : cell] as const;
    });
    answers[ask] = Object.fromEntries(values);
  });
  return answers;
}

function cellOf({ type, values }: ColumnData, i: number): Cell {
  const value = values[i] as string | number | null;
  if (type === 'string') return value;
  if (Number.isNaN(value)) return null;
  return type === 'boolean' ? value === 1 : value;
}

export function askOracle(body: FeaturesBody, rows: readonly Row[], asks: readonly Ask[]): Answer[] {
  const own = Map.groupBy(rows, (row) => row['card']);
  return asks.map(({ entity, at }) => pointInTimeOracle(body, own.get(entity) ?? [], at, holds));
}

/** The answers of state made at `from` and taken through JSON as a store would; undefined for asks before it. */
export async function askOnline(
  session: Session,
  body: FeaturesBody,
  asks: readonly Ask[],
  from: Instant,
): Promise<(Answer | undefined)[]> {
  const states = new Map<string, EntityState>();
  for await (const { entity, state, expires = Infinity } of buildState(session, body, 'payments', from)) {
    assert(expires > from);
    states.set(entity, JSON.parse(JSON.stringify(state)) as EntityState);
  }
  return asks.map(({ entity, at }) =>
    at < from ? undefined : readState(body, states.get(entity), [], from, at),
  );
}

/** A row as the dataset's reader would give it to the head, which has no engine between. */
export function seenRow(body: FeaturesBody, row: Row): SeenRow | undefined {
  const event = row[body.eventTime] as number | null;
  const available = body.availableAt === null ? 0 : (row[body.availableAt] as number | null);
  if (row['card'] === null || event === null || available === null) return undefined;
  return {
    event,
    known: body.availableAt === null ? event + body.availableAfter : Math.max(event, available),
    row: row['_row_id'] as number,
    cells: layoutOf(body).columns.map(({ name }) => {
      const cell = row[name] ?? null;
      return typeof cell === 'number' ? cell + 0 : cell;
    }),
  };
}

/**
 * The answers of state that came about in steps: the first rows, then some more at a later instant, and the rest beside it as its head, in
 * whatever order. Undefined for asks before the last step.
 */
function askMoved(
  body: FeaturesBody,
  rows: readonly Row[],
  asks: readonly Ask[],
  from: Instant,
): (Answer | undefined)[] {
  const layout = layoutOf(body);
  const own = Map.groupBy(rows, (row) => row['card']);
  return asks.map(({ entity, at }) => {
    if (at < from) return undefined;
    const seen = (own.get(entity) ?? []).flatMap((row) => seenRow(body, row) ?? []);
    const third = Math.ceil(seen.length / 3);
    const parts = [seen.slice(0, third), seen.slice(third, 2 * third), seen.slice(2 * third)];
    let state: EntityState | undefined;
    // An earlier instant must not be later than any that is asked about.
    for (const [i, instant] of [from - 3 * DAY, from].entries()) {
      const into = state === undefined ? gathered(layout) : fromState(layout, state);
      for (const row of parts[i] ?? []) gather(layout, into, row, instant);
      const made = stateOf(body, into, instant);
      state = made === undefined ? undefined : (JSON.parse(JSON.stringify(made.state)) as EntityState);
    }
    return readState(body, state, parts[2] ?? [], from, at);
  });
}

/** A quantile is within 1 % of the truth; everything else is the truth, to the bit. */
function assertSame(
  body: FeaturesBody,
  found: readonly (Answer | undefined)[],
  truth: readonly (Answer | undefined)[],
  way: string,
): void {
  const near = new Set<string>();
  for (const spec of body.features) if (JSON.stringify(spec).includes('"quantile"')) near.add(spec.name);
  const rest = (answer: Answer | undefined): Answer | undefined =>
    answer && Object.fromEntries(Object.entries(answer).filter(([name]) => !near.has(name)));
  assert.deepStrictEqual(found.map(rest), truth.map(rest), way);
  for (const spec of body.features) {
    if (!isAggregate(spec) || spec.aggregate !== 'quantile') continue;
    truth.forEach((answer, i) => {
      const [a, b] = [found[i]?.[spec.name] ?? null, answer?.[spec.name] ?? null];
      if (a === null || b === null) assert.equal(a, b, way);
      else
        assert(
          Math.abs((a as number) - (b as number)) <= 0.01 * Math.abs(b as number) + 1e-299,
          `${way}: ${a} is not near ${b}`,
        );
    });
  }
}

/** Holds ways of answering against one another: in `batches` of 20 to 40 histories. Gives the number of answers that were compared. */
export async function provesSameness(batches: number): Promise<number> {
  const engine = await openDuckDb({ threads: 1 });
  let answers = 0;
  try {
    const session = await engine.session();
    const law = fc.asyncProperty(aBatch, async ({ body, histories, from }) => {
      const { rows, asks } = together(histories);
      await loadEvents(session, rows);
      const truth = askOracle(body, rows, asks);
      assertSame(body, await askOffline(session, body, asks), truth, 'offline');
      const later = truth.map((values, i) => ((asks[i] as Ask).at < from ? undefined : values));
      assertSame(body, await askOnline(session, body, asks, from), later, 'online');
      assertSame(body, askMoved(body, rows, asks, from), later, 'online, in steps');
      answers += 3 * asks.length;
    });
    await fc.assert(law, { numRuns: batches });
  } finally {
    await engine.close();
  }
  return answers;
}

/**
 * Holds the readable SQL against the oracle. DuckDB adds doubles in any order and as doubles, so sums are compared by what they are made of; all that
 * only picks or counts is the same to the bit.
 */
export async function provesPlainSql(batches: number): Promise<number> {
  const engine = await openDuckDb({ threads: 1 });
  let answers = 0;
  try {
    const session = await engine.session();
    const law = fc.asyncProperty(aBatch, async ({ body, histories }) => {
      const { rows, asks } = together(histories);
      await loadEvents(session, rows);
      await session.run('drop table if exists questions');
      await session.load('questions', questionColumns(asks));
      const exact = body.features.filter(
        (spec) => !JSON.stringify(spec).match(/"(sum|mean|variance|stddev|quantile|product)"/),
      );
      fc.pre(exact.length > 0);
      const truth = askOracle({ ...body, features: exact }, rows, asks);
      // A Date has no microseconds.
      const instants = exact
        .filter(({ type }) => type === 'timestamp')
        .map(({ name, list }) => {
          const micros = list
            ? `list_transform(${quoteName(name)}, lambda e: epoch_us(e))`
            : `epoch_us(${quoteName(name)})`;
          return `${micros} as ${quoteName(name)}`;
        });
      const replaced = instants.length === 0 ? '' : ` replace (${instants.join(', ')})`;
      const sql = plainSql({ ...body, features: exact }, 'payments', 'questions');
      for (const { _ask, ...values } of await session.rows<{ _ask: number }>(
        `select *${replaced} from (${sql})`,
      )) {
        const plain = Object.entries(values).map(([name, value]) => [name, plainValue(value)]);
        assert.deepStrictEqual(Object.fromEntries(plain), truth[_ask]);
        answers++;
      }
    });
    await fc.assert(law, { numRuns: batches });
  } finally {
    await engine.close();
  }
  return answers;
}

function plainValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === 'bigint') return Number(value);
  return typeof value === 'number' ? value + 0 : value;
}
