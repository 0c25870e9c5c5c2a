import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { findPrediction, flushPredictions, predictionTable } from '../assets/index.ts';
import type { TableState } from '../store/lake/index.ts';
import type { Version } from '../store/state/index.ts';
import { createServer } from './app.ts';
import { isInstantText } from './ask-schema.ts';
import { makeShop, type OpenShop, openShop, question } from './shop.fixture.ts';

type App = Awaited<ReturnType<typeof createServer>>;
type Answer = Record<string, unknown>;

const shop = makeShop();
const told: unknown[] = [];
let open: OpenShop;
let app: App;

before(async () => {
  open = await openShop(shop);
  app = await createServer(open.graph, open.workspace, { onError: (error) => told.push(error) });
});
after(async () => {
  await app.close();
  await open.workspace.close();
  shop.remove();
});

const post = (payload: unknown, headers: Record<string, string> = {}) =>
  app.inject({
    method: 'POST',
    url: '/v1/predict/screen',
    headers: { 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });

test('before anything is published: alive, not ready, and it says what to do', async () => {
  assert.equal((await app.inject('/healthz')).statusCode, 200);
  for (const response of [await app.inject('/readyz'), await post(question)]) {
    assert.equal(response.statusCode, 503);
    assert.equal(response.headers['retry-after'] ?? '1', '1');
    const { code, message, todo } = response.json<Answer>();
    assert.equal(code, 'MILL_ENDPOINT_NOT_LIVE');
    assert.equal(message, 'No version of screen has been published yet.');
    assert.match(String(todo), /millrace run/);
  }
  const page = await app.inject('/');
  assert.equal(page.statusCode, 200);
  assert.match(page.body, /not live/);
});

test('it is asked by its own names alone: a page whose name leads here reads nothing', async () => {
  const named = await createServer(open.graph, open.workspace, { names: ['Models.example.com'] });
  try {
    const asked = async (host: string, url = '/') =>
      (await named.inject({ url, headers: { host } })).statusCode;
    for (const host of [
      'localhost:7070',
      'a.localhost',
      '127.0.0.1',
      '10.1.2.3:80',
      '[::1]:7070',
      'millrace:7070',
      'models.example.com',
      'MODELS.example.com:443',
    ])
      assert.equal(await asked(host), 200, host);
    for (const host of [
      'evil.example',
      'evil.example:7070',
      'models.example.com.evil.example',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      'models.example.com.',
      '1.2.3',
    ])
      for (const url of [
        '/',
        '/healthz',
        '/openapi.json',
        '/nowhere',
        '/api/2.0/mlflow/experiments/get?experiment_id=0',
      ])
        assert.equal(await asked(host, url), 403, `${host}${url}`);
    const { code, todo } = (
      await named.inject({ url: '/', headers: { host: 'evil.example' } })
    ).json<Answer>();
    assert.deepEqual(
      [code, todo],
      ['MILL_HTTP_HOST', 'If it is one of its names, start it with --allow-host evil.example.'],
    );
  } finally {
    await named.close();
  }
});

describe('once it is live', () => {
  before(() => open.run());

  test('the same server is ready without a restart, and answers', async () => {
    assert.deepEqual((await app.inject('/readyz')).json(), { status: 'ready' });
    const response = await post(question);
    assert.equal(response.statusCode, 200, response.body);
    const answer = response.json<Answer>();
    assert.deepEqual(Object.keys(answer), [
      ...['id', 'version', 'model', 'asOf'],
      ...['probability', 'probabilities', 'classes', 'decision'],
    ]);
    assert.equal(answer['version'], 'screen@1');
    assert.equal(answer['model'], 'fraud@1');
    assert.ok((answer['probability'] as number) > 0.5, String(answer['probability']));
    assert.equal(answer['decision'], true);
  });

  const wrong: [name: string, change: Answer | ((q: Answer) => unknown), message: string, path: string][] = [
    ['unknown', { amonut: 1 }, "'amonut' is not a field of this endpoint; there is 'amount'.", '/amonut'],
    [
      'unknown, and nothing near',
      { 'a/~b': 1 },
      "'a/~b' is not a field of this endpoint; there are 'card_id', 'amount', 'country', 'items', 'is_first', 'seen_at'.",
      '/a~1~0b',
    ],
    ['missing', ({ amount: _, ...rest }) => rest, "'amount' is missing.", '/amount'],
    ['wrong type', { amount: '12' }, '\'amount\' is the text "12", wanted a number.', '/amount'],
    ['null where none may be', { amount: null }, "'amount' is null, wanted a number.", '/amount'],
    ['too small', { amount: -0.01 }, "'amount' is -0.01, wanted at least 0.", '/amount'],
    ['too large', { amount: 50_000.01 }, "'amount' is 50000.01, wanted at most 50000.", '/amount'],
    [
      'not in the set',
      { country: 'FRA' },
      '\'country\' is the text "FRA", wanted one of "DE", "FR", "US"; the nearest is "FR".',
      '/country',
    ],
    [
      'no match of the pattern',
      { country: 'US' },
      '\'country\' is the text "US", wanted a text that matches ^[DF].',
      '/country',
    ],
    ['not whole', { items: 1.5 }, "'items' is 1.5, wanted a whole number or null.", '/items'],
    [
      'not safe',
      { items: 2 ** 53 },
      "'items' is 9007199254740992, wanted at most 9007199254740991.",
      '/items',
    ],
    ['nested', { items: { $gt: [{}] } }, "'items' is an object, wanted a whole number or null.", '/items'],
    ['a list', { card_id: ['c1'] }, "'card_id' is a list, wanted a text.", '/card_id'],
    [
      'an empty name',
      { card_id: '' },
      '\'card_id\' is the text "", wanted at least 1 character.',
      '/card_id',
    ],
    [
      'too long',
      { card_id: 'x'.repeat(10_001) },
      "'card_id' is a text of 10001 characters, wanted at most 10000 characters.",
      '/card_id',
    ],
    [
      'a day without a zone',
      { seen_at: '2026-09-01' },
      '\'seen_at\' is the text "2026-09-01", wanted an instant with its zone, such as 2026-01-01T12:00:00Z.',
      '/seen_at',
    ],
    [
      'a number that is none',
      (asked) => JSON.stringify({ ...asked, amount: 7777 }).replace('7777', '1e999'),
      "'amount' is a number past the range of doubles, wanted a number.",
      '/amount',
    ],
    ['a body that is a list', () => [question], 'The body is a list, wanted an object.', ''],
    ['a body that is null', () => null, 'The body is null, wanted an object.', ''],
  ];
  for (const [name, change, message, path] of wrong)
    test(`400: ${name}`, async () => {
      const response = await post(
        typeof change === 'function' ? change(question) : { ...question, ...change },
      );
      assert.equal(response.statusCode, 400, response.body);
      const { code, todo, ...rest } = response.json<Answer>();
      assert.deepEqual(rest, { message, path });
      assert.equal(code, 'MILL_HTTP_BAD_REQUEST');
      assert.equal(todo, 'GET /openapi.json has the schema.');
    });

  const garbled: [name: string, body: string, headers: Record<string, string>, status: number][] = [
    ['malformed', '{"card_id":', {}, 400],
    ['no body', '', {}, 400],
    ['a prototype', '{"__proto__":{"amount":1}}', {}, 400],
    ['a prototype by another name', '{"\\u005f_proto__":{"amount":1}}', {}, 400],
    ['malformed, with escapes in a name', '{"c\\u0061rd_id":', {}, 400],
    ['an infinite number', JSON.stringify(question).replace('912.5', '1e999'), {}, 400],
    ['another content type', JSON.stringify(question), { 'content-type': 'text/plain' }, 415],
    ['a form', 'card_id=c1', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a huge body', JSON.stringify({ ...question, card_id: 'x'.repeat(300_000) }), {}, 413],
    ['deeply nested', `${'['.repeat(50_000)}${']'.repeat(50_000)}`, {}, 400],
    [
      'deeply nested, with escapes in a name',
      `{"\\u0061":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      {},
      400,
    ],
  ];
  for (const [name, body, headers, status] of garbled)
    test(`${status}: ${name}`, async () => {
      const response = await post(body, headers);
      assert.equal(response.statusCode, status, response.body);
      const { code, message, todo } = response.json<Answer>();
      assert.equal(code, 'MILL_HTTP_BAD_REQUEST');
      assert.ok(String(message).length < 300 && /\.$/.test(String(message)), String(message));
      assert.ok(todo);
    });

  test('names with escapes are read as they are written, whatever others asked before', async () => {
    const { card_id, ...rest } = question;
    const before = JSON.stringify(rest).slice(0, -1);
    await post(`${before},"\\\\u0063a":0}`);
    const answer = await post(`${before},"\\u0063ard_id":"${card_id}"}`);
    assert.equal(answer.statusCode, 200, answer.body);
  });

  test('a random body is answered or refused in our own words, and never breaks the server', async () => {
    const seen = told.length;
    const anything = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string());
    const fields = fc.record(
      {
        card_id: fc.oneof(fc.string({ unit: 'binary' }), anything),
        amount: fc.oneof(fc.double(), anything),
        country: fc.oneof(fc.constantFrom('DE', 'FR'), anything),
        items: fc.oneof(fc.integer(), anything),
        is_first: fc.oneof(fc.boolean(), anything),
        seen_at: fc.oneof(fc.date().map(String), anything),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fields, anything), async (body) => {
        const response = await post(JSON.stringify(body) ?? '');
        assert.ok([200, 400].includes(response.statusCode), `${response.statusCode} ${response.body}`);
        if (response.statusCode === 400)
          assert.equal(response.json<Answer>()['code'], 'MILL_HTTP_BAD_REQUEST');
      }),
      { numRuns: 150 },
    );
    assert.equal(told.length, seen);
  });

  const strangers = [
    'nobody',
    `o'"; drop table x; --`,
    '🦆\u202e\u0000',
    '\ud800',
    'é'.repeat(2_500),
    '__proto__',
    '../../etc',
  ];
  test('an unknown entity has empty features, whatever it is called', async () => {
    for (const card_id of strangers) {
      const response = await post({ ...question, card_id });
      assert.equal(response.statusCode, 200, `${card_id.slice(0, 20)}: ${response.body}`);
      const { id } = response.json<{ id: string }>();
      const logged = await findPrediction(open.workspace, 'screen', id);
      assert.equal(logged?.keys['card_id'], card_id);
      assert.deepEqual(logged?.features['activity'], {
        payments_24h: 0,
        spent_7d: 0,
        country_before: null,
      });
    }
  });

  test('only instants on the calendar with a zone are instants', () => {
    for (const good of ['2026-01-01T00:00:00Z', '2024-02-29T23:59:59.123456+05:30', '2026-01-01t00:00:00z'])
      assert.ok(isInstantText(good), good);
    for (const bad of [
      '2026-01-01',
      '2026-01-01T00:00:00',
      '2016-12-31T23:59:60Z',
      '2026-01-01T00:00:00+05',
      '2026-02-30T00:00:00Z',
      '2025-02-29T00:00:00Z',
      '2026-13-01T00:00:00Z',
      '2026-01-01T25:00:00Z',
      'now',
      '1767225600',
    ])
      assert.ok(!isInstantText(bad), bad);
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') }),
        (d) => isInstantText(d.toISOString()),
      ),
    );
  });

  test('the server holds requests to that, not to the looser format of JSON Schema', async () => {
    for (const seen_at of ['2016-12-31T23:59:60Z', '2026-01-01T00:00:00+05', '2026-01-01T00:00:00'])
      assert.equal((await post({ ...question, seen_at })).statusCode, 400, seen_at);
    for (const seen_at of [null, '2026-01-01T00:00:00.5-08:00'])
      assert.equal((await post({ ...question, seen_at })).statusCode, 200, String(seen_at));
  });

  test('numbers come back to the last bit', async () => {
    const answer = (await post(question)).json<Answer>();
    await flushPredictions(open.workspace, 'screen');
    const table = open.workspace.lake.table(predictionTable('screen')) as TableState;
    const session = await open.workspace.engine.session();
    const rows = await session.rows<{ output: number; keys: string }>(
      `select output, keys from ${session.scan(table)} where id = ?`,
      [answer['id'] as string],
    );
    const names = await session.rows<{ keys: string }>(`select keys from ${session.scan(table)}`);
    session.close();
    assert.deepEqual(rows, [{ output: answer['probability'], keys: '{"card_id":"c3"}' }]);
    const kept = new Set(names.map(({ keys }) => (JSON.parse(keys) as { card_id: string }).card_id));
    for (const name of strangers.filter((name) => name.isWellFormed())) assert.ok(kept.has(name), name);
  });

  test('a path that cannot be read, or names something by too long a name, is refused in our own form', async () => {
    for (const [url, status] of [
      ['/v1/predict/%ZZ', 400],
      ['/%', 400],
      [`/v1/features/${'x'.repeat(501)}?key=1`, 414],
    ] as const) {
      const { statusCode, body } = await app.inject(url);
      const { code, message, todo } = JSON.parse(body) as Record<string, string>;
      assert.deepEqual([statusCode, code], [status, 'MILL_HTTP_BAD_REQUEST'], url);
      assert.ok(message && message.length < 300 && todo);
    }
  });

  test('404 names what is near; 405 says how to ask', async () => {
    const near = await app.inject({ method: 'POST', url: '/v1/predict/scren', payload: {} });
    assert.equal(near.statusCode, 404);
    assert.equal(
      near.json<Answer>()['message'],
      'There is nothing at POST /v1/predict/scren; there is /v1/predict/screen.',
    );
    const get = await app.inject('/v1/predict/screen?x=1');
    assert.equal(get.statusCode, 405);
    assert.equal(get.headers['allow'], 'POST');
    const far = await app.inject(`/${'x'.repeat(5_000)}%00`);
    assert.equal(far.statusCode, 404);
    assert.ok(far.body.length < 500);
    assert.equal((await app.inject('/%E0%A4%A')).statusCode, 400);
  });

  test('the OpenAPI document is what is enforced, and its example is answered', async () => {
    const response = await app.inject('/openapi.json');
    type Document = {
      openapi: string;
      paths: Record<
        string,
        { post: { requestBody: { content: Record<string, { schema: object; example: object }> } } }
      >;
      components: { schemas: Record<string, object> };
    };
    const document = response.json<Document>();
    assert.equal(document.openapi, '3.1.0');
    const refs = [...response.body.matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(
      (match) => match[1],
    );
    assert.deepEqual([...new Set(refs)], Object.keys(document.components.schemas));
    const ids = [...response.body.matchAll(/"operationId":"(\w+)"/g)].map((match) => match[1]);
    const routes = Object.values(document.paths).flatMap((path) => Object.keys(path));
    assert.equal(new Set(ids).size, routes.length);
    const content = document.paths['/v1/predict/screen']?.post.requestBody.content['application/json'];
    assert.deepEqual(content?.schema, {
      type: 'object',
      required: ['card_id', 'amount', 'country', 'items', 'is_first', 'seen_at'],
      additionalProperties: false,
      properties: {
        card_id: { type: 'string', minLength: 1, maxLength: 10_000, description: 'Names the entity.' },
        amount: { type: 'number', description: 'in euros', minimum: 0, maximum: 50_000 },
        country: {
          type: 'string',
          maxLength: 10_000,
          enum: ['DE', 'FR', 'US'],
          description: 'Matches ^[DF]',
        },
        items: { type: ['integer', 'null'], minimum: -(2 ** 53) + 1, maximum: 2 ** 53 - 1 },
        is_first: { type: 'boolean' },
        seen_at: { type: ['string', 'null'], format: 'date-time', maxLength: 40 },
      },
    });
    assert.equal((await post(content.example)).statusCode, 200);
  });

  test('the page has every asset and how to ask, loads and runs nothing, and escapes what people wrote', async () => {
    const page = await app.inject({ url: '/', headers: { host: 'mill:7171' } });
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'; style-src 'sha256-/);
    assert.equal(page.headers['x-content-type-options'], 'nosniff');
    for (const name of open.graph.nodes.keys()) {
      assert.ok(page.body.includes(`>${name}</text>`), `${name} in the drawing`);
      assert.ok(page.body.includes(`<th scope="row">${name}<`), `${name} in the table`);
    }
    assert.ok(page.body.includes('curl -s http://mill:7171/v1/predict/screen'));
    assert.ok(page.body.includes('&#60;script&#62;alert(&#34;held back?&#34;)&#60;/script&#62;'));
    assert.ok(page.body.includes('&#60;b&#62;&#34;risk&#34; &#38; co&#60;/b&#62;'));
    assert.ok(!/<script|<b>|<img|<link|javascript:/i.test(page.body));
    const hostile = await app.inject({ url: '/', headers: { host: `x'; rm -rf ~; '<b>` } });
    assert.ok(!hostile.body.includes('rm -rf'));
  });

  test('the report of a model version, and of nothing else', async () => {
    const model = [...open.graph.nodes.values()].find(({ kind }) => kind === 'model') as { name: string };
    const page = await app.inject({ url: `/reports/${model.name}@1` });
    assert.equal(page.statusCode, 200);
    assert.match(String(page.headers['content-type']), /text\/html/);
    assert.match(String(page.headers['content-security-policy']), /default-src 'none'/);
    assert.match(page.body, /ROC/);
    assert.ok(!page.body.includes('<script'));
    for (const other of ['nothing@1', '..%2F..%2Fetc%2Fpasswd', `${model.name}@99`])
      assert.equal((await app.inject({ url: `/reports/${other}` })).statusCode, 404);
  });

  test('the page tells of a newer version that was refused, and where its report is', async () => {
    const { state } = open.workspace;
    const refused =
      '<small class="bad">fraud@2 is not published · <a href="/reports/fraud%402">report</a></small>';
    assert.ok(!(await app.inject('/')).body.includes('is not published'));
    const { id: _, number: __, ...live } = state.live('fraud') as Version;
    const candidate = {
      ...live,
      status: 'candidate',
      fingerprint: 'another',
      definition: 'another',
    } as const;
    assert.equal(state.addVersion(candidate, []).id, 'fraud@2');
    assert.ok((await app.inject('/')).body.includes(refused));
  });
});
