import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { answerPointInTime } from '../../src/assets/feature/index.ts';
import type { Project } from '../../src/graph/index.ts';
import {
  by,
  col,
  type Duration,
  entity,
  features,
  files,
  logistic,
  model,
  project,
  source,
  sql,
  table,
  within,
} from '../../src/index.ts';
import type { TableState } from '../../src/store/lake/index.ts';
import { type Bench, openBench, put, told } from './line.fixture.ts';

// What a build must not read is spoilt before it: then it would fail.

function line(window: Duration): Project {
  const payments = source('payments', {
    from: files('payments/*.csv'),
    columns: { id: col.string(), card: col.string(), amount: col.double(), paid_at: col.timestamp() },
    eventTime: 'paid_at',
    partitionBy: [by.month('paid_at')],
  });
  const outcomes = source('outcomes', {
    from: files('outcomes.csv'),
    columns: { card: col.string(), at: col.timestamp(), bad: col.boolean() },
    eventTime: 'at',
  });
  const daily = table('daily', {
    columns: { day: col.timestamp(), spent: col.double() },
    key: 'day',
    eventTime: 'day',
    incremental: { every: '1d' },
    query: sql`select date_trunc('day', paid_at) as day, sum(amount) as spent from ${within(payments, { before: '2d' })} group by day`,
  });
  const spent = features('spent', {
    entity: entity('card', { key: 'card' }),
    from: payments,
    compute: ({ sum, count }) => ({ spent: sum('amount').over(window), n: count().over('1d') }),
  });
  const bad = model('bad', {
    labels: { from: outcomes, target: 'bad', at: 'at' },
    inputs: [spent],
    trainer: logistic({ iterations: 5 }),
  });
  return project('line', { payments, outcomes, daily, spent, bad }) as unknown as Project;
}

const NOW = '2026-01-08T00:00:00Z';
const rows = (from: string, days: number, file: number): string =>
  [
    'id,card,amount,paid_at',
    ...Array.from(
      { length: days },
      (_, d) =>
        `${file}-${d},c${d % 4},${d % 9},${new Date(Date.parse(from) + d * 86_400_000).toISOString()}`,
    ),
  ].join('\n');

const tableOf = ({ workspace: { state, lake } }: Bench, name: string): TableState =>
  lake.table(name, state.live(name)?.snapshot) as TableState;

/** Spoils files of the lake, but those that can hold a row from an instant on; the way back is given. */
function spoil({ workspace }: Bench, table: TableState, from: string): () => void {
  const column = table.columns.find(({ type }) => type === 'timestamp')!.name;
  const needed = workspace.lake.pruned(table, [{ column, min: Date.parse(`${from}T00:00:00Z`) * 1000 }]);
  const others = table.files.filter((file) => !needed.files.includes(file));
  assert.ok(others.length > needed.files.length && needed.files.length > 0);
  const whole = others.map(({ path }) => [path, readFileSync(path)] as const);
  for (const [path, bytes] of whole) writeFileSync(path, Buffer.alloc(bytes.length));
  return () => {
    for (const [path, bytes] of whole) writeFileSync(path, bytes);
  };
}

test('feature state, training sets and intervals open the files of their time and no others', async () => {
  const bench = await openBench(undefined, { MILLRACE_CLOCK: NOW });
  try {
    put(bench.folder, 'payments/0.csv', rows('2024-01-01', 730, 0));
    const labels = Array.from(
      { length: 40 },
      (_, i) =>
        `c${i % 4},${new Date(Date.parse('2025-12-01') + i * 43_200_000).toISOString()},${i % 3 === 0}`,
    );
    put(bench.folder, 'outcomes.csv', ['card,at,bad', ...labels].join('\n'));
    await bench.run(line('30d'), { only: ['payments', 'outcomes', 'daily'] });
    assert.equal(tableOf(bench, 'payments').files.length, 24);

    // Windows of 30 days at labels from December on, and of now: November at the earliest.
    const back = spoil(bench, tableOf(bench, 'payments'), '2025-11-01');
    const made = await bench.run(line('30d'), { only: ['bad'] });
    assert.deepEqual(told(made).slice(0, 2), ['spent create published', 'bad_training create published']);
    back();
    const session = await bench.workspace.engine.session();
    try {
      // All files give the same.
      const training = session.scan(tableOf(bench, 'bad_training'));
      const body = bench.workspace.state.live('spent')?.detail as unknown as { body: never };
      await answerPointInTime(session, {
        body: body.body,
        into: 'again',
        events: session.scan(tableOf(bench, 'payments'), { rowId: true }),
        asks: `(select row_number() over () as _ask, card as _entity, epoch_us("at") as _at from ${session.scan(tableOf(bench, 'outcomes'))})`,
      });
      const all = (from: string) => session.rows(`select spent, n from ${from} order by all`);
      assert.deepEqual(await all(training), await all('again'));
    } finally {
      session.close();
    }

    // One more day: its interval, and what the query sees before it.
    put(bench.folder, 'payments/1.csv', rows('2026-01-02', 1, 1));
    await bench.run(line('30d'), { only: ['payments'] });
    const backAgain = spoil(bench, tableOf(bench, 'payments'), '2025-12-30');
    const extended = await bench.run(line('30d'), { only: ['daily'] });
    assert.deepEqual(told(extended), ['daily extend published']);
    backAgain();
    assert.equal(tableOf(bench, 'daily').rows, 731);
  } finally {
    await bench.close();
  }
});
