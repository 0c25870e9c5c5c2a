import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const millrace = new URL('../../index.ts', import.meta.url).href;

const declared = `
import { col, files, project, source, sql, table, within } from '${millrace}';
export const orders = source('orders', {
  from: files('orders.csv'),
  columns: { id: col.string(), product: col.string(), price: col.double(), sold_at: col.timestamp() },
  key: 'id', eventTime: 'sold_at',
});
export const totals = table('totals', {
  columns: { product: col.string(), spent: col.double().between(0, 100) },
  key: 'product',
  query: sql\`select product, sum(price) as spent from \${orders} group by product\`,
});
export const days = table('days', {
  columns: { day: col.timestamp(), n: col.integer() },
  key: 'day', eventTime: 'day', incremental: { every: '1d' },
  query: sql\`select date_trunc('day', sold_at) as day, count(*) as n from \${within(orders)} group by day\`,
});
export const prices = table('prices', {
  columns: { product: col.string(), price: col.double() },
  key: 'product', history: {},
  query: sql\`select product, max(price) as price from \${orders} group by product\`,
});
export default project('shop', { orders, totals, days, prices });
`;

function mill(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', main, ...args], {
    cwd: folder,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: '1' },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

const testsFile = (body: string): string => `
import { rows, unitTest } from '${millrace}';
import { days, orders, prices, totals } from '${join(folder, 'project.ts')}';
export default [${body}];
`;

test('unit tests of tables: whole, by interval, with history; without any store', () => {
  writeFileSync(join(folder, 'project.ts'), declared);
  const none = mill('test');
  assert.equal(none.status, 1);
  assert.match(none.stderr, /There is no unit test in .*\. *\n?.*tests\.ts.*\[MILL_TEST_NONE\]/s);
  writeFileSync(
    join(folder, 'tests.ts'),
    testsFile(`
    unitTest('prices add up', totals, {
      given: [rows(orders, [{ product: 'a', price: 0.1 }, { product: 'a', price: 0.2 }, { product: 'b', price: 5 }])],
      expect: [{ product: 'b', spent: 5 }, { product: 'a', spent: 0.3 }],
    }),
    unitTest('nothing of nothing', totals, { given: [], expect: [] }),
    unitTest('too much is set aside', totals, {
      given: [rows(orders, [{ product: 'a', price: 101 }])], expect: [], setAside: 1,
    }),
    unitTest('a row for each day', days, {
      given: [rows(orders, [
        { sold_at: '2026-01-01T23:59:59Z' }, { sold_at: new Date('2026-01-02T00:00:00Z') }, { sold_at: '2026-01-02T01:00:00Z' },
      ])],
      expect: [{ day: '2026-01-01', n: 1 }, { day: '2026-01-02', n: 2 }],
    }),
    unitTest('a new price ends the one before', prices, {
      given: [
        rows(orders, [{ product: 'a', price: 2 }, { product: 'b', price: 1 }]),
        rows(prices, [{ product: 'a', price: 1, valid_from: '2026-01-01' }]),
      ],
      at: '2026-02-01',
      expect: [
        { product: 'a', price: 1, valid_from: '2026-01-01', valid_to: '2026-02-01' },
        { product: 'a', price: 2, valid_from: '2026-02-01', valid_to: null },
        { product: 'b', price: 1, valid_from: '2026-02-01' },
      ],
    }),`),
  );
  const good = mill('test');
  assert.equal(good.status, 0, good.stdout + good.stderr);
  assert.match(good.stdout, /✓ totals: prices add up\n/);
  assert.match(good.stdout, /5 tests passed, 0 failed\n$/);
  assert.equal(mill('test', 'days').stdout, '✓ days: a row for each day\n1 test passed, 0 failed\n');
  assert.ok(!existsSync(join(folder, '.millrace')));
});

test('what a failing test says', () => {
  mkdirSync(join(folder, 'tests'));
  rmSync(join(folder, 'tests.ts'));
  writeFileSync(
    join(folder, 'tests', 'totals.ts'),
    testsFile(`
    unitTest('adds up wrongly', totals, {
      given: [rows(orders, [{ product: 'a', price: 1 }, { product: 'b', price: 900 }])],
      expect: [{ product: 'a', spent: 2 }],
    }),
    unitTest('gives rows of another', totals, { given: [rows(days, [{ n: 1 }])], expect: [] }),
    unitTest('has another column', totals, { given: [rows(orders, [{ prise: 1 }])], expect: [] }),
    unitTest('has another type', totals, { given: [rows(orders, [{ price: 'much' }])], expect: [] }),`),
  );
  const bad = mill('test');
  assert.equal(bad.status, 1);
  assert.equal(
    bad.stdout,
    `✗ totals: adds up wrongly
    - expected {"product":"a","spent":2.0}
    + came     {"product":"a","spent":1.0}
    1 row set aside, 0 expected
    ! set aside {"product":"b","spent":900.0}  spent: between 0 and 100
✗ totals: gives rows of another
✗ totals: has another column
✗ totals: has another type
0 tests passed, 4 failed
`,
  );
  assert.match(
    bad.stderr,
    /gives rows of 'days', of which 'totals' is not built \(it is built from orders\)/,
  );
  assert.match(bad.stderr, /a row of orders has 'prise', which is no column of it; the nearest is 'price'/);
  assert.match(bad.stderr, /orders\.price is double, and a row has "much" there/);
  const { tests, ok } = JSON.parse(mill('test', '--json').stdout) as {
    ok: boolean;
    tests: { name: string }[];
  };
  assert.deepEqual([ok, tests.length], [false, 4]);
});
