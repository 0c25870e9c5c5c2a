import assert from 'node:assert/strict';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { kinds } from '../../src/assets/index.ts';
import { graphOf, type Project, plan, rollback } from '../../src/graph/index.ts';
import { by, col, entity, features, files, project, source, sql, table } from '../../src/index.ts';
import { openDatabase } from '../../src/store/database.ts';
import { checkCatalog, type TableState } from '../../src/store/lake/index.ts';
import { ask } from './digest.fixture.ts';
import { carryOut, current, deed, firstDeeds, held, shop, twins } from './incremental.fixture.ts';
import { type Bench, openBench, put, told } from './line.fixture.ts';

const tableOf = ({ workspace: { state, lake } }: Bench, name: string): TableState =>
  lake.table(name, state.live(name)?.snapshot) as TableState;

/** What the catalog checker has to say. */
function amiss({ folder }: Bench): string[] {
  const database = openDatabase(join(folder, '.millrace', 'state.db'));
  try {
    return checkCatalog(database);
  } finally {
    database.close();
  }
}

test('partitioned tables hold what they would without, whatever comes, goes and comes back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(deed, { minLength: 1, maxLength: 6 }), async (deeds) => {
      const bench = await openBench();
      try {
        const declared = shop({ every: '2d', partitioned: true });
        for (const what of firstDeeds) await carryOut(bench, declared, what);
        for (const what of deeds) {
          await carryOut(bench, declared, what);
          const live = await current(bench, declared);
          const [is, should] = [await held(bench), await twins(bench)];
          for (const name of ['daily', 'trailing', 'weekly'])
            if (live.has(name) && live.has('daily')) assert.deepEqual(is[name], should[name], name);
          for (const name of live)
            for (const file of tableOf(bench, name).partitionedBy ? tableOf(bench, name).files : [])
              assert.ok(file.partition, `${name}: ${file.path}`);
        }
        assert.deepEqual(amiss(bench), []);
      } finally {
        await bench.close();
      }
    }),
    { numRuns: 8 },
  );
});

interface Storage {
  readonly payments?: readonly ('country' | ReturnType<typeof by.month<'paid_at'>>)[];
  readonly outcomes?: readonly ('country' | ReturnType<typeof by.day<'paid_at'>>)[];
  readonly prices?: readonly 'country'[];
}

/** A source, another that looks keys up in it, a table, a history, and features. */
function line(storage: Storage): Project {
  const payments = source('payments', {
    from: files('payments/*.csv'),
    columns: {
      id: col.string(),
      country: col.string().nullable(),
      amount: col.double(),
      paid_at: col.timestamp(),
    },
    key: 'id',
    eventTime: 'paid_at',
    partitionBy: storage.payments ?? [],
  });
  const refunds = source('refunds', {
    from: files('refunds.csv'),
    columns: { id: col.string().references(payments, 'id'), at: col.timestamp() },
  });
  const outcomes = table('outcomes', {
    columns: { id: col.string(), country: col.string().nullable(), paid_at: col.timestamp() },
    eventTime: 'paid_at',
    partitionBy: storage.outcomes ?? [],
    query: sql`select id, country, paid_at from ${payments}`,
  });
  const prices = table('prices', {
    columns: { id: col.string(), country: col.string(), amount: col.double() },
    key: 'id',
    history: {},
    partitionBy: storage.prices ?? [],
    query: sql`select id, coalesce(country, '') as country, amount from ${payments}`,
  });
  const spent = features('spent', {
    entity: entity('land', { key: 'country' }),
    from: outcomes,
    compute: ({ count }) => ({ n: count().over('30d') }),
  });
  return project('line', { payments, refunds, outcomes, prices, spent }) as unknown as Project;
}

const countries = ['DE', 'FR', '', 'a/../b', '%', 'x'.repeat(300)];
function deliver({ folder }: Bench, file: number, months = 3): void {
  const lines = ['id,country,amount,paid_at'];
  for (let i = 0; i < 60; i++)
    lines.push(
      `p${file}-${i},"${countries[i % 6]}",${i}.5,${new Date(Date.UTC(2025, i % months, 1 + file)).toISOString()}`,
    );
  put(folder, `payments/${file}.csv`, `${lines.join('\n')}\n`);
}

const parts = (table: TableState): string[] =>
  [...new Set(table.files.map((file) => file.partition?.values.join(' ').slice(0, 12) ?? '-'))].sort();

test('a changed partitioning writes its table anew and reaches nothing else; new rows follow it; taken back it is as before', async () => {
  const bench = await openBench();
  const { workspace, folder } = bench;
  try {
    deliver(bench, 0);
    put(folder, 'refunds.csv', 'id,at\np0-1,2025-05-01T00:00:00Z\n');
    const first = await bench.run(line({}));
    assert.deepEqual(told(first).sort(), [
      'outcomes create published',
      'payments create published',
      'prices create published',
      'refunds create published',
      'spent create published',
    ]);
    assert.deepEqual(parts(tableOf(bench, 'payments')), ['-']);
    const rows = () =>
      ask(
        workspace,
        'payments',
        (t) => `select id, country, amount, paid_at::VARCHAR as at from ${t} order by id`,
      );
    const before = await rows();

    const monthly: Storage = { payments: ['country', by.month('paid_at')] };
    assert.deepEqual(told(await bench.run(line(monthly))), ['payments rebuild published']);
    const table = tableOf(bench, 'payments');
    // An empty cell is a null.
    assert.equal(table.files.length, 6);
    assert.deepEqual(await rows(), before);
    for (const file of table.files) {
      const path = relative(join(workspace.lake.dataPath, 'main', 'payments'), dirname(file.path)).split('/');
      assert.deepEqual(
        path.map((name) => name.split('=')[0]),
        ['country', 'year', 'month'],
      );
    }
    deliver(bench, 1);
    assert.equal(told(await bench.run(line(monthly)))[0], 'payments extend published');
    assert.equal(tableOf(bench, 'payments').files.length, 12);
    // A changed file is withdrawn, and what stays of the others keeps to its partition.
    deliver(bench, 0, 2);
    await bench.run(line(monthly));
    assert.ok(tableOf(bench, 'payments').files.every((file) => file.partition?.values.length === 3));
    assert.equal(tableOf(bench, 'payments').rows, 120);

    const all: Storage = { ...monthly, outcomes: ['country', by.day('paid_at')], prices: ['country'] };
    assert.deepEqual(told(await bench.run(line(all))).sort(), [
      'outcomes rebuild published',
      'prices extend published',
    ]);
    assert.equal(parts(tableOf(bench, 'prices')).length, 6);
    assert.ok(parts(tableOf(bench, 'outcomes')).length > 6);
    deliver(bench, 2);
    await bench.run(line(all));
    assert.ok(tableOf(bench, 'prices').files.every((file) => file.partition?.values.length === 1));
    assert.deepEqual(amiss(bench), []);

    // What is not partitioned any more goes back to the version that never was, if nothing has come since.
    const live = workspace.state.live('outcomes')?.id;
    assert.deepEqual(told(await bench.run(line({ ...all, outcomes: [] }))), ['outcomes rebuild published']);
    assert.deepEqual(parts(tableOf(bench, 'outcomes')), ['-']);
    rollback(workspace, 'outcomes');
    assert.equal(workspace.state.live('outcomes')?.id, live);
    assert.deepEqual((await plan(graphOf(line(all)), kinds, workspace)).steps, []);
    deliver(bench, 3);
    await bench.run(line(all));
    assert.ok(tableOf(bench, 'outcomes').files.every((file) => file.partition?.values.length === 4));
    assert.deepEqual(amiss(bench), []);
  } finally {
    await bench.close();
  }
});

test('after a roll-back to another partitioning new rows follow what is declared', async () => {
  const bench = await openBench();
  try {
    const monthly: Storage = { payments: [by.month('paid_at')] };
    deliver(bench, 0);
    put(bench.folder, 'refunds.csv', 'id,at\n');
    await bench.run(line({}), { only: ['payments'] });
    await bench.run(line(monthly), { only: ['payments'] });
    rollback(bench.workspace, 'payments');
    deliver(bench, 1);
    assert.deepEqual(told(await bench.run(line({}), { only: ['payments'] })), ['payments extend published']);
    const table = tableOf(bench, 'payments');
    assert.deepEqual([table.partitionedBy, parts(table), table.rows], [undefined, ['-'], 120]);
    assert.deepEqual(amiss(bench), []);
  } finally {
    await bench.close();
  }
});
