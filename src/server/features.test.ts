import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type FeaturesBody, kinds, rebuildFeatures } from '../assets/index.ts';
import type { Node } from '../graph/index.ts';
import { type Answer, newFolder, openTill, payment, removeFolder, type Till } from './features.fixture.ts';

describe('features over HTTP', () => {
  const folder = newFolder();
  let till: Till;
  before(async () => {
    till = await openTill(folder);
    await till.post('payments', [payment(1, 'c1'), payment(2, 'c2')]);
    await till.run();
  });
  after(async () => {
    await till.close();
    removeFolder(folder);
  });
  const ask = (url: string, payload?: object) =>
    till.app.inject(payload === undefined ? { url } : { method: 'POST', url, payload });

  test('a row posted is seen by the very next look-up, 500 times', async () => {
    for (let n = 100; n < 600; n++) {
      const card = `n${n % 7}`;
      await till.post('payments', [payment(n, card)]);
      const { entities } = await till.card(card);
      assert.equal(entities[0]?.values['payments_all'], Math.floor((n - 100) / 7) + 1);
    }
  });

  test('values, where they come from and how old they are', async () => {
    const at = new Date(Date.now() - 2_000).toISOString();
    await till.post('payments', [payment(700, 'v', { amount: 5, paid_at: at, country: null })]);
    await till.post('payments', [payment(701, 'v', { amount: 7, paid_at: at, country: 'US' })]);
    const answer = await till.card('v');
    assert.deepEqual(answer.entities, [
      {
        key: { card_id: 'v' },
        values: {
          ...{ payments_all: 2, spent_30d: 12, usual_30d: 6, largest: 7, last_country: 'US', last_at: at },
          ...{ countries: ['US'], abroad: 1 },
        },
      },
    ]);
    assert.equal(answer.dataset, till.workspace.state.live('payments')?.id);
    assert.equal(answer.snapshot, till.workspace.state.live('payments')?.snapshot);
    assert.equal(answer.headRows, 2);
    assert.equal(answer.freshness.newest, at);
    assert.equal(answer.freshness.atMost, 3600);
    assert.equal(answer.freshness.stale, false);
  });

  test('several entities, several assets, only some features, one round trip', async () => {
    const seen = new Date(Date.now() - 1_000).toISOString();
    await till.post('clicks', [{ user_id: 'u', item: 7, at: seen, seen_at: seen }]);
    const one = await ask('/v1/features/card_activity', {
      entities: [{ card_id: 'c1' }, { card_id: 'nobody' }, { card_id: 'c2' }],
      features: ['payments_all', 'usual_30d'],
    });
    assert.deepEqual(
      one.json<Answer>().entities.map(({ values }) => values),
      [
        { payments_all: 1, usual_30d: 11 },
        { payments_all: 0, usual_30d: null },
        { payments_all: 1, usual_30d: 12 },
      ],
    );
    const several = await ask('/v1/features', {
      card_activity: [{ card_id: 'c1' }],
      pair_activity: [
        { user_id: 'u', item: 7 },
        { user_id: 'u', item: 8 },
      ],
    });
    const { card_activity, pair_activity } = several.json<Record<string, Answer>>();
    assert.equal(card_activity?.entities[0]?.values['payments_all'], 1);
    assert.deepEqual(
      pair_activity?.entities.map(({ values }) => values['clicks_1h']),
      [1, 0],
    );
  });

  test('odd keys are keys', async () => {
    for (const id of ['😀', '"', "';drop table payments;--", '\u0000', 'k'.repeat(10_000), '__proto__']) {
      await till.post('payments', [payment(800 + id.length, id)]);
      const answer = await ask('/v1/features/card_activity', { entities: [{ card_id: id }] });
      assert.equal(answer.json<Answer>().entities[0]?.values['payments_all'], 1, id.slice(0, 20));
    }
  });

  test('what cannot be answered is refused, with the nearest name', async () => {
    const refused = async (url: string, payload?: object): Promise<[number, string, string]> => {
      const answer = await ask(url, payload);
      const { code, message } = answer.json<{ code: string; message: string }>();
      return [answer.statusCode, code, message];
    };
    const is = (answer: [number, string, string], status: number, code: string, words: RegExp) => {
      assert.deepEqual(answer.slice(0, 2), [status, code]);
      assert.match(answer[2], words);
    };
    const here = '/v1/features/card_activity';
    is(await refused('/v1/features/card_activty?card_id=1'), 404, 'MILL_FEATURES_UNKNOWN', /'card_activity'/);
    is(await refused('/v1/features/payments?card_id=1'), 404, 'MILL_FEATURES_UNKNOWN', /is a source/);
    is(
      await refused(here, { entities: [], features: ['usual_30'] }),
      404,
      'MILL_FEATURES_UNKNOWN',
      /'usual_30d'/,
    );
    is(
      await refused(`${here}?card=1`),
      400,
      'MILL_FEATURES_KEY',
      /'card' is no key of card; it is named by 'card_id'/,
    );
    is(
      await refused(here, { entities: [{ card_id: 'a', crad_id: 'b' }] }),
      400,
      'MILL_FEATURES_KEY',
      /'crad_id'/,
    );
    for (const card_id of [null, {}, ['a'], 1.5, 2 ** 60, 'k'.repeat(20_000)])
      is(await refused(here, { entities: [{ card_id }] }), 400, 'MILL_FEATURES_KEY', /'card_id'/);
    const many = Array.from({ length: 1001 }, (_, i) => ({ card_id: `${i}` }));
    is(await refused(here, { entities: many }), 400, 'MILL_HTTP_BAD_REQUEST', /1,001 entities/);
    is(await refused(here, { entites: [] }), 400, 'MILL_HTTP_BAD_REQUEST', /'entities'/);
    is(await refused(here, { entities: 'x' }), 400, 'MILL_HTTP_BAD_REQUEST', /a list/);
    is(await refused(here, []), 400, 'MILL_HTTP_BAD_REQUEST', /an object/);
    is(await refused('/v1/features', {}), 400, 'MILL_HTTP_BAD_REQUEST', /no features/);
    is(await refused(`${here}?card_id=1&require=new`), 400, 'MILL_HTTP_BAD_REQUEST', /'fresh'/);
  });

  test('the OpenAPI document has the types of the project', async () => {
    const { paths } = (await ask('/openapi.json')).json();
    const { schema } = paths['/v1/features/card_activity'].post.responses[200].content['application/json'];
    const { values } = schema.properties.entities.items.properties;
    assert.deepEqual(values.properties.countries, { type: 'array', items: { type: 'string' } });
    assert.deepEqual(values.properties.last_at, { type: ['string', 'null'], format: 'date-time' });
    assert.deepEqual(values.properties.payments_all, { type: 'integer' });
    assert.deepEqual(
      paths['/v1/features/pair_activity'].get.parameters.map(({ name }: { name: string }) => name),
      ['user_id', 'item', 'require'],
    );
  });

  test('what is stale is answered and says so; who wants it fresh is refused', async () => {
    const other = newFolder();
    const old = await openTill(other);
    try {
      await old.post('payments', [payment(1, 'c1', { paid_at: '2026-03-01T10:00:00Z' })]);
      await old.run();
      const { freshness, entities } = await old.card('c1');
      assert.equal(freshness.stale, true);
      assert.equal(freshness.newest, '2026-03-01T10:00:00.000Z');
      assert.equal(entities[0]?.values['payments_all'], 1);
      const ask = (url: string) => old.app.inject({ url });
      const refused = await ask('/v1/features/card_activity?card_id=c1&require=fresh');
      assert.equal(refused.statusCode, 503);
      assert.equal(refused.headers['retry-after'], '1');
      assert.equal(refused.json().code, 'MILL_FEATURES_STALE');
      // Nothing is promised of these.
      assert.equal((await ask('/v1/features/pair_activity?user_id=u&item=1&require=fresh')).statusCode, 200);
      const { graph, workspace } = old;
      const node = graph.nodes.get('card_activity') as Node;
      const promised = () =>
        kinds.get('features')?.freshness?.(node, workspace.state.live(node.name) as never, workspace);
      assert.equal((await promised())?.newest, Date.parse('2026-03-01T10:00:00Z') * 1000);
      assert.equal((await promised())?.atMost, 3_600_000_000);
      // A row of next century is none of now: in the head, in the table, and for who opens it again.
      await old.post('payments', [payment(3, 'c1', { paid_at: '2199-01-01T00:00:00Z' })]);
      for (const brought of [false, true]) {
        if (brought) await old.run();
        const { freshness } = await old.card('c1');
        assert.deepEqual([freshness.newest, freshness.stale], ['2026-03-01T10:00:00.000Z', true]);
        assert.equal((await ask('/v1/features/card_activity?card_id=c1&require=fresh')).statusCode, 503);
      }
      const again = await openTill(other);
      assert.equal((await again.card('c1')).freshness.newest, '2026-03-01T10:00:00.000Z');
      await again.close();
      // A row of now is enough, though it is only in the head.
      await old.post('payments', [payment(2, 'c2')]);
      assert.equal((await ask('/v1/features/card_activity?card_id=c1&require=fresh')).statusCode, 200);
    } finally {
      await old.close();
      removeFolder(other);
    }
  });

  test('before anything is live, nothing is answered', async () => {
    const other = newFolder();
    const empty = await openTill(other);
    try {
      const answer = await empty.app.inject({ url: '/v1/features/card_activity?card_id=c1' });
      assert.deepEqual([answer.statusCode, answer.json().code], [503, 'MILL_FEATURES_NOT_LIVE']);
    } finally {
      await empty.close();
      removeFolder(other);
    }
  });

  test('state is made anew under look-ups', async () => {
    const before = await till.card('c1');
    const node = till.graph.nodes.get('card_activity') as Node<FeaturesBody>;
    const rebuilt = await rebuildFeatures(node, till.workspace);
    assert.equal(rebuilt.dataset, till.workspace.state.live('payments')?.id);
    assert(rebuilt.entities >= 2);
    assert.deepEqual((await till.card('c1')).entities, before.entities);
  });
});
