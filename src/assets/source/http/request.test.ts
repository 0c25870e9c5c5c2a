import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, test } from 'node:test';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { MillraceError } from '../../../base/index.ts';
import { type Api, openApi } from './api.fixture.ts';
import type { Outside } from './outside.ts';
import { ANSWER_BYTES, get, type Request, retryAfter } from './request.ts';

let api: Api;
let waits: number[];
let outside: Outside;
beforeEach(async () => {
  api = await openApi();
  waits = [];
  outside = { wait: async (ms) => void waits.push(ms), random: () => 1, now: () => Date.UTC(2026, 0, 1) };
});
afterEach(() => api.close());

const request = (path = '/', more: Partial<Request> = {}): Request => ({
  url: new URL(path, api.url),
  headers: {},
  timeoutMs: 5_000,
  secrets: [],
  label: 'the service',
  ...more,
});
const code = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof MillraceError, inspect(error));
  assert.equal(error.code, code);
  assert.match(error.message, words);
  return true;
};
/** Answers the first times otherwise. */
const first = (times: number, fail: (response: ServerResponse) => void) =>
  api.answer((_, response, n) => (n <= times ? fail(response) : response.end('[1]')));

test('what may pass is tried again, after twice the wait each time', async () => {
  const failures: Record<string, (response: ServerResponse) => void> = {
    429: (response) => response.writeHead(429).end(),
    500: (response) => response.writeHead(500).end('oh'),
    503: (response) => response.writeHead(503).end(),
    408: (response) => response.writeHead(408).end(),
    'the connection is cut': (response) => response.destroy(),
    'the answer breaks off': (response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('[1');
      setImmediate(() => response.destroy());
    },
  };
  let asked = 0;
  for (const [name, fail] of Object.entries(failures)) {
    waits.length = 0;
    const before = asked;
    api.answer((_, response, n) => {
      asked = n;
      if (n - before <= 5) fail(response);
      else response.end('[1]');
    });
    assert.equal((await get(request(), outside)).text, '[1]', name);
    assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16000], name);
  }
});

test('chance takes up to half of each wait', async () => {
  first(2, (response) => response.writeHead(500).end());
  await get(request(), { ...outside, random: () => 0 });
  assert.deepEqual(waits, [500, 1000]);
});

test('after six attempts it is a passing failure of the service', async () => {
  api.answer((_, response) => response.writeHead(502).end());
  await assert.rejects(get(request(), outside), (error: MillraceError) => {
    assert.deepEqual(
      error.problems.map(({ code, owner, retry }) => [code, owner, retry]),
      [['MILL_CONNECTOR_UNREACHABLE', 'service', true]],
    );
    assert.match(error.message, /the service cannot be read: it answers 502, at attempt 6\./);
    return true;
  });
  assert.equal(api.asked.length, 6);
});

test('nobody there', async () => {
  await api.close();
  await assert.rejects(get(request(), outside), code('MILL_CONNECTOR_UNREACHABLE', /ECONNREFUSED/));
  assert.equal(waits.length, 5);
  api = await openApi();
});

test('an answer that does not come in time', async () => {
  api.answer(() => {});
  await assert.rejects(
    get(request('/', { timeoutMs: 20 }), outside),
    code('MILL_CONNECTOR_UNREACHABLE', /no answer within 0.02 s/),
  );
  // A body that trickles for ever is late too.
  api.answer((_, response) => {
    const drip = setInterval(() => response.write(' '), 5);
    response.on('close', () => clearInterval(drip));
  });
  await assert.rejects(
    get(request('/', { timeoutMs: 50 }), outside),
    code('MILL_CONNECTOR_UNREACHABLE', /within 0.05 s/),
  );
});

test('Retry-After is kept to, in seconds and as a date; a long one ends the run', async () => {
  first(1, (response) => response.writeHead(429, { 'retry-after': '7' }).end());
  await get(request(), outside);
  assert.deepEqual(waits, [7000]);
  assert.equal(retryAfter('Thu, 01 Jan 2026 00:01:00 GMT', outside), 60_000);
  assert.equal(retryAfter('Wed, 31 Dec 2025 00:00:00 GMT', outside), 0);
  assert.equal(retryAfter('soon', outside), undefined);
  api.answer((_, response) => response.writeHead(429, { 'retry-after': '3600' }).end());
  await assert.rejects(
    get(request(), outside),
    code('MILL_CONNECTOR_UNREACHABLE', /answers 429 and wants 3600 s of peace, at attempt 1/),
  );
});

test('what will not pass is not tried again, and is quoted without secrets', async () => {
  for (const status of [400, 401, 403, 404, 410, 422, 204, 206]) {
    const before = api.asked.length;
    api.answer((_, response) =>
      response.writeHead(status).end(status < 300 ? undefined : 'wrong key tok-12345\n  here'),
    );
    await assert.rejects(get(request('/', { secrets: ['tok-12345'] }), outside), (error: MillraceError) => {
      assert.equal(error.code, 'MILL_CONNECTOR_REFUSED');
      assert.ok(!inspect(error, { depth: 9 }).includes('tok-12345'));
      if (status >= 300)
        assert.match(error.message, new RegExp(`answers ${status}: wrong key \\*\\*\\* here\\.`));
      return true;
    });
    assert.equal(api.asked.length, before + 1, String(status));
  }
});

test('redirects are followed, five at most; another host does not get the headers; https stays https', async () => {
  const other = await openApi();
  try {
    const headers = { authorization: 'Bearer tok' };
    api.answer((url, response) => {
      const n = Number(url.searchParams.get('n') ?? 0);
      if (n === 0) response.end('[]');
      else response.writeHead(307, { location: n === 1 ? `${other.url}/there` : `/?n=${n - 1}` }).end();
    });
    other.answer((_, response) => response.end('[2]'));
    assert.equal((await get(request('/?n=3', { headers }), outside)).text, '[2]');
    assert.deepEqual(
      api.headers.map(({ authorization }) => authorization),
      Array(3).fill('Bearer tok'),
    );
    assert.deepEqual(
      other.headers.map(({ authorization }) => authorization),
      [undefined],
    );
    await assert.rejects(
      get(request('/?n=9'), outside),
      code('MILL_CONNECTOR_ANSWER', /redirects more than 5 times/),
    );
    api.answer((_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end());
    await assert.rejects(get(request(), outside), code('MILL_CONNECTOR_ANSWER', /redirects to no address/));
  } finally {
    await other.close();
  }
});

test('an answer is bounded, also one that is small until it is unpacked', async () => {
  api.answer((_, response) => {
    response
      .writeHead(200, { 'content-encoding': 'gzip' })
      .end(gzipSync(Buffer.alloc(ANSWER_BYTES + 1, 0x20)));
  });
  await assert.rejects(
    get(request(), outside),
    code('MILL_CONNECTOR_ANSWER', /one answer is larger than 64 MB/),
  );
  api.answer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('["é"]')));
  assert.equal((await get(request(), outside)).text, '["é"]');
  api.answer((_, response) => response.end(Buffer.from([0x22, 0xff, 0xfe, 0x22])));
  await assert.rejects(get(request(), outside), code('MILL_CONNECTOR_ANSWER', /not UTF-8/));
});
