import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type ColumnType, DAY, HOUR, type Instant, MINUTE, SECOND } from '../../base/index.ts';
import type { Cell } from './cell.ts';
import type { Holds } from './history/point-in-time.oracle.ts';
import {
  type AggregateName,
  type AggregateSpec,
  type FeatureSpec,
  type FeaturesBody,
  isAggregate,
} from './spec.ts';
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
export const holds: Holds = (condition, row) => {
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
export const aBatch = aBody.chain((body) =>
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
