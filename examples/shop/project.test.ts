import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { kinds, modelReportOf, scoreBatch } from '../../src/assets/index.ts';
import {
  checked,
  type Graph,
  openWorkspace,
  type RunResult,
  run,
  type Workspace,
} from '../../src/graph/index.ts';
import { createServer } from '../../src/server/index.ts';
import type { TableState } from '../../src/store/lake/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { type Standing, standingSql } from './evaluate.ts';
import { byHand } from './features.oracle.ts';
import shop from './project.ts';
import { type Simulated, simulate } from './simulate.ts';
import { categories, DAY, usersOf } from './simulator/world.ts';

// The whole line in small.

const until = new Date('2026-11-20');
const small = { days: 60, users: 100, items: 80, seed: 3 };
const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
let workspace: Workspace;
let graph: Graph;
let made: Simulated;
let result: RunResult;

before(async () => {
  made = simulate({ folder: join(folder, 'data'), until, ...small });
  workspace = await openWorkspace(folder, { MILLRACE_CLOCK: until.toISOString() });
  graph = await checked(shop, kinds, workspace.engine);
  result = await run(graph, kinds, workspace);
});

after(async () => {
  await workspace?.close();
  rmSync(folder, { recursive: true, force: true });
});

const live = (asset: string): Version => workspace.state.live(asset) as Version;
/** Rows of a query over tables that are live, by `$name`. */
async function rowsOf<Row extends object>(query: string): Promise<Row[]> {
  const session = await workspace.engine.session();
  try {
    const scanned = query.replaceAll(/\$(\w+)/g, (_, name: string) => {
      const table = workspace.lake.table(name, name.endsWith('__batch') ? undefined : live(name).snapshot);
      return session.scan(table as TableState);
    });
    return await session.rows<Row>(scanned);
  } finally {
    session.close();
  }
}

test('the line runs; what is bad is set aside, and no input knows the answer', async () => {
  assert.deepEqual(
    result.steps.filter(({ outcome }) => outcome !== 'published').map(({ step }) => step.asset),
    [],
  );
  const [kept] = await rowsOf<{ events: number; orders: number }>(
    'select (select count(*) from $events) as events, (select count(*) from $orders) as orders',
  );
  assert.ok(made.bad > 10, `${made.bad} bad rows`);
  assert.equal(kept!.events + kept!.orders, made.events + made.orders - made.bad);
  const leaks = workspace.state.checks(live('rows').id).filter(({ name }) => name.startsWith('leakage'));
  assert.equal(leaks.length, 4);
  assert.deepEqual(
    leaks.filter(({ passed }) => !passed),
    [],
  );
});

test('features are what a plain reading of the files gives', async () => {
  const asked = await rowsOf<Record<string, unknown> & { user_id: string; item_id: string; asked_at: Date }>(
    'select * from $rows order by md5(visit_id || item_id) limit 300',
  );
  const oracle = byHand(join(folder, 'data'));
  for (const row of asked) {
    const expected = oracle(row.user_id, row.item_id, row.asked_at.getTime());
    const found = Object.fromEntries(Object.keys(expected).map((name) => [name, row[name]]));
    assert.deepEqual(found, expected, `${row.user_id} ${row.item_id} ${row.asked_at.toISOString()}`);
  }
  const told = (name: string) => asked.filter((row) => Number(row[name]) > 0).length;
  for (const name of ['sold_7d', 'looks_30d', 'seen_30d', 'bought_before', 'looked_share'])
    assert.ok(told(name) > 10, name);
});

test('a list is of what is on sale, and to the taste of who asks; somebody new gets one too', async () => {
  const app = await createServer(graph, workspace);
  try {
    const lists = new Map<string, string[]>();
    const users = usersOf(small.seed, small.users, until.getTime() - small.days * DAY, 90);
    for (const { id } of [...users.slice(0, 20), { id: 'nobody' }]) {
      const answer = await app.inject({
        method: 'POST',
        url: '/v1/predict/recommend',
        payload: { user_id: id },
      });
      const { ranked } = answer.json<{ ranked: { item_id: string; score: number }[] }>();
      assert.equal(answer.statusCode, 200, answer.body);
      const scores = ranked.map(({ score }) => score);
      assert.deepEqual(
        scores,
        scores.toSorted((a, b) => b - a),
      );
      lists.set(
        id,
        ranked.map(({ item_id }) => item_id),
      );
    }
    const items = await rowsOf<{ item_id: string; category: string; in_stock: boolean }>(
      'select * from $items',
    );
    const byId = new Map(items.map((item) => [item.item_id, item]));
    for (const list of lists.values()) {
      assert.equal(new Set(list).size, 10);
      for (const id of list) assert.equal(byId.get(id)?.in_stock, true, id);
    }
    /** Of a list, the share that is in the two categories somebody likes most. */
    const liked = (list: readonly string[], taste: readonly number[]): number => {
      const best = categories.toSorted(
        (a, b) => taste[categories.indexOf(b)]! - taste[categories.indexOf(a)]!,
      );
      return list.filter((id) => best.slice(0, 2).includes(byId.get(id)!.category as never)).length / 10;
    };
    const here = users.slice(0, 20).filter(({ joinedAt }) => joinedAt < until.getTime() - 20 * DAY);
    const mean = (of: (user: (typeof here)[number]) => number) =>
      here.reduce((sum, user) => sum + of(user), 0) / here.length;
    const theirs = mean(({ id, taste }) => liked(lists.get(id)!, taste));
    const anybodys = mean(({ taste }) => liked(lists.get('nobody')!, taste));
    assert.ok(theirs > 0.5 && theirs > anybodys + 0.2, `${theirs} to their taste, ${anybodys} to anybody's`);
  } finally {
    await app.close();
  }
});

test('over the whole catalogue, at visits it has not learnt from, taste is better than popularity', async () => {
  const [held] = await rowsOf<{ learnt: Date; asked: Date }>(
    `select (select max(asked_at) from $rows where _split <> 'test') as learnt, (select min(asked_at) from $panel) as asked`,
  );
  assert.ok(held!.learnt < held!.asked, `${held!.learnt.toISOString()}, ${held!.asked.toISOString()}`);
  const standings: Standing[] = [];
  for (const model of ['popularity', 'taste']) {
    const options = { source: 'panel', asOf: { column: 'asked_at' } };
    await scoreBatch(graph, workspace, live(model), options);
    const [standing] = await rowsOf<Standing>(standingSql(`$${model}__batch`, '$panel'));
    standings.push(standing as Standing);
    const rows = await rowsOf<Scored>(
      `select visit_id, item_id, output, bought from $${model}__batch join $panel using (visit_id, item_id)`,
    );
    const expected = standingByHand(rows);
    for (const [figure, value] of Object.entries(expected))
      assert.ok(Math.abs(value - standing![figure as keyof Standing]) < 1e-9, `${model} ${figure}`);
  }
  const [popularity, taste] = standings as [Standing, Standing];
  assert.ok(taste.visits > 40, `${taste.visits} visits`);
  for (const figure of ['recall', 'ndcg', 'coverage'] as const)
    assert.ok(
      taste[figure] > 1.2 * popularity[figure],
      `${figure}: ${taste[figure]} against ${popularity[figure]}`,
    );
});

test('lists are judged by what is known of who asks', async () => {
  const { slices } = await modelReportOf(workspace, live('taste'));
  const [slice] = slices?.declared ?? [];
  const [lists] = await rowsOf<{ own: number; others: number }>(
    `select count(*) filter (bought = 0) as own, count(*) filter (bought > 0) as others
     from (select any_value(user_bought_90d) as bought from $rows where _split = 'test' group by visit_id having max(grade) > 0)`,
  );
  assert.ok(lists!.own > 0 && lists!.others > 0);
  assert.deepEqual([slices?.unit, slices?.figure], ['list', 'ndcg']);
  assert.equal(slice?.rows, lists!.own);
  assert.equal(slices?.rows, lists!.own + lists!.others);
});

interface Scored {
  readonly visit_id: string;
  readonly item_id: string;
  readonly output: number;
  readonly bought: boolean;
}

/** The same figures, list by list. */
function standingByHand(rows: readonly Scored[]): Standing {
  const lists = [...Map.groupBy(rows, ({ visit_id }) => visit_id).values()].map((list) =>
    list.toSorted((a, b) => b.output - a.output || (a.item_id < b.item_id ? -1 : 1)),
  );
  const gain = (list: readonly Scored[]) =>
    list.slice(0, 10).reduce((sum, { bought }, i) => sum + (bought ? 1 / Math.log2(i + 2) : 0), 0);
  const bought = (list: readonly Scored[]) => list.filter((row) => row.bought);
  const judged = lists.filter((list) => bought(list).length > 0);
  const mean = (of: (list: readonly Scored[]) => number) =>
    judged.reduce((sum, list) => sum + of(list), 0) / judged.length;
  const shown = new Set(lists.flatMap((list) => list.slice(0, 10).map(({ item_id }) => item_id)));
  return {
    visits: judged.length,
    recall: mean((list) => bought(list.slice(0, 10)).length / bought(list).length),
    ndcg: mean((list) => gain(list) / gain(bought(list))),
    coverage: shown.size / new Set(rows.map(({ item_id }) => item_id)).size,
  };
}

test('the same options give the same files; a day more adds its own and changes none but the catalogue', () => {
  const home = mkdtempSync(join(tmpdir(), 'millrace-'));
  try {
    const few = { users: 60, items: 40 };
    const filesOf = (name: string) =>
      new Map(
        readdirSync(join(home, name), { recursive: true, encoding: 'utf8' })
          .filter((path) => path.endsWith('.csv'))
          .map((path) => [path, readFileSync(join(home, name, path), 'utf8')]),
      );
    const [a, b, c] = [join(home, 'a'), join(home, 'b'), join(home, 'c')];
    assert.deepEqual(
      simulate({ folder: a, until, days: 9, ...few }),
      simulate({ folder: b, until, days: 9, ...few }),
    );
    assert.deepEqual(filesOf('a'), filesOf('b'));
    simulate({ folder: c, until, days: 9, ...few, seed: 8 });
    assert.notDeepEqual(filesOf('c'), filesOf('a'));
    const [before, next] = [filesOf('a'), new Date('2026-11-21')];
    simulate({ folder: a, until: next, days: 10, ...few });
    const now = filesOf('a');
    assert.deepEqual([...now.keys()].filter((path) => !before.has(path)).sort(), [
      'events/events-2026-11-20.csv',
      'orders/orders-2026-11-20.csv',
    ]);
    for (const [path, text] of before) if (path !== 'items.csv') assert.equal(now.get(path), text, path);
    assert.throws(() => simulate({ folder: a, until: new Date('2026-11-21T12:00Z') }), /midnight/);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});
