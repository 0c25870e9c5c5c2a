import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DAY, formatInstant } from '../../base/index.ts';
import { graphOf, openWorkspace, project, type RunEvent, run } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import { col, freshnessOf } from '../contract/index.ts';
import { kinds } from '../kinds.ts';
import { sql, table } from '../table/index.ts';
import { source } from './declare.ts';
import { files } from './files/declare.ts';

const columns = { id: col.string(), at: col.timestamp() };
const orders = source('orders', {
  from: files('*.csv'),
  columns,
  ...{ eventTime: 'at', fresh: '2d', owner: 'data-team' },
} as const);
const few = table('few', {
  columns,
  ...{ eventTime: 'at', fresh: '2d', query: sql`select * from ${orders} where id = '0'` },
} as const);

test('how fresh a source and a table are is read from what is live, at whatever time it is asked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  try {
    writeFileSync(join(folder, 'a.csv'), 'id,at\n1,2026-01-07T00:00:00Z\n2,2026-01-05T00:00:00Z\n');
    let now = Date.UTC(2026, 0, 8) * 1000;
    const workspace = { ...(await openWorkspace(folder, {})), clock: { now: () => now } };
    const graph = graphOf(project('shop', { orders, few }));
    const said = async (): Promise<string[]> => {
      const events: RunEvent[] = [];
      await run(graph, kinds, workspace, { onEvent: (event) => events.push(event) });
      return events.flatMap((event) =>
        event.event === 'notice'
          ? [`${event.telling.asset} ${event.telling.what} ${event.telling.over}`]
          : [],
      );
    };
    assert.deepEqual(await said(), ['few stale false']);
    const live = (asset: string): Version => workspace.state.live(asset) ?? assert.fail();
    const of = (version: Version, promised: { fresh?: number; eventTime?: string }) =>
      freshnessOf(promised, version, workspace);
    const two = { fresh: 2 * DAY, eventTime: 'at' };
    assert.deepEqual(await of(live('orders'), two), {
      ...{ newest: Date.UTC(2026, 0, 7) * 1000, atMost: 2 * DAY, column: 'at', check: 'fresh' },
    });
    assert.equal((await of(live('few'), two))?.newest, null);
    assert.equal(await of(live('orders'), {}), undefined);
    now += DAY;
    assert.deepEqual(await said(), []);
    now += 1;
    assert.deepEqual(await said(), ['orders stale false'], 'nothing has changed but the time');
    writeFileSync(join(folder, 'b.csv'), 'id,at\n0,2026-01-09T00:00:00Z\n');
    assert.deepEqual((await said()).sort(), ['few stale true', 'orders stale true']);
    await workspace.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a row of what is to come makes nothing fresher, until that is past', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  try {
    writeFileSync(
      join(folder, 'a.csv'),
      'id,at\n0,2026-01-01T00:00:00Z\n0,2026-01-06T00:00:00Z\n0,2199-01-01T00:00:00Z\n',
    );
    let now = Date.UTC(2026, 0, 5) * 1000;
    const workspace = { ...(await openWorkspace(folder, {})), clock: { now: () => now } };
    const graph = graphOf(project('shop', { orders, few }));
    const live = (asset: string): Version => workspace.state.live(asset) ?? assert.fail();
    const newest = async (asset: string): Promise<string | null> => {
      const found = await freshnessOf({ fresh: 2 * DAY, eventTime: 'at' }, live(asset), workspace);
      return found?.newest == null ? null : formatInstant(found.newest).slice(0, 10);
    };
    await run(graph, kinds, workspace);
    for (const asset of ['orders', 'few']) {
      const [check] = workspace.state.checks(live(asset).id).filter(({ name }) => name === 'fresh');
      assert.deepEqual([check?.passed, check?.observed], [false, 'newest at is 2026-01-01T00:00:00.000Z']);
      assert.equal(await newest(asset), '2026-01-01');
    }
    now += DAY - 1;
    assert.equal(await newest('orders'), '2026-01-01');
    now += 1;
    assert.equal(await newest('orders'), '2026-01-06');
    now = Date.UTC(2200, 0) * 1000;
    assert.equal(await newest('orders'), '2199-01-01');
    await workspace.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('a version without the column of event times is not judged', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  try {
    writeFileSync(join(folder, 'a.csv'), 'id,at\n1,2026-01-07T00:00:00Z\n');
    const workspace = await openWorkspace(folder, {});
    await run(graphOf(project('shop', { orders })), kinds, workspace);
    const version = workspace.state.live('orders') ?? assert.fail();
    const contract = { columns: [], key: [], availableAfter: 0, tableRules: [], onBreach: 'warn' } as const;
    for (const eventTime of ['paid_at', 'id'])
      assert.equal(await freshnessOf({ ...contract, fresh: DAY, eventTime }, version, workspace), undefined);
    await workspace.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
