import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { env } from '../../base/index.ts';
import { webhook } from './declare.ts';
import { post } from './post.ts';
import { openReceiver, type Receiver } from './receiver.fixture.ts';

let receiver: Receiver;
beforeEach(async () => {
  receiver = await openReceiver();
});
afterEach(() => receiver.close());

const soon = { first: 1_000, longest: 2_000 };
const hook = webhook(env('HOOK_URL'), { timeout: '1s' });
const send = (path = '/s3cret-path', more: { hook?: typeof hook; stopping?: AbortSignal } = {}) =>
  post(
    more.hook ?? hook,
    { a: 1 },
    { environment: { HOOK_URL: receiver.url + path, TOKEN: 't0ken-t0ken' }, retry: soon, ...more },
  );

test('a document arrives as JSON, with headers from the environment', async () => {
  const headers = { Authorization: env('TOKEN', { before: 'Bearer ' }), 'X-Team': 'data' };
  assert.equal(await send('/a?b=c', { hook: webhook(env('HOOK_URL'), { headers }) }), undefined);
  const [{ body, path, headers: came } = assert.fail()] = receiver.came;
  assert.deepEqual([body, path], [{ a: 1 }, '/a?b=c']);
  assert.deepEqual(
    [came['content-type'], came.authorization, came['x-team']],
    ['application/json', 'Bearer t0ken-t0ken', 'data'],
  );
});

test('what passes is tried again, three times in all; what does not pass is not', async () => {
  for (const [status, tries] of [
    [500, 3],
    [503, 3],
    [429, 3],
    [408, 3],
    [400, 1],
    [404, 1],
    [401, 1],
  ] as const) {
    const before = receiver.came.length;
    receiver.answer((response) => response.writeHead(status, { 'retry-after': '0' }).end(receiver.url));
    assert.equal(await send(), `HOOK_URL answers ${status}`);
    assert.equal(receiver.came.length - before, tries, String(status));
  }
  const before = receiver.came.length;
  receiver.answer((response, n) => response.writeHead(n - before < 3 ? 502 : 204).end());
  assert.equal(await send(), undefined);
});

test('a redirect is not followed, wherever it leads', async () => {
  const elsewhere = await openReceiver();
  try {
    for (const status of [301, 302, 303, 307, 308])
      for (const to of [`${elsewhere.url}/x`, '/here']) {
        receiver.answer((response) => response.writeHead(status, { location: to }).end());
        assert.equal(await send(), `HOOK_URL answers ${status}, a redirect`);
      }
    assert.equal(elsewhere.came.length, 0);
    assert.equal(receiver.came.length, 10, 'nor tried again');
  } finally {
    await elsewhere.close();
  }
});

test('one that does not answer, breaks off, is not there or never ends its answer holds nobody up', async () => {
  receiver.answer(() => {});
  assert.equal(await send(), 'HOOK_URL does not answer within 1 s');
  assert.equal(receiver.came.length, 3);
  receiver.answer((response) => response.destroy());
  assert.match((await send()) ?? '', /^HOOK_URL cannot be reached: (ECONNRESET|UND_ERR_SOCKET)$/);
  receiver.answer((response) => {
    response.writeHead(200);
    response.write('and on and on');
  });
  assert.equal(await send(), undefined);
  const gone = createServer();
  await new Promise<void>((resolve) => gone.listen(0, '127.0.0.1', resolve));
  const { port } = gone.address() as { port: number };
  await new Promise((resolve) => gone.close(resolve));
  const environment = { HOOK_URL: `http://127.0.0.1:${port}/s3cret` };
  assert.equal(
    await post(hook, {}, { environment, retry: soon }),
    'HOOK_URL cannot be reached: ECONNREFUSED',
  );
});

test('once the run is to stop, what fails is not tried again', async () => {
  const controller = new AbortController();
  receiver.answer((response) => {
    controller.abort();
    response.writeHead(500).end();
  });
  await send('/', { stopping: controller.signal });
  assert.equal(receiver.came.length, 1);
});

test('an address or header that cannot be used is said without telling it', async () => {
  const headers = { Authorization: env('TOKEN') };
  const withToken = webhook(env('HOOK_URL'), { headers });
  for (const [environment, why] of [
    [{}, 'The environment variable HOOK_URL is not set.'],
    [{ HOOK_URL: 'ftp://s3cret' }, 'HOOK_URL holds no http:// or https:// address without a user.'],
    [{ HOOK_URL: 'http://me:s3cret@host/' }, 'HOOK_URL holds no http:// or https:// address without a user.'],
    [{ HOOK_URL: 's3cret' }, 'HOOK_URL holds no http:// or https:// address without a user.'],
    [{ HOOK_URL: receiver.url }, 'The environment variable TOKEN is not set.'],
    [{ HOOK_URL: receiver.url, TOKEN: 's3cret\n' }, "The header 'Authorization' cannot be sent."],
  ] as const)
    assert.equal(await post(withToken, {}, { environment, retry: soon }), why);
  assert.equal(receiver.came.length, 0);
});
