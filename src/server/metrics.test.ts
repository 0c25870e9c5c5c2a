import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createServer } from './app.ts';
import { makeShop, type OpenShop, openShop, question } from './shop.fixture.ts';

const shop = makeShop(12);
const told: unknown[] = [];
let open: OpenShop;
before(async () => {
  open = await openShop(shop);
  await open.run();
});
after(async () => {
  await open.workspace.close();
  shop.remove();
  assert.deepEqual(told, []);
});

/** The samples of a metric, by their labels. */
function samples(text: string, name: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line.startsWith(`${name}{`));
  return new Map(
    lines.map((line) => {
      const [, labels = '', value = ''] = /\{(.*)\} (\S+)$/.exec(line) ?? [];
      return [labels, Number(value)];
    }),
  );
}

test('GET /metrics: predictions, how long they took, and what audits in the background found', async () => {
  const app = await createServer(open.graph, open.workspace, {
    onError: (error) => told.push(error),
    auditsPerMinute: 6_000,
  });
  try {
    const ids = new Set<string>();
    for (let i = 0; i < 3; i++) {
      const answer = await app.inject({ method: 'POST', url: '/v1/predict/screen', payload: question });
      ids.add(answer.json<{ id: string }>().id);
    }
    const { audits } = open.workspace.state;
    for (let i = 0; i < 500 && audits.newest({ asked: 'screen' }, 1).length === 0; i++) await sleep(20);
    const found = audits.newest({ model: 'fraud' }, 10);
    assert.ok(found.length >= 1 && found.every(({ answer }) => ids.has(answer)));
    assert.ok(found.every(({ features }) => features.length > 3 && features.every(({ equal }) => equal)));
    const { body, headers, statusCode } = await app.inject('/metrics');
    assert.equal(statusCode, 200);
    assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
    assert.deepEqual([...samples(body, 'millrace_predictions_total')], [['endpoint="screen"', 3]]);
    assert.deepEqual([...samples(body, 'millrace_prediction_seconds_count')], [['endpoint="screen"', 3]]);
    const audited = samples(body, 'millrace_features_audited_total');
    const equal = samples(body, 'millrace_features_equal_total');
    assert.ok((audited.get('endpoint="screen",asset="activity",feature="payments_24h"') as number) >= 1);
    assert.deepEqual(equal, audited);
    assert.equal(samples(body, 'millrace_features_differing_total').size, 0);
    assert.ok((samples(body, 'millrace_coverage_age_seconds').get('asset="activity"') as number) >= 0);
    assert.doesNotMatch(body, new RegExp(`\\b${question.card_id}\\b`), 'nothing of who asked');
    const url = '/v1/features/activity';
    const entities = ['c1', 'c2', 'nobody'].map((card_id) => ({ card_id }));
    assert.equal((await app.inject({ method: 'POST', url, payload: { entities } })).statusCode, 200);
    for (let i = 0; i < 500 && audits.newest({ asked: 'activity' }, 1).length === 0; i++) await sleep(20);
    const looked = audits.newest({ asked: 'activity' }, 10);
    assert.deepEqual(
      looked.map(({ model, features }) => [model, features.map(({ equal: same }) => same)]),
      [[null, [true, true, true]]],
      'the first of the three',
    );
    const { lookUps } = open.workspace.state;
    for (let i = 0; i < 500 && lookUps.since('activity', 0).length === 0; i++) await sleep(20);
    const [kept] = lookUps.since('activity', 0);
    assert.deepEqual([kept?.id, kept?.keys], [looked[0]?.answer, { card_id: 'c1' }]);
    const own = samples((await app.inject('/metrics')).body, 'millrace_features_equal_total');
    assert.equal(own.get('endpoint="",asset="activity",feature="payments_24h"'), 1);
  } finally {
    await app.close();
  }
});
