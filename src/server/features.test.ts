import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { col, entity, features, kinds, source, stream } from '../assets/index.ts';
import { formatInstant, HOUR, type Json, MINUTE, SECOND } from '../base/index.ts';
import { checked, openWorkspace, type Project, run, type Workspace } from '../graph/index.ts';
import { createServer } from './app.ts';

const payments = source('payments', {
  from: stream(),
  columns: {
    id: col.string(),
    card: col.string(),
    shop: col.integer(),
    amount: col.double().nullable(),
    at: col.timestamp(),
  },
  key: 'id',
  eventTime: 'at',
});
const card = entity('card', { key: 'card' });
const activity = features('activity', {
  entity: card,
  from: payments,
  fresh: '1h',
  compute: ({ count, sum, last, lastK, latest, sinceLast, ratio }) => ({
    n: count().over('1h'),
    spent: sum('amount').over('1h').unit('EUR').describe('what was paid'),
    shops: lastK('shop', 2).over('1d'),
    at: latest('at'),
    since: sinceLast().over('1d'),
    usual: ratio(sum('amount').over('1h'), count().over('1h')),
    shop: last('shop').over('1h'),
  }),
});
const pairs = features('pairs', {
  entity: entity('pair', { key: ['card', 'shop'] }),
  from: payments,
  compute: ({ count }) => ({ times: count().over('lifetime') }),
});
const project = {
  name: 'shop',
  assets: { payments, card, activity, pairs },
  place: { file: 'shop.ts', line: 1, column: 1 },
} as unknown as Project;

interface Shop {
  readonly app: FastifyInstance;
  readonly workspace: Workspace;
  readonly now: number;
  post(...rows: object[]): Promise<void>;
  ask(name: string, body: Json): Promise<{ status: number; body: Record<string, never> }>;
}

async function withShop(work: (shop: Shop) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const workspace = await openWorkspace(folder, { MILLRACE_CLOCK: '2026-03-01T10:00:00Z' });
  try {
    const graph = await checked(project, kinds, workspace.engine);
    assert.ok((await run(graph, kinds, workspace)).ok);
    const errors: unknown[] = [];
    const app = await createServer(graph, workspace, {
      onError: (error) => errors.push(error),
      ingest: { every: 60_000 },
    });
    await work({
      app,
      workspace,
      now: workspace.clock.now(),
      async post(...rows) {
        const answer = await app.inject({ method: 'POST', url: '/v1/ingest/payments', payload: rows });
        assert.equal(answer.statusCode, 200, answer.body);
      },
      async ask(name, body) {
        const answer = await app.inject({
          method: 'POST',
          url: `/v1/features/${name}`,
          payload: body as object,
        });
        return { status: answer.statusCode, body: answer.json() };
      },
    });
    await app.close();
    assert.deepEqual(errors, []);
  } finally {
    await workspace.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const paid = (id: string, name: string, amount: number | null, at: number, shop = 7): object => ({
  ...{ id, card: name, shop, amount, at: formatInstant(at) },
});

test('a posted row is seen by the next look-up, and the same after it has come to the lake', () =>
  withShop(async ({ app, workspace, now, post, ask }) => {
    const question = { entities: [{ card: 'a' }, { card: 'nobody' }] };
    const empty = { n: 0, spent: 0, shops: [], at: null, since: null, usual: null, shop: null };
    assert.deepEqual((await ask('activity', question)).body['values'], [empty, empty]);
    await post(
      paid('1', 'a', 2.5, now - MINUTE),
      paid('2', 'a', null, now - SECOND, 8),
      paid('3', 'b', 9, now - SECOND),
    );
    // One that takes the place of another, one of after the question, and one of before every window but one.
    await post(
      paid('1', 'a', 4.5, now - MINUTE),
      paid('4', 'a', 100, now),
      paid('5', 'a', 100, now - 3 * HOUR, 9),
    );
    const at = formatInstant(now - SECOND);
    const there = { n: 2, spent: 4.5, shops: [8, 7], at, since: 1, usual: 2.25, shop: 8 };
    const answer = await ask('activity', question);
    assert.deepEqual(answer.body['values'], [there, empty]);
    assert.deepEqual(
      [answer.body['age'], answer.body['fresh'], answer.body['dataset']],
      [0, true, 'payments@1'],
    );
    // A server that begins has to find them in the log.
    const graph = await checked(project, kinds, workspace.engine);
    const other = await createServer(graph, workspace, { ingest: { every: 60_000 } });
    const found = await other.inject({ method: 'GET', url: '/v1/features/activity?card=a' });
    assert.deepEqual(found.json<{ values: object }>().values, there);
    // Closing brings what is posted to the lake and into the state.
    await other.close();
    const moved = await ask('activity', question);
    assert.deepEqual(moved.body['values'], [there, empty]);
    assert.equal(moved.body['dataset'], 'payments@2');
    const several = await app.inject({
      method: 'POST',
      url: '/v1/features',
      payload: {
        activity: { entities: [{ card: 'b' }], features: ['spent'] },
        pairs: { entities: [{ card: 'a', shop: 7 }] },
      },
    });
    const { features: both } = several.json<{ features: Record<string, { values: object }> }>();
    assert.deepEqual([both['activity']?.values, both['pairs']?.values], [[{ spent: 9 }], [{ times: 1 }]]);
  }));

test('what is asked wrongly is told with what is wanted', () =>
  withShop(async ({ ask, app, now, post }) => {
    await post(paid('1', 'a', 1, now - 2 * HOUR));
    const refusals: Record<string, unknown> = {};
    const refused = async (what: string, name: string, body: Json): Promise<void> => {
      const { status, body: told } = await ask(name, body);
      refusals[what] = `${status} ${told['code']} ${told['message']}`;
    };
    await refused('name', 'activty', { entities: [{ card: 'a' }] });
    await refused('feature', 'activity', { entities: [{ card: 'a' }], features: ['spend'] });
    await refused('key', 'activity', { entities: [{ crd: 'a' }] });
    await refused('half a key', 'pairs', { entities: [{ card: 'a' }] });
    await refused('more', 'activity', { entities: [{ card: 'a', shop: 1 }] });
    await refused('null', 'activity', { entities: [{ card: null }] });
    await refused('object', 'activity', { entities: [{ card: {} }] });
    await refused('long', 'activity', { entities: [{ card: 'x'.repeat(20_000) }] });
    await refused('many', 'activity', { entities: Array.from({ length: 1001 }, () => ({ card: 'a' })) });
    await refused('none', 'activity', {});
    await refused('stale', 'activity', { entities: [{ card: 'a' }], require: 'fresh' });
    assert.deepEqual(refusals, {
      name: "404 MILL_FEATURES_UNKNOWN There are no features 'activty'; the nearest are 'activity'.",
      feature: "404 MILL_FEATURES_UNKNOWN activity has no feature 'spend'; the nearest is 'spent'.",
      key: "400 MILL_FEATURES_KEY The key 'card' is nothing; wanted a text of at most 16384 characters, a whole number, true or false.",
      'half a key':
        "400 MILL_FEATURES_KEY The key 'shop' is nothing; wanted a text of at most 16384 characters, a whole number, true or false.",
      more: "400 MILL_FEATURES_KEY 'shop' is no key of card, which is named by card.",
      null: "400 MILL_FEATURES_KEY The key 'card' is null; wanted a text of at most 16384 characters, a whole number, true or false.",
      object:
        "400 MILL_FEATURES_KEY The key 'card' is {}; wanted a text of at most 16384 characters, a whole number, true or false.",
      long: "400 MILL_FEATURES_KEY The key 'card' is a text of 20000 characters; wanted a text of at most 16384 characters, a whole number, true or false.",
      many: '400 MILL_FEATURES_KEY 1001 entities are asked about at once, more than 1000.',
      none: "400 MILL_HTTP_BAD_REQUEST The body must have required property 'entities'; wanted { entities: [{ key: … }, …], features?: [name, …] }.",
      stale:
        '503 MILL_FEATURES_STALE The features activity know nothing younger than 7200 s, more than they are declared to.',
    });
    const odd = ["'", '"', '😀', 'x'.repeat(10_000), 'a\nb', ';--'];
    const answer = await ask('activity', { entities: odd.map((name) => ({ card: name })) });
    assert.equal(answer.status, 200);
    assert.equal((await app.inject('/v1/features/activity?card=%F0%9F%98%80')).statusCode, 200);
  }));
