import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DAY, type Duration, type Instant } from '../../base/index.ts';
import { type Engine, openDuckDb, type Session } from '../../engine/index.ts';
import type { Graph, Node } from '../../graph/index.ts';
import { col } from '../contract/index.ts';
import { files, source } from '../source/index.ts';
import type { FeatureValue } from './aggregate/index.ts';
import { checkFeatures } from './check.ts';
import { type AnyFeatures, features } from './declare.ts';
import { entity } from './entity.ts';
import { entitySql, entityText } from './entity-key.ts';
import { answerPointInTime } from './history/point-in-time.ts';
import type { FeaturesBody } from './spec.ts';
import { buildState } from './state/state-build.ts';
import { readState } from './state/state-read.ts';
import { through } from './through.ts';
import { throughKind } from './through-kind.ts';

// What the guide's table of bad inputs says, each line of it.

let engine: Engine;
let session: Session;
before(async () => {
  engine = await openDuckDb({ threads: 1 });
  session = await engine.session();
});
after(() => engine.close());

const T: Instant = 20_000 * DAY;
const card = entity('card', { key: 'card' });
const payments = source('payments', {
  from: files('x/*.csv'),
  columns: {
    card: col.string(),
    amount: col.double().nullable(),
    due: col.timestamp().nullable(),
    price: col.double(),
    at: col.timestamp(),
  },
  eventTime: 'at',
});
const bodyOf = (asset: AnyFeatures): FeaturesBody => asset['~'].nodes[0]?.body as unknown as FeaturesBody;

/** The features at `t`, offline, which state must answer too. */
async function valuesAt(
  asset: AnyFeatures,
  events: string,
  t: Instant,
): Promise<Record<string, FeatureValue>> {
  const body = bodyOf(asset);
  await answerPointInTime(session, {
    ...{ body, events, into: 'answers' },
    asks: `(select 0::BIGINT as _ask, 'x' as _entity, ${t}::BIGINT as _at)`,
  });
  const lists = body.features.map(({ name, list }) => [name, list] as const);
  const [row] = await session.rows<Record<string, unknown>>('select * exclude (_ask) from answers');
  await session.run('drop table answers');
  const values = Object.fromEntries(
    lists.map(([name, list]) => {
      const value = row?.[name];
      if (value instanceof Date) return [name, value.getTime() * 1000];
      return [name, list ? JSON.parse(value as string) : value];
    }),
  ) as Record<string, FeatureValue>;
  let state: Parameters<typeof readState>[1];
  for await (const entry of buildState(session, body, events, t)) state = entry.state;
  assert.deepEqual(readState(body, state, [], t, t), values);
  return values;
}

const everything = features('everything', {
  entity: card,
  from: payments,
  compute: (a) => ({
    count: a.count().over('1d'),
    sum: a.sum('amount').over('1d'),
    mean: a.mean('amount').over('1d'),
    variance: a.variance('amount').over('1d'),
    stddev: a.stddev('amount').over('1d'),
    min: a.min('amount').over('1d'),
    max: a.max('amount').over('1d'),
    quantile: a.quantile('amount', 0.5).over('1d'),
    distinct: a.distinct('amount').over('1d'),
    first: a.first('amount').over('1d'),
    last: a.last('amount').over('1d'),
    lastK: a.lastK('amount', 2).over('1d'),
    topK: a.topK('amount', 2).over('1d'),
    share: a.share(a.row.amount.above(0)).over('1d'),
    latest: a.latest('amount'),
    ratio: a.ratio(a.sum('amount').over('1d'), 0),
    where: a.count().where(a.row.amount.below(5)).over('1d'),
  }),
});
const without = {
  ...{ sum: 0, mean: null, variance: null, stddev: null, min: null, max: null, quantile: null, distinct: 0 },
  ...{ first: null, last: null, lastK: [], topK: [], latest: null, ratio: null, where: 0 },
};

const rows = (...amounts: readonly string[]): string =>
  `(select 'x' as card, make_timestamp(${T - DAY / 2} + i) as at, amounts[i + 1]::DOUBLE as amount, null::TIMESTAMP as due, i as _row_id
    from range(${amounts.length}) t(i), (select [${amounts}] as amounts))`;

test('null, NaN and the infinities are no value: rows that only count count', async () => {
  for (const none of ["'nan'::DOUBLE", "'inf'::DOUBLE", "'-inf'::DOUBLE", 'null'])
    assert.deepEqual(
      await valuesAt(everything, rows(none, none), T),
      { ...without, count: 2, share: 0 },
      none,
    );
  const some = {
    ...without,
    count: 3,
    share: 1 / 3,
    sum: 4,
    mean: 4,
    min: 4,
    max: 4,
    distinct: 1,
    first: 4,
    last: 4,
  };
  const { quantile, ...rest } = await valuesAt(everything, rows("'nan'::DOUBLE", '4', 'null'), T);
  const { quantile: _, ...wanted } = { ...some, lastK: [4], topK: [4], latest: 4, where: 1 };
  assert.deepEqual(rest, wanted);
  assert.ok(Math.abs((quantile as number) - 4) <= 0.04);
});

test('a window that is longer than the data is one over all of it', async () => {
  const long = features('long', {
    entity: card,
    from: payments,
    compute: ({ count, sum }) => ({
      n: count().over('36000d', { hop: '36000d' }),
      spent: sum('amount').over('2000d'),
      ever: sum('amount').over('lifetime'),
    }),
  });
  assert.deepEqual(await valuesAt(long, rows('1', '2', '3'), T), { n: 3, spent: 6, ever: 6 });
  assert.deepEqual(await valuesAt(long, rows('1'), T - DAY), { n: 0, spent: 0, ever: 0 });
});

test('instants before 1970 are instants; one that is a value may be of the year 9999', async () => {
  const dated = features('dated', {
    entity: card,
    from: payments,
    compute: ({ count, last }) => ({ n: count().over('1h'), due: last('due').over('30d') }),
  });
  const old = -80_000 * DAY - 1;
  const year9999 = Date.UTC(9999, 11, 31) * 1000;
  const events = `(select 'x' as card, make_timestamp(${old}) as at, 0.0 as amount, make_timestamp(${year9999}) as due, 0 as _row_id)`;
  assert.deepEqual(await valuesAt(dated, events, old), { n: 0, due: null });
  assert.deepEqual(await valuesAt(dated, events, old + 1), { n: 1, due: year9999 });
});

test('a length of time that is none is refused where it is written', () => {
  for (const length of ['0d', '-1h', '1.5h', '1e3d', '36601d', '1w', '', ' 1h'] as Duration[])
    assert.throws(
      () =>
        features('f', {
          entity: card,
          from: payments,
          compute: ({ count }) => ({ n: count().over(length) }),
        }),
      {
        code: 'MILL_DURATION_INVALID',
        message: `'${length}' is not a duration. Write a positive whole number and a unit, up to 100 years: '90s', '5m', '12h' or '30d'. [MILL_DURATION_INVALID]`,
      },
    );
});

/** A graph of these assets, as far as checks look at it. */
function graphWith(...assets: readonly { readonly '~': { readonly nodes: readonly object[] } }[]): Graph {
  const nodes = new Map<string, Node>();
  for (const asset of assets)
    for (const node of asset['~'].nodes as readonly Node[]) nodes.set(node.name, { ...node, asset } as Node);
  return { nodes } as unknown as Graph;
}

const faults = async (asset: AnyFeatures): Promise<string[]> => {
  const graph = graphWith(payments, asset);
  const node = graph.nodes.get(asset.name) as Node<FeaturesBody>;
  return checkFeatures(node, { graph, session }).map(({ message, todo }) => `${message} ${todo}`);
};

test('a fraction or an instant is no key', async () => {
  const keyed = (key: string) =>
    features('keyed', {
      // Types let no instant through.
      entity: entity('e', { key: key as 'price' }),
      from: payments,
      compute: ({ count }) => ({ n: count().over('1h') }),
    });
  const todo = 'Name entities by a text, a whole number or a truth value.';
  assert.deepEqual(await faults(keyed('price')), [
    `'price' of 'payments' is a number with a fraction, which names no entity. ${todo}`,
  ]);
  assert.deepEqual(await faults(keyed('at')), [
    `'at' of 'payments' is an instant, which names no entity. ${todo}`,
  ]);
});

test('what features are looked up through holds a key', () => {
  const by = features('by', {
    entity: card,
    from: payments,
    compute: ({ lastK, mean, last }) => ({
      list: lastK('card', 2).over('1d'),
      mean: mean('amount').over('1d'),
      due: last('due').over('1d'),
      card: last('card').over('1d'),
    }),
  });
  const pair = features('pair', {
    entity: entity('pair', { key: ['card', 'price'] }),
    from: payments,
    compute: ({ count }) => ({ n: count().over('1d') }),
  });
  const told = (feature: string, look: AnyFeatures): string[] => {
    const asset = through('t', { by, feature: feature as 'card', look });
    const graph = graphWith(by, look, asset);
    const found = throughKind.check?.(graph.nodes.get('t') as never, { graph, session } as never);
    return (found as readonly { message: string }[]).map(({ message }) => message);
  };
  assert.deepEqual(told('card', by), []);
  assert.deepEqual(told('list', by), ["'list' of by is a list, which names no entity."]);
  assert.deepEqual(told('mean', by), ["'mean' of by is a number with a fraction, which names no entity."]);
  assert.deepEqual(told('due', by), ["'due' of by is an instant, which names no entity."]);
  assert.deepEqual(told('none', by), ["by has no feature 'none'."]);
  assert.deepEqual(told('card', pair), ['pair is named by 2 columns, and a feature holds one value.']);
});

test('an entity is the same text in SQL and here, for every type of key and every name', async () => {
  const words = [
    "o'k",
    '"',
    '\\',
    '\n',
    '😀',
    'e\u0301',
    'é',
    '1:a',
    ':',
    '',
    ' ',
    'x'.repeat(10_000),
    'a',
    'a:b',
    'b:c',
    'c',
  ];
  const keys: { readonly sql: string; readonly value: string | number | boolean }[] = [
    ...words.map((word) => ({ sql: `'${word.replaceAll("'", "''")}'`, value: word })),
    ...[0, -1, 7, 2 ** 53 - 1, -(2 ** 53) + 1].map((n) => ({ sql: `${n}::BIGINT`, value: n })),
    ...[true, false].map((b) => ({ sql: String(b), value: b })),
  ];
  const texts = new Set<string>();
  for (const a of keys)
    for (const b of [undefined, ...keys]) {
      const names = b === undefined ? ['a'] : ['a', 'b'];
      const spec = { name: 'e', keys: names };
      const values: Record<string, unknown> = { a: a.value, b: b?.value };
      const own = entityText(spec, (key) => values[key]);
      const relation = `(select ${a.sql} as a, ${b?.sql ?? 'null'} as b) as r`;
      const [row] = await session.rows<{ entity: string }>(
        `select ${entitySql(spec, 'r')} as entity from ${relation}`,
      );
      assert.equal(row?.entity, own);
      if (b !== undefined) texts.add(own as string);
    }
  // No two pairs are one: but a number and its text are the same name, and so are a truth value and its.
  assert.equal(texts.size, keys.length ** 2);
  assert.equal(
    entityText({ name: 'e', keys: ['a'] }, () => null),
    undefined,
  );
  assert.equal(
    entityText({ name: 'e', keys: ['a', 'b'] }, (key) => (key === 'a' ? 'x' : null)),
    undefined,
  );
});
