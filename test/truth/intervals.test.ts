import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { kinds } from '../../src/assets/index.ts';
import { tableVersionOf } from '../../src/assets/table/version.ts';
import type { Interval, MillraceError } from '../../src/base/index.ts';
import { graphOf, type Project, plan } from '../../src/graph/index.ts';
import { col, files, project, source, sql, table, within } from '../../src/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { carryOut, type Deed, firstDeeds, held, type Shape, shop, twins } from './incremental.fixture.ts';
import { type Bench, openBench, put, told } from './line.fixture.ts';

const DAY = 86_400_000_000;
const START = Date.UTC(2025, 11, 28) * 1000;
/** Days counted from the first of the shop's. */
const days = (from: number, to: number): Interval => ({ from: START + from * DAY, to: START + to * DAY });
const row = (id: number, day: number, cents = 1_000) => ({ id, card: 0, cents, hours: day * 24 + 1 });

async function opened(
  shape: Shape,
  deeds: readonly Deed[] = [],
): Promise<{ bench: Bench; declared: Project }> {
  const bench = await openBench();
  const declared = shop(shape);
  for (const what of [...firstDeeds, ...deeds]) await carryOut(bench, declared, what);
  return { bench, declared };
}

/** Ten days, a row each. */
function putFile(bench: Bench, file: number): void {
  const lines = Array.from(
    { length: 10 },
    (_, i) => `f${file}-${i},c0,10,${new Date((START + i * DAY) / 1000).toISOString()}\n`,
  );
  put(bench.folder, `in/${file}.csv`, `id,card,amount,paid_at\n${lines.join('')}`);
}

const version = (bench: Bench, asset: string): Version => bench.workspace.state.live(asset) as Version;
const progressOf = (bench: Bench, asset: string) => tableVersionOf(version(bench, asset)).progress;
const filesOf = (bench: Bench, asset: string): string[] =>
  bench.workspace.lake.table(asset, version(bench, asset).snapshot)?.files.map(({ path }) => path) ?? [];

describe('a table built by intervals', () => {
  it('builds those that new rows touch, keeps the files of the others, and says so in the plan', async () => {
    const { bench, declared } = await opened({ every: '1d' }, [
      { do: 'file', file: 1, rows: Array.from({ length: 10 }, (_, i) => row(i, i)) },
    ]);
    const before = filesOf(bench, 'daily');
    assert.deepEqual(progressOf(bench, 'daily')?.covered, [days(0, 10)]);
    await carryOut(bench, declared, { do: 'file', file: 2, rows: [row(1, 14), row(2, 15)] });
    assert.deepEqual(progressOf(bench, 'daily')?.built, [days(14, 16)]);
    assert.deepEqual(progressOf(bench, 'daily')?.covered, [days(0, 16)]);
    for (const path of before) assert.ok(filesOf(bench, 'daily').includes(path));
    // Rows of a trailing sum are reached from two days before.
    assert.deepEqual(progressOf(bench, 'trailing')?.built, [days(14, 18)]);
    // The source alone: what waits for its tables is known before they are built.
    put(bench.folder, 'in/3.csv', 'id,card,amount,paid_at\nx,c0,1,2026-01-20T00:00:00Z\n');
    await bench.run(declared, { only: { assets: ['payments'], inputs: false } });
    const { steps } = await plan(graphOf(declared), kinds, bench.workspace);
    const daily = steps.find(({ asset }) => asset === 'daily');
    assert.deepEqual([daily?.action, daily?.reasons], ['extend', ['payments has changed']]);
    assert.deepEqual(daily?.intervals, [days(23, 24)]);
    await bench.close();
  });

  it('takes no row that another interval gave while it looked back', async () => {
    const { bench, declared } = await opened({ every: '1d' }, [
      { do: 'file', file: 1, rows: [row(0, 4), row(1, 5)] },
    ]);
    // Two ranges are built, [3, 6) and [7, 10). The second looks back to day 5, of which the first gives the row.
    await carryOut(bench, declared, { do: 'file', file: 2, rows: [row(2, 3), row(3, 7)] });
    assert.deepEqual(progressOf(bench, 'trailing')?.built, [days(3, 6), days(7, 10)]);
    assert.deepEqual((await held(bench))['trailing'], (await twins(bench))['trailing']);
    await bench.close();
  });

  it('leaves closed intervals alone, counts what comes for them, and takes it in when asked', async () => {
    const bench = await openBench();
    const declared = shop({ every: '1d', lookBack: '3d' });
    // A table that begins takes in all there is.
    putFile(bench, 1);
    await carryOut(bench, declared, { do: 'cards', countries: ['DE', 'US'] });
    assert.deepEqual(progressOf(bench, 'daily')?.covered, [days(0, 10)]);
    await carryOut(bench, declared, { do: 'file', file: 2, rows: [row(1, 2), row(2, 7)] });
    assert.deepEqual(progressOf(bench, 'daily')?.built, [days(7, 8)]);
    assert.deepEqual(progressOf(bench, 'daily')?.late, [days(2, 3)]);
    const late = () =>
      bench.workspace.state.checks(version(bench, 'daily').id).find(({ name }) => name === 'late rows');
    assert.deepEqual(
      [late()?.passed, late()?.severity, late()?.observed],
      [false, 'warn', 'for 2025-12-30 to 2025-12-31'],
    );
    assert.notDeepEqual((await held(bench))['daily'], (await twins(bench))['daily']);
    const print = version(bench, 'daily').fingerprint;
    const backfill = days(2, 3);
    const result = await bench.run(declared, { only: { assets: ['daily'], backfill, downstream: true } });
    assert.deepEqual(told(result).slice(0, 2), ['daily extend published', 'weekly extend published']);
    assert.deepEqual(progressOf(bench, 'daily')?.late, []);
    assert.equal(late()?.passed, true);
    // It holds other rows than the version before it, so it is not the same.
    assert.notEqual(version(bench, 'daily').fingerprint, print);
    assert.deepEqual(await held(bench), await twins(bench));
    const after = await plan(graphOf(declared), kinds, bench.workspace);
    assert.deepEqual(after.steps, []);
    await bench.close();
  });

  it('is built anew when what it looks up changes, or keeps what it was built from', async () => {
    const change: Deed = { do: 'cards', countries: ['FR', 'FR'] };
    const anew = await opened({ every: '1d' });
    await carryOut(anew.bench, anew.declared, change);
    assert.match((await held(anew.bench))['daily']?.[0] ?? '', / FR /);
    await anew.bench.close();
    const { bench, declared } = await opened({ every: '1d', keep: true });
    const first = version(bench, 'daily').id;
    await carryOut(bench, declared, change);
    assert.equal(version(bench, 'daily').id, first);
    await carryOut(bench, declared, { do: 'file', file: 1, rows: [row(1, 9)] });
    const countries = (await held(bench))['daily']?.map((line) => line.split(' ')[1]);
    assert.deepEqual(countries, ['DE', 'FR']);
    await bench.run(declared, { only: { assets: ['daily'], backfill: days(0, 3) } });
    assert.deepEqual(
      (await held(bench))['daily']?.map((line) => line.split(' ')[1]),
      ['FR', 'FR'],
    );
    await bench.close();
  });

  it('keeps what it was built from when a dataset changes that its contract refers to', async () => {
    const bench = await openBench();
    const products = source('products', {
      from: files('products.csv'),
      columns: { id: col.string() },
      key: 'id',
    });
    const days = table('days', {
      columns: { day: col.timestamp(), id: col.string().references(products, 'id') },
      eventTime: 'day',
      incremental: { every: '1d', onLookupChange: 'keep' },
      query: sql`select date_trunc('day', at_day) as day, id from ${within(orders)}`,
    });
    const declared = project('orders', { orders, products, days }) as unknown as Project;
    put(bench.folder, 'products.csv', 'id\na\n');
    put(bench.folder, 'in/1.csv', 'id,at_day\na,2026-01-02T10:00:00Z\nb,2026-01-05T10:00:00Z\n');
    await bench.run(declared);
    assert.equal(version(bench, 'days').rows, 1);
    put(bench.folder, 'products.csv', 'id\na\nb\n');
    assert.deepEqual(told(await bench.run(declared)), ['products extend published']);
    put(bench.folder, 'in/2.csv', 'id,at_day\nb,2026-01-06T10:00:00Z\n');
    await bench.run(declared);
    assert.equal(version(bench, 'days').rows, 2);
    await bench.close();
  });

  it('is built from where it is said to begin', async () => {
    const bench = await openBench();
    const declared = ordersSince('2026-01-03');
    put(bench.folder, 'in/1.csv', 'id,at_day\na,2026-01-01T10:00:00Z\nb,2026-01-03T10:00:00Z\n');
    await bench.run(declared);
    assert.equal(version(bench, 'days').rows, 1);
    await bench.close();
  });

  it('refuses rows outside of their interval, and rows without an event time', async () => {
    const outside = await refusalOf(
      sql`select date_trunc('month', at_day) as day, id from ${within(orders)}`,
    );
    assert.match(
      outside,
      /^The query of 'days' gave 2 rows that do not belong to the interval it was run for \(2026-01-02 to 2026-01-06\): the earliest has day 2026-01-01 00:00:00\. Derive day/,
    );
    const without = await refusalOf(sql`select null::TIMESTAMP as day, id from ${within(orders)}`);
    assert.match(without, /^The query of 'days' gave 2 rows without day, so that/);
  });

  it('is not published with a key in two intervals', async () => {
    const bench = await openBench();
    const declared = ordersSince(undefined, 'customer');
    put(bench.folder, 'in/1.csv', 'id,at_day\na,2026-01-01T10:00:00Z\n');
    await bench.run(declared);
    put(bench.folder, 'in/2.csv', 'id,at_day\nb,2026-01-03T10:00:00Z\n');
    const result = await bench.run(declared);
    const days = result.steps.find(({ step }) => step.asset === 'days');
    assert.equal(days?.outcome, 'rejected');
    assert.deepEqual(
      days?.checks.filter(({ passed }) => !passed).map(({ name, observed }) => [name, observed]),
      [['key: in two intervals', '1 key']],
    );
    await bench.close();
  });

  it('cannot be back-filled where it is not', async () => {
    const { bench, declared } = await opened({ every: '1d' });
    await assert.rejects(
      bench.run(declared, { only: { assets: ['payments'], backfill: days(0, 1) } }),
      (error: MillraceError) => error.code === 'MILL_BACKFILL_IMPOSSIBLE',
    );
    await bench.close();
  });
});

const orders = source('orders', {
  from: files('in/*.csv'),
  columns: { id: col.string(), at_day: col.timestamp() },
  eventTime: 'at_day',
});

function ordersSince(from: string | undefined, key: 'id' | 'customer' = 'id'): Project {
  const days = table('days', {
    columns: { day: col.timestamp(), customer: col.string(), id: col.string() },
    key,
    eventTime: 'day',
    incremental: { every: '1d', ...(from === undefined ? {} : { from }) },
    query: sql`select date_trunc('day', at_day) as day, 'one' as customer, id from ${within(orders)}`,
  });
  return project('orders', { orders, days }) as unknown as Project;
}

async function refusalOf(query: ReturnType<typeof sql>): Promise<string> {
  const bench = await openBench();
  try {
    const days = table('days', {
      columns: { day: col.timestamp(), id: col.string() },
      eventTime: 'day',
      incremental: { every: '1d' },
      query,
    });
    put(bench.folder, 'in/1.csv', 'id,at_day\na,2026-01-02T10:00:00Z\nb,2026-01-05T10:00:00Z\n');
    const result = await bench.run(project('orders', { orders, days }) as unknown as Project);
    const [problem] = result.steps.flatMap(({ problems }) => problems);
    assert.equal(problem?.code, 'MILL_TABLE_OUTSIDE_INTERVAL');
    return `${problem?.message} ${problem?.todo}`;
  } finally {
    await bench.close();
  }
}
