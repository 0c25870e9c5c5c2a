import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY, floorTo, HOUR, type Instant, MINUTE } from '../../../base/index.ts';
import { type Engine, openDuckDb, type Session } from '../../../engine/index.ts';
import type { StateValue } from '../../../store/online/index.ts';
import type { AggregateSpec, FeaturesBody } from '../spec.ts';
import { buildState } from '../state/state-build.ts';
import { readState } from '../state/state-read.ts';
import { windowLeave } from '../time-law.ts';
import { answerPointInTime, type PointInTime } from './point-in-time.ts';

let engine: Engine;
let session: Session;
before(async () => {
  engine = await openDuckDb({ threads: 1 });
  session = await engine.session();
});
after(() => engine.close());

/** The answers as rows, by the order of asks. */
async function answers(of: Omit<PointInTime, 'into'>): Promise<object[]> {
  await answerPointInTime(session, { ...of, into: 'answers' });
  const rows = await session.rows('from answers order by _ask');
  await session.run('drop table answers');
  return rows;
}

const feature = (name: string, rest: Partial<AggregateSpec> = {}): AggregateSpec => ({
  name,
  aggregate: 'count',
  column: null,
  columnType: null,
  window: HOUR,
  hop: HOUR / 12,
  ending: 0,
  type: 'integer',
  nullable: false,
  ...rest,
});

const sumOf = (column: string): AggregateSpec =>
  feature(`total of ${column}`, { aggregate: 'sum', column, columnType: 'double', type: 'double' });

const bodyOf = (features: readonly AggregateSpec[], rest: Partial<FeaturesBody> = {}): FeaturesBody => ({
  entity: { name: 'card', keys: ['card'] },
  from: 'payments',
  eventTime: 'at',
  availableAt: null,
  availableAfter: 0,
  features,
  columnTypes: {},
  ...rest,
});

const T: Instant = 20_000 * DAY;
const ask = (entity: string, at: Instant) =>
  `(select 0::BIGINT as _ask, ${entity} as _entity, ${at}::BIGINT as _at)`;

test('names of columns, features and datasets may be any text', async () => {
  const odd = 'a "b"\n; drop table x; -- \'';
  const events = `(select 'x' as "a ""b""\n; drop table x; -- '", make_timestamp(${T}) as entity, make_timestamp(${T}) as event, 1.5 as known, 0 as _row_id)`;
  const body = bodyOf(
    [
      feature('ask'),
      feature('row', { aggregate: 'last', column: odd, columnType: 'string', type: 'string' }),
      feature('instant', { aggregate: 'distinct', column: odd, columnType: 'string' }),
      feature(odd, { aggregate: 'max', column: 'known', columnType: 'double', type: 'double' }),
      sumOf('known'),
    ],
    { entity: { name: odd, keys: [odd] }, from: odd, eventTime: 'entity', availableAt: 'event' },
  );
  const expected = { ask: 1, row: 'x', instant: 1, [odd]: 1.5, 'total of known': 1.5 };
  for (const availableAt of ['event', null]) {
    const own = { ...body, availableAt };
    assert.deepEqual(await answers({ body: own, events, asks: ask("'x'", T + 1) }), [
      { _ask: 0, ...expected },
    ]);
    for await (const { entity, state } of buildState(session, own, events, T + 1)) {
      assert.equal(entity, 'x');
      assert.deepEqual(readState(own, state, [], T + 1, T + 1), expected);
    }
  }
});

test('entities are compared as text; an ask of null or of nobody finds empty windows', async () => {
  const events = `(select 7 as card, make_timestamp(${T}) as at, 0 as _row_id)`;
  const body = bodyOf([
    feature('n'),
    feature('last', { aggregate: 'last', column: 'card', columnType: 'integer' }),
  ]);
  const values = async (entity: string) => (await answers({ body, events, asks: ask(entity, T + 1) }))[0];
  assert.deepEqual(await values("'7'"), { _ask: 0, n: 1, last: 7 });
  assert.deepEqual(await values('7'), { _ask: 0, n: 1, last: 7 });
  assert.deepEqual(await values("'07'"), { _ask: 0, n: 0, last: null });
  assert.deepEqual(await values('null'), { _ask: 0, n: 0, last: null });
  assert.deepEqual(readState(body, undefined, [], T, T), { n: 0, last: null });
});

test('relations may be called as the query calls its own; no asks, no answers; no events, empty windows', async () => {
  await session.run(
    `create or replace temp table events as select 'x' as card, make_timestamp(${T}) as at, 0 as _row_id`,
  );
  await session.run(`create or replace temp table asks as select * from ${ask("'x'", T + 1)}`);
  const body = bodyOf([feature('n')]);
  const rows = (events: string, asks: string) => answers({ body, events, asks });
  assert.deepEqual(await rows('(select * from events)', '(select * from asks)'), [{ _ask: 0, n: 1 }]);
  assert.deepEqual(await rows('(select * from events)', '(select * from asks where false)'), []);
  assert.deepEqual(await rows('(select * from events where false)', '(select * from asks)'), [
    { _ask: 0, n: 0 },
  ]);
});

test('columns have the declared types', async () => {
  const events = `(select 'x' as card, make_timestamp(${T}) as at, 1::INTEGER as i, true as b, 2::DOUBLE as d, 0 as _row_id)`;
  const typed = (
    name: string,
    aggregate: AggregateSpec['aggregate'],
    column: string,
    columnType: AggregateSpec['type'],
    type = columnType,
  ) => feature(name, { aggregate, column, columnType, type });
  const body = bodyOf([
    feature('count'),
    typed('distinct', 'distinct', 'i', 'integer'),
    typed('sum', 'sum', 'i', 'integer', 'double'),
    typed('mean', 'mean', 'd', 'double'),
    typed('max', 'max', 'i', 'integer', 'double'),
    typed('last i', 'last', 'i', 'integer'),
    typed('last at', 'last', 'at', 'timestamp'),
    typed('last b', 'last', 'b', 'boolean'),
  ]);
  await answerPointInTime(session, { body, events, asks: ask("'x'", T), into: 'typed' });
  const types = await session.describe('from typed');
  assert.deepEqual(
    types.map(({ type }) => type),
    ['integer', ...body.features.map(({ type }) => type)],
  );
});

test('a number too large to be summed is refused by feature and column, offline and while state is made', async () => {
  const events = (x: string) =>
    `(select 'x' as card, make_timestamp(${T}) as at, ${x}::DOUBLE as price, 0 as _row_id)`;
  const body = bodyOf([sumOf('price')]);
  const offline = (x: string) =>
    answers({ body, events: events(x), asks: ask("'x'", T + 1) }).catch((error: unknown) => error);
  const message =
    "feature 'total of price': column 'price' cannot be summed: it holds -4611686018427388000, and sums are exact only below 2^62 (4.6e18). Bound the column in its contract, or sum it in a larger unit. [MILL_FEATURE_SUM_RANGE]";
  assert.equal(((await offline('-4611686018427387904')) as Error).message, message);
  assert.deepEqual(await offline('-4611686018427387000'), [
    { _ask: 0, 'total of price': -4611686018427387000 },
  ]);
  await assert.rejects(buildState(session, body, events('-4611686018427387904'), T + 1).next(), { message });
});

test('many values near the limit do not overflow, and the order of rows is of no account', async () => {
  const body = bodyOf([sumOf('x')]);
  const sum = async (order: string) => {
    const events = `(select 'x' as card, make_timestamp(${T}) as at, x, row_number() over () as _row_id from
      (select case when i % 3 = 0 then 4.6e18 when i % 3 = 1 then 0.1 else -1e-9 end as x from range(3000) t(i) order by ${order}))`;
    return (await answers({ body, events, asks: ask("'x'", T + 1) }))[0];
  };
  assert.deepEqual(await sum('i'), { _ask: 0, 'total of x': 4.6e21 });
  assert.deepEqual(await sum('hash(i)'), await sum('x'));
});

test('an instant before the state was made is refused', () => {
  const body = bodyOf([feature('n')]);
  assert.throws(() => readState(body, undefined, [], T, T - 1), {
    code: 'MILL_FEATURE_AS_OF_TOO_EARLY',
    message: /as of 2024-10-03T23:59:59.999999Z, but their state was made at 2024-10-04T00:00:00.000Z/,
  });
});

test('state comes in the order of entities, page by page, and leaves nothing behind', async () => {
  const events = `(select 'card ' || (i * 7919 % 1777) as card, make_timestamp(${T}) as at, i as _row_id from range(3000) t(i))`;
  const entities: string[] = [];
  for await (const { entity } of buildState(session, bodyOf([feature('n')]), events, T + 1))
    entities.push(entity);
  assert.equal(entities.length, 1777);
  assert.deepEqual(entities, entities.toSorted());
  const tables = `select table_name from duckdb_tables() where table_name like 'state_%'`;
  assert.deepEqual(await session.rows(tables), []);
  // A reader that stops early.
  for await (const _ of buildState(session, bodyOf([feature('n')]), events, T + 1)) break;
  assert.deepEqual(await session.rows(tables), []);
});

test('the state of an entity is bounded by its tiles, not by its rows', async () => {
  const events = `(select 'x' as card, make_timestamp((${T} - i * 60000000)::BIGINT) as at, 1.5 as x, i as _row_id from range(40000) t(i))`;
  const body = bodyOf([
    feature('n', { window: 7 * DAY, hop: HOUR }),
    { ...sumOf('x'), window: 7 * DAY, hop: HOUR },
    { ...sumOf('x'), name: 'day', window: DAY, hop: HOUR },
  ]);
  for await (const { state } of buildState(session, body, events, T)) {
    assert.ok(JSON.stringify(state).length < 10_000);
    // One row a minute; the one at exactly T is not seen, the one at exactly T − 7d is.
    const minutes = 7 * 24 * 60;
    assert.deepEqual(readState(body, state, [], T, T), {
      n: minutes,
      'total of x': 1.5 * minutes,
      day: 2160,
    });
  }
});

test('one row is seen from one microsecond after it is known until the hop that leaves it behind, and not a microsecond more', async () => {
  const window = 2 * HOUR;
  const hop = 7 * MINUTE; // does not divide the window
  const at = { window, hop, column: 'x', columnType: 'double', type: 'double' } as const;
  const features = [
    feature('count', { ...at, column: null, columnType: null, type: 'integer' }),
    ...(['sum', 'mean', 'min', 'max', 'last'] as const).map((aggregate) =>
      feature(aggregate, { ...at, aggregate }),
    ),
    feature('distinct', { ...at, aggregate: 'distinct', type: 'integer' }),
  ];
  const there = { count: 1, sum: 5, mean: 5, min: 5, max: 5, last: 5, distinct: 1 };
  const empty = { count: 0, sum: 0, mean: null, min: null, max: null, last: null, distinct: 0 };
  for (const event of [floorTo(T, hop), floorTo(T, hop) + 1, -1])
    for (const delay of [0, HOUR, window])
      for (const late of [true, false]) {
        const body = bodyOf(features, late ? { availableAt: 'seen' } : { availableAfter: delay });
        const events = `(select 'x' as card, make_timestamp(${event}) as at, make_timestamp(${event + delay}) as seen, 5::DOUBLE as x, 0 as _row_id)`;
        const first = event + delay + 1;
        const end = windowLeave(event, { window, hop, ending: 0 });
        for (const [t, seen] of [
          [first - 1, false],
          [first, true],
          [end - 1, true],
          [end, false],
        ] as const) {
          const expected = seen && first < end ? there : empty;
          const told = `${event} + ${delay} at ${t}, ${late ? 'column' : 'constant'}`;
          const offline = { body, events, asks: ask("'x'", t), bounds: { from: t, to: t } };
          assert.deepEqual(await answers(offline), [{ _ask: 0, ...expected }], told);
          for (const from of [t, t - HOUR]) {
            const states = new Map<string, StateValue>();
            for await (const { entity, state } of buildState(session, body, events, from))
              states.set(entity, state);
            assert.deepEqual(
              readState(body, states.get('x'), [], from, t),
              expected,
              `${told}, state of ${from}`,
            );
          }
        }
      }
});
