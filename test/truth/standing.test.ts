import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { failingBehind, standingOf, verdictColumns } from '../../src/assets/index.ts';
import {
  col,
  entity,
  features,
  files,
  logistic,
  mean,
  model,
  type Project,
  project,
  source,
  sql,
  table,
  within,
} from '../../src/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { ask } from './digest.fixture.ts';
import { type Bench, openBench, put } from './line.fixture.ts';

const DAY = 86_400_000_000;
const START = Date.UTC(2026, 0, 1) * 1000;

function shop(onFailed: 'keep' | 'leave-out'): Project {
  const payments = source('payments', {
    from: files('in/*.csv'),
    columns: {
      id: col.string(),
      card: col.string(),
      amount: col.double().between(0, 99),
      paid_at: col.timestamp(),
    },
    key: 'id',
    eventTime: 'paid_at',
    // Over the whole table, which the second file spoils and the third mends.
    expect: [mean('amount').between(0, 20, { severity: 'warn' })],
  });
  const outcomes = table('outcomes', {
    columns: { card: col.string(), asked_at: col.timestamp(), large: col.boolean() },
    eventTime: 'asked_at',
    incremental: { every: '1d' },
    query: sql`select card, paid_at as asked_at, amount > 10 as large from ${within(payments)}`,
  });
  const activity = features('activity', {
    entity: entity('card', { key: 'card' }),
    from: payments,
    compute: ({ count }) => ({ n: count().over('2d') }),
  });
  const guess = model('guess', {
    labels: { from: outcomes, target: 'large', at: 'asked_at', onFailed },
    inputs: [activity],
    trainer: logistic(),
  });
  return project('shop', { payments, outcomes, activity, guess }) as unknown as Project;
}

/** Ten payments a day from a day on; one in eleven is bad, and set aside. */
function file(bench: Bench, name: string, day: number, days: number, amount: number): void {
  const rows = Array.from({ length: days * 10 }, (_, i) => {
    const at = new Date((START + (day + i / 10) * DAY) / 1000).toISOString();
    return `${name}${i},c${i % 3},${i % 11 === 10 ? -1 : amount + (i % 2)},${at}\n`;
  });
  put(bench.folder, `in/${name}.csv`, `id,card,amount,paid_at\n${rows.join('')}`);
}

const live = (bench: Bench, asset: string): Version => bench.workspace.state.live(asset) as Version;
const days = (from: number, to: number) => ({ from: START + from * DAY, to: START + to * DAY });

describe('event time that stands on failed checks', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench(undefined, { MILLRACE_CLOCK: '2026-06-01T00:00:00Z' });
    file(bench, 'a', 0, 10, 10);
    await bench.run(shop('keep'));
    file(bench, 'b', 20, 10, 60);
    await bench.run(shop('keep'));
    file(bench, 'c', 40, 30, 0);
    await bench.run(shop('keep'));
  });
  after(() => bench.close());

  it('is kept with the source, load by load; rows that are set aside are no fault of what is there', () => {
    const standing = standingOf(live(bench, 'payments'));
    assert.deepEqual(Object.keys(standing?.failing ?? {}), ['amount: mean']);
    const [span] = standing?.failing['amount: mean'] ?? [];
    assert.deepEqual(span, { from: START + 20 * DAY, to: START + 29.9 * DAY + 1 });
    assert.deepEqual(standing?.built, [{ from: START + 40 * DAY, to: START + 69.9 * DAY + 1 }]);
    assert.ok(bench.workspace.state.checks(live(bench, 'payments').id).some(({ passed }) => !passed));
    const behind = failingBehind(live(bench, 'outcomes'), (id) => bench.workspace.state.version(id));
    assert.deepEqual([...behind.keys()], ['payments: amount: mean']);
  });

  it('is named by each row of a training set that sees it', async () => {
    const rows = await ask<{ day: number; failed: string | null }>(
      bench.workspace,
      'guess_training',
      (t) =>
        `select (epoch_us(asked_at) - ${START}) / ${DAY} as day, _failed as failed from ${t} order by day`,
    );
    assert.ok(rows.length > 400);
    for (const { day, failed } of rows)
      assert.equal(
        failed,
        day >= 20 && day < 33 && day <= 29.9 ? 'payments: amount: mean' : null,
        String(day),
      );
    // A window of two days sees the failed days until two days after them; there are no rows then.
    assert.deepEqual((live(bench, 'guess_training').detail as { onFailed: unknown }).onFailed, {
      rows: rows.filter(({ failed }) => failed !== null).length,
      checks: ['payments: amount: mean'],
    });
  });

  it('can be left out', async () => {
    await bench.run(shop('leave-out'));
    const rows = await ask<{ n: number; least: number }>(
      bench.workspace,
      'guess_training',
      (t) =>
        `select count(*) as n, count(*) filter (asked_at >= timestamp '2026-01-21' and asked_at < timestamp '2026-01-31') as least from ${t}`,
    );
    assert.equal(rows[0]?.least, 0);
    assert.ok((rows[0]?.n ?? 0) > 300);
  });

  it('is a table of verdicts by version and interval', () => {
    const { state } = bench.workspace;
    const judged = state
      .versions('outcomes')
      .map((version) => ({ version, checks: state.checks(version.id) }));
    const columns = new Map(verdictColumns(judged).map(({ name, values }) => [name, values]));
    const spans = new Set(
      [...(columns.get('version') ?? [])].map((version, i) =>
        [version, columns.get('from_time')?.[i], columns.get('to_time')?.[i]].join(' '),
      ),
    );
    const of = (version: string, { from, to }: { from: number; to: number }) => `${version} ${from} ${to}`;
    assert.deepEqual([...spans].sort(), [
      of('outcomes@1', days(0, 10)),
      of('outcomes@2', days(20, 30)),
      of('outcomes@3', days(40, 70)),
    ]);
  });
});
