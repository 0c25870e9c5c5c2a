import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Statistics } from '../../src/assets/index.ts';
import {
  col,
  files,
  mean,
  nullShare,
  type Project,
  project,
  quantile,
  rowCount,
  rowWhere,
  source,
  sql,
  table,
  tableSql,
  unique,
} from '../../src/index.ts';
import type { CheckResult, Version } from '../../src/store/state/index.ts';
import { type Bench, openBench, put, told } from './line.fixture.ts';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.close());

const checks = (id: string): Record<string, string> =>
  Object.fromEntries(
    bench.workspace.state
      .checks(id)
      .map((check: CheckResult) => [
        check.name,
        `${check.passed ? 'ok' : check.severity} ${check.observed} | ${check.wanted}`,
      ]),
  );

test('every rule about rows and about the table, as it is told', async () => {
  const cards = source('cards', {
    from: files('cards/*.csv'),
    columns: { card_id: col.string().length(2), limit: col.double() },
    key: 'card_id',
  });
  const payments = source('payments', {
    from: files('payments/*.csv'),
    columns: {
      id: col.string(),
      card_id: col.string().references(cards, 'card_id'),
      email: col.string().nullable().length(3, 40).rule({ severity: 'warn', owner: 'crm' }),
      amount: col.double(),
      refunded: col.double(),
    },
    key: 'id',
    expect: [
      rowWhere('refund_within_amount', 'refunded <= amount'),
      unique('email', { severity: 'warn' }),
      nullShare('email').atMost(0.1, { severity: 'warn' }),
      mean('amount').between(0, 100),
      quantile('amount', 0.5).between(10, 20),
      tableSql('refunds', 'select sum(refunded) from {table}', {
        atMost: 100,
        description: 'a month’s worth',
      }),
      rowCount.likeBefore(),
    ],
  });
  const shop = project('shop', { payments, cards }) as unknown as Project;
  put(bench.folder, 'cards/1.csv', 'card_id,limit\nc1,1\nc2,2\nc3x,3\n');
  put(
    bench.folder,
    'payments/1.csv',
    'id,card_id,email,amount,refunded\np1,c1,a@b,10,1\np2,c2,a@b,20,2\np3,c9,x@y,30,3\np4,c1,,15,16\np5,c1,ab,12,0\np6,c2,,13,0\n',
  );
  assert.deepEqual(told(await bench.run(shop)), ['cards create published', 'payments create published']);
  assert.equal(bench.workspace.state.live('payments')?.inputs['cards'], 'cards@1');
  assert.deepEqual(checks('payments@1'), {
    'email: unique': 'warn 1 row too many | no row twice',
    'email: share of nulls': 'warn 0.25 | at most 0.1',
    'amount: mean': 'ok 13.75 | 0 to 100',
    'amount: quantile 0.5': 'ok 12.5 | 10 to 20',
    refunds: 'ok 3 | at most 100',
    'rowCount: like before': 'ok 4 rows | like before; 0 earlier loads tell too little yet',
    'id: null': 'ok 0 rows | no row',
    'card_id: null': 'ok 0 rows | no row',
    'card_id: not in cards.card_id': 'warn 1 row | no row',
    'email: length 3 to 40': 'warn 1 row | no row',
    'amount: not a double': 'ok 0 rows | no row',
    'amount: null': 'ok 0 rows | no row',
    'refunded: not a double': 'ok 0 rows | no row',
    'refunded: null': 'ok 0 rows | no row',
    refund_within_amount: 'warn 1 row | no row',
    'key: duplicate': 'ok 0 rows | no row',
  });
  const live = bench.workspace.state.live('payments') as Version;
  const { statistics } = live.detail as unknown as { statistics: Statistics };
  assert.equal(statistics.whole, true);
  assert.equal(statistics.values['rowCount: like before'], 4);

  // The whole table counts, not the load alone; and a file of payments beside one of cards is added to what is there.
  put(bench.folder, 'cards/2.csv', 'card_id,limit\nc9,1\n');
  put(bench.folder, 'payments/2.csv', 'id,card_id,email,amount,refunded\np7,c9,q@r,100,98\n');
  assert.deepEqual(told(await bench.run(shop)), ['cards extend published', 'payments extend rejected']);
  const second = checks('payments@2');
  assert.equal(second['email: unique'], 'warn 1 row too many | no row twice');
  assert.equal(second['refunds'], 'block 101 | at most 100');
});

test('a load unlike the earlier ones is not published', async () => {
  const items = source('items', {
    from: files('in/*.csv'),
    columns: { id: col.string(), n: col.double() },
    expect: [rowCount.likeBefore({ tolerance: 0.2 }), mean('n').likeBefore({ severity: 'warn' })],
  });
  const shop = project('shop', { items }) as unknown as Project;
  const load = async (day: number, rows: number, n: number) => {
    const lines = Array.from({ length: rows }, (_, i) => `${day}-${i},${n}`);
    put(bench.folder, `in/${String(day).padStart(3, '0')}.csv`, `id,n\n${lines.join('\n')}\n`);
    return told(await bench.run(shop));
  };
  await load(0, 50, 1);
  // All on one day of the clock, so of one weekday. The first load was the whole table: not like the others.
  for (let day = 1; day <= 5; day++) assert.deepEqual(await load(day, 10, 2), ['items extend published']);
  assert.equal(
    checks('items@5')['rowCount: like before'],
    'ok 10 rows | like before; 3 earlier loads tell too little yet',
  );
  assert.deepEqual(await load(6, 12, 3), ['items extend published']);
  assert.equal(
    checks('items@7')['rowCount: like before'],
    'ok 12 rows | 8 to 12 rows, like 5 earlier Thursdays',
  );
  assert.equal(checks('items@7')['n: mean like before'], 'warn 3 | 1.8 to 2.2, like 5 earlier Thursdays');
  assert.deepEqual(await load(10, 3, 2), ['items extend rejected']);
});

test('a table refers too, and its own rules are over its rows', async () => {
  const kinds = source('kinds', { from: files('kinds.csv'), columns: { kind: col.string() }, key: 'kind' });
  const items = source('items', {
    from: files('items.csv'),
    columns: { id: col.string(), kind: col.string() },
  });
  const good = table('good', {
    columns: { id: col.string(), kind: col.string().references(kinds, 'kind') },
    key: 'id',
    expect: [rowWhere('id_short', 'length(id) < 3'), rowCount.atLeast(1)],
    query: sql`select id, kind from ${items}`,
  });
  put(bench.folder, 'kinds.csv', 'kind\na\n');
  put(bench.folder, 'items.csv', 'id,kind\n1,a\n2,b\n333,a\n1,a\n');
  const shop = project('shop', { kinds, items, good }) as unknown as Project;
  // The two sources are built side by side.
  assert.deepEqual(told(await bench.run(shop)).sort(), [
    'good create published',
    'items create published',
    'kinds create published',
  ]);
  assert.equal(bench.workspace.state.live('good')?.rows, 1);
  assert.equal(checks('good@1')['kind: not in kinds.kind'], 'warn 1 row | no row');
  assert.equal(checks('good@1')['id_short'], 'warn 1 row | no row');
  assert.equal(checks('good@1')['key: duplicate'], 'warn 1 row | no row');
});
