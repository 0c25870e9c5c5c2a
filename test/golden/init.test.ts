import assert from 'node:assert/strict';
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { projectText } from '../../src/assets/source/propose/index.ts';
import { comesTrue, holdsFor, type InitBench, openInitBench } from './init.fixture.ts';

// Files as people have them, and the project.ts that `millrace init --from` makes of them. Each is also checked and run: what the
// proposal says about its rows must come true. UPDATE_GOLDEN=1 writes the expected files anew.

let bench: InitBench;
before(async () => {
  bench = await openInitBench();
});
after(() => bench.close());

const here = join(import.meta.dirname, 'init');
const cases = globSync('*/input', { cwd: here }).map((path) => path.split(/[\\/]/)[0] as string);

for (const name of cases.sort())
  test(`${name}: the project that a person would have written`, async () => {
    const folder = join(bench.home, name);
    cpSync(join(here, name, 'input'), join(folder, 'data'), { recursive: true });
    const files = globSync('data/*', { cwd: folder }).sort();
    const sources = await bench.proposed(
      folder,
      files.map((path) => resolve(folder, path)),
    );
    const text = projectText(name, sources);
    const golden = join(here, name, 'project.ts');
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, 'utf8'));
    await comesTrue(folder, sources, text);
  });

test('Parquet: types are taken over, what no column holds is left out', async () => {
  const folder = join(bench.home, 'parquet');
  mkdirSync(join(folder, 'data'), { recursive: true });
  await bench.sql(
    `copy (select 'o' || i as order_id, 10 + i % 7 as amount, (i / 4)::decimal(18, 2) as price, i % 3 = 0 as paid,
      timestamp '2026-01-01' + i * interval 1 hour as ordered_at, date '2026-01-01' as day,
      {'x': i} as nested, case when i = 5 then 'nan'::double else i / 8 end as ratio,
      9007199254740990 + i as big, case when i % 10 > 0 then '10.0.0.' || i end as client,
      null::double as never, null::date as no_day, 'infinity'::timestamp as endless
      from range(100) t(i)) to '${join(folder, 'data/orders.parquet').replaceAll("'", "''")}' (format parquet)`,
  );
  const sources = await bench.proposed(folder, [join(folder, 'data/orders.parquet')]);
  const text = projectText('parquet', sources);
  assert.equal(
    text,
    `import { col, files, project, source } from 'millrace';

// 100 rows in 1 file; 1 would be set aside.
// Left out: 'nested' is STRUCT(x BIGINT), which no column holds.
// Left out: 'endless', since too many of its values are no timestamp.
// Set aside by 'ratio: not a double': 1 row.
const orders = source('orders', {
  from: files('data/orders.parquet'),
  columns: {
    order_id: col.string(),
    amount: col.integer().between(0, 20),
    price: col.double().between(0, 25),
    paid: col.boolean(),
    ordered_at: col.timestamp(), // rises with the file
    day: col.timestamp(),
    ratio: col.double().between(0, 15), // 1 of 100 (1.0 %) would be set aside: not a double, such as 'nan'
    big: col.string(), // integers beyond ±(2^53 − 1), so kept as text
    client: col.string().nullable().pii(), // 10 of 100 (10 %) missing; likely IP addresses
    never: col.double().nullable(), // no row has a value
    no_day: col.timestamp().nullable(), // no row has a value
  },
  key: 'order_id',
  eventTime: 'ordered_at',
});

export default project('parquet', { orders });
`,
  );
  await comesTrue(folder, sources, text);
});

holdsFor(() => bench, 'bike-sharing', '*.csv', 17_379 + 731);
holdsFor(() => bench, 'nyc-collisions-sample', '*.csv.gz', 7303);
holdsFor(() => bench, 'chicago-food-inspections-sample', '*.csv', 561);
