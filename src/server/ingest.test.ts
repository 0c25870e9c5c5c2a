import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Workspace } from '../graph/index.ts';
import { createServer } from './app.ts';
import { folderForDoor, idsAfterRun, openDoor, removeDoor, rowOf } from './ingest.fixture.ts';
import { postUnderKills } from './ingest-kills.fixture.ts';

type App = Awaited<ReturnType<typeof createServer>>;

test('5,000 rows while the server is killed three times: each is there exactly once', () =>
  postUnderKills(5_000, 3, 150));

describe('POST /v1/ingest/SOURCE', () => {
  const folder = folderForDoor();
  const told: unknown[] = [];
  let workspace: Workspace;
  let app: App;
  let address: string;
  before(async () => {
    const open = await openDoor(folder);
    workspace = open.workspace;
    app = await createServer(open.graph, workspace, {
      onError: (error) => told.push(error),
      ingest: { every: 3_600_000, mostBehind: 20 },
    });
    address = await app.listen({ port: 0, host: '127.0.0.1' });
  });
  after(async () => {
    await app.close();
    await workspace.close();
    assert.deepEqual(told, []);
    removeDoor(folder);
  });

  const post = async (
    source: string,
    payload: string | Buffer,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Record<string, unknown>; body: Record<string, unknown> }> => {
    const response = await app.inject({
      method: 'POST',
      url: `/v1/ingest/${source}`,
      headers: { 'content-type': 'application/json', ...headers },
      payload,
    });
    return { status: response.statusCode, headers: response.headers, body: response.json() };
  };
  const lines = { 'content-type': 'application/x-ndjson; charset=utf-8' };

  test('one row, an array, JSON lines: a verdict for every row', async () => {
    const one = await post('events', rowOf(1));
    assert.deepEqual(one.body, { source: 'events', rows: 1, accepted: 1, setAside: [], warned: [] });
    const all = await post('events', ` [ ${rowOf(2)} ,\n ${rowOf(9)}, 7, {"id":"row-3,]}\\"","n":3} ] `);
    assert.deepEqual(all.body, {
      source: 'events',
      rows: 4,
      accepted: 1,
      setAside: [
        { row: 1, rules: ['n: between 0 and 1000000'] },
        { row: 2, rules: ['json'] },
        { row: 3, rules: ['id: pattern', 'at: null'] },
      ],
      warned: [],
    });
    const many = await post('events', `\ufeff${rowOf(4)}\r\n\n{"id":\n${rowOf(5)}`, lines);
    assert.deepEqual(many.body, {
      source: 'events',
      rows: 3,
      accepted: 2,
      setAside: [{ row: 1, rules: ['json'] }],
      warned: [],
    });
    assert.equal((await post('events', '[]')).body['rows'], 0);
    const lax = await post('lax', rowOf(9));
    assert.deepEqual(lax.body, {
      source: 'lax',
      rows: 1,
      accepted: 1,
      setAside: [],
      warned: [{ row: 0, rules: ['n: between 0 and 1000000'] }],
    });
  });

  test('under block, a bad row keeps all of its request out', async () => {
    for (const [body, headers] of [
      [`[${rowOf(1)},${rowOf(9)}]`, {}],
      [`${rowOf(1)}\n${rowOf(9)}`, lines],
    ] as const) {
      const { status, body: said } = await post('strict', body, headers);
      assert.equal(status, 422);
      assert.equal(said['code'], 'MILL_INGEST_REFUSED');
      assert.match(String(said['message']), /^Row 1 breaks 'n: between 0 and 1000000'/);
    }
    assert.equal((await post('strict', rowOf(1))).status, 200);
  });

  const refused: [
    name: string,
    source: string,
    body: string | Buffer,
    headers: Record<string, string>,
    status: number,
    code: string,
  ][] = [
    ['no such source', 'event', rowOf(1), {}, 404, 'MILL_INGEST_UNKNOWN'],
    ['no source at all', '..%2f..%2fetc', rowOf(1), {}, 404, 'MILL_INGEST_UNKNOWN'],
    [
      'a form',
      'events',
      'id=1',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'MILL_INGEST_TYPE',
    ],
    ['packed', 'events', rowOf(1), { 'content-encoding': 'gzip' }, 415, 'MILL_INGEST_TYPE'],
    ['cut off', 'events', '{"id":"row-1"', {}, 400, 'MILL_INGEST_BODY'],
    ['an array cut off', 'events', `[${rowOf(1)}`, {}, 400, 'MILL_INGEST_BODY'],
    ['a comma too many', 'events', `[${rowOf(1)},]`, {}, 400, 'MILL_INGEST_BODY'],
    ['more after the array', 'events', '[] []', {}, 400, 'MILL_INGEST_BODY'],
    ['brackets that do not match', 'events', '[}', {}, 400, 'MILL_INGEST_BODY'],
    ['a text', 'events', '"x"', {}, 400, 'MILL_INGEST_BODY'],
    ['nothing', 'events', ' ', {}, 400, 'MILL_INGEST_BODY'],
    ['not UTF-8', 'events', Buffer.from([0x7b, 0xff, 0x7d]), {}, 400, 'MILL_INGEST_BODY'],
    ['lines that are not UTF-8', 'events', Buffer.from([0xc3]), lines, 400, 'MILL_INGEST_BODY'],
    [
      'a row too large',
      'events',
      JSON.stringify({ id: 'x'.repeat(300_000) }),
      {},
      413,
      'MILL_INGEST_TOO_LARGE',
    ],
    ['a line too large', 'events', 'x'.repeat(300_000), lines, 413, 'MILL_INGEST_TOO_LARGE'],
    ['a body too large', 'events', `[${' '.repeat(8 * 1024 * 1024)}]`, {}, 413, 'MILL_INGEST_TOO_LARGE'],
    ['an odd key', 'events', rowOf(1), { 'idempotency-key': 'a b' }, 400, 'MILL_INGEST_BODY'],
    ['an endless key', 'events', rowOf(1), { 'idempotency-key': 'k'.repeat(256) }, 400, 'MILL_INGEST_BODY'],
  ];
  for (const [name, source, body, headers, status, code] of refused)
    test(`refused: ${name}`, async () => {
      const found = await post(source, body, headers);
      assert.equal(found.status, status, JSON.stringify(found.body));
      assert.equal(found.body['code'], code);
      assert.deepEqual(Object.keys(found.body), ['code', 'message', 'todo']);
    });

  test('GET is not POST', async () => {
    const response = await app.inject('/v1/ingest/events');
    assert.equal(response.statusCode, 405);
    assert.equal(response.headers['allow'], 'POST');
  });

  test('a repeated request answers the same and adds nothing; with other rows it is refused', async () => {
    const body = `[${rowOf(11)},${rowOf(19)}]`;
    const first = await post('pings', body, { 'idempotency-key': 'k1' });
    const again = await post('pings', body, { 'idempotency-key': 'k1' });
    assert.deepEqual(again.body, first.body);
    const other = await post('pings', rowOf(12), { 'idempotency-key': 'k1' });
    assert.equal(other.status, 422);
    assert.equal(other.body['code'], 'MILL_INGEST_KEY_REUSED');
  });

  test('when too many wait, 429 says when to try again', async () => {
    const rows = Array.from({ length: 25 }, (_, n) => rowOf(n + 100)).join('\n');
    assert.equal((await post('lax', rows, lines)).status, 200);
    const { status, headers, body } = await post('lax', rowOf(1));
    assert.equal(status, 429);
    assert.equal(headers['retry-after'], '3600');
    assert.equal(body['code'], 'MILL_INGEST_BEHIND');
  });

  test('bodies that are taken as a whole and would not fit in memory together wait', async () => {
    const slow = Array.from({ length: 9 }, async () => {
      const body = new ReadableStream({
        start(stream) {
          stream.enqueue(Buffer.from('['));
          setTimeout(() => {
            stream.enqueue(Buffer.from(']'));
            stream.close();
          }, 300);
        },
      });
      const { status } = await fetch(new URL('/v1/ingest/pings', address), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
        duplex: 'half',
      } as RequestInit);
      return status;
    });
    const found = await Promise.all(slow);
    assert.deepEqual(found.sort(), [...Array.from({ length: 8 }, () => 200), 429]);
  });

  test('the schema says how to post', async () => {
    const { paths } = (await app.inject('/openapi.json')).json<{
      paths: Record<string, { post: { requestBody: { content: object } } }>;
    }>();
    assert.deepEqual(Object.keys(paths['/v1/ingest/events']?.post.requestBody.content ?? {}), [
      'application/json',
      'application/x-ndjson',
    ]);
  });

  test('columns within objects: judged, told in the schema, and set aside where a place is nowhere', async () => {
    const { paths } = (await app.inject('/openapi.json')).json<{
      paths: Record<
        string,
        { post: { requestBody: { content: Record<string, { schema: { oneOf: object[] } }> } } }
      >;
    }>();
    const { schema } = paths['/v1/ingest/nested']?.post.requestBody.content['application/json'] ?? {};
    assert.deepEqual(schema?.oneOf[0], {
      type: 'object',
      required: ['who'],
      properties: { who: {}, list: { type: ['array', 'object'] } },
    });
    const absent = await post('nested', '[{"who":{}}, {"who":"row-0"}, {"id":"row-0"}]');
    assert.deepEqual(
      absent.body['setAside'],
      [0, 1, 2].map((row) => ({ row, rules: ['id: null'] })),
    );
    // All that came was bad: it is set aside, and in nobody's way.
    assert.deepEqual(await idsAfterRun(folder, 'nested'), []);
    const mixed = await post(
      'nested',
      '[{"who":{"id":"row-1","seen.at":"2026-03-01"},"list":[7]}, {"who":{"id":"row-2"},"list":["x"]}, {"who":{"id":"a","id":"b"}}]',
    );
    assert.deepEqual(mixed.body['setAside'], [
      { row: 1, rules: ['n: not an integer'] },
      { row: 2, rules: ['json'] },
    ]);
    assert.deepEqual(await idsAfterRun(folder, 'nested'), ['row-1']);
  });

  test('a body of many parts is one request under its key', async () => {
    const rows = Array.from({ length: 12_001 }, (_, n) => rowOf(n + 1_000)).join('\n');
    // Not lax: too many wait there.
    const first = await post('strict', rows.replaceAll('"n":-', '"n":'), {
      ...lines,
      'idempotency-key': 'long',
    });
    const { statusCode } = await app.inject('/healthz');
    assert.equal(statusCode, 200);
    assert.equal(first.body['accepted'], 12_001);
  });

  test('on closing, what was acknowledged is in the lake', async () => {
    await app.close();
    assert.equal(workspace.state.live('strict')?.rows, 12_002);
    assert.deepEqual(await idsAfterRun(folder, 'pings'), ['row-11']);
    assert.deepEqual(await idsAfterRun(folder, 'events'), ['row-1', 'row-2', 'row-4', 'row-5']);
    assert.equal(workspace.state.live('events')?.number, 1, 'the run had nothing left to do');
  });
});
