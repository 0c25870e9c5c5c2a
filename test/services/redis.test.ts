import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { MillraceError } from '../../src/base/index.ts';
import { openOnlineStore } from '../../src/store/online/index.ts';
import { onlineStoreConforms } from '../../src/store/online/online.conformance.ts';
import { allAt, numberOf, SPACE, stream } from '../../src/store/online/online.fixture.ts';
import { noRedis, openRedis, type RedisServer } from './redis.fixture.ts';

const skip = noRedis;
const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
let server: RedisServer;
before(async () => {
  if (!skip) server = await openRedis();
});
after(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const open = (address: string, more: Record<string, string> = {}, below = 'one') =>
  openOnlineStore(join(folder, below), { MILLRACE_ONLINE: address, ...more });

onlineStoreConforms(
  'Redis',
  async () => {
    const own = await openRedis();
    return {
      module: new URL('../../src/store/online/index.ts', import.meta.url).href,
      open: 'openOnlineStore',
      args: [join(folder, 'conformance'), { MILLRACE_ONLINE: own.url }],
      server: own,
      close: own.close,
    };
  },
  skip,
);

/** What a call fails with; it may hold nothing of the password, in any form. */
async function failure(call: Promise<unknown>, ...secrets: string[]): Promise<MillraceError> {
  const error = await call.then(
    () => assert.fail('it should have failed'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof MillraceError, String(error));
  const said = `${error.message} ${error.stack} ${JSON.stringify(error.problems)} ${String(error.cause)}`;
  for (const secret of secrets.flatMap((s) => [s, encodeURIComponent(s)]))
    assert.ok(!said.includes(secret), `a secret in: ${said}`);
  return error;
}

test('projects share a server: each sees its own spaces, by its name or by chance', { skip }, async () => {
  const stores = [
    await open(server.url, {}, 'p'),
    await open(server.url, {}, 'q'),
    await open(`${server.url}?project=named`, {}, 'p'),
    await open(`${server.url}?project=other`, {}, 'p'),
  ];
  for (const [i, store] of stores.entries())
    await store.fill('s', i, stream([{ entity: 'x', state: i, expires: i }]));
  await stores[0]?.drop('s');
  assert.deepStrictEqual(await Promise.all(stores.map((store) => store.coverage('s'))), [undefined, 1, 2, 3]);
  assert.deepStrictEqual(await stores[0]?.spaces(), []);
  const again = await open(server.url, {}, 'q');
  assert.equal(await again.coverage('s'), 1);
  const elsewhere = await open(`${server.url}?project=named`, {}, 'another folder');
  assert.equal(await elsewhere.coverage('s'), 2);
  for (const store of [...stores.slice(1), again, elsewhere]) await store.drop('s');
  for (const store of [...stores, again, elsewhere]) await store.close();
  // Nothing is left of what was dropped, and nothing is kept that the server would take away by its own clock.
  assert.equal(server.ask('DBSIZE'), '0');
});

test('a password from the environment, or in the address; a wrong one is refused and never shown', {
  skip,
}, async () => {
  const plain = `redis://127.0.0.1:${server.port}`;
  const right = await open(plain, { MILLRACE_ONLINE_PASSWORD: server.password });
  assert.deepStrictEqual(await right.spaces(), []);
  await right.close();
  const secret = 'wrong-s3cret?%';
  for (const store of [
    await open(plain),
    await open(plain, { MILLRACE_ONLINE_PASSWORD: secret }),
    await open(`redis://someone:${encodeURIComponent(secret)}@127.0.0.1:${server.port}`),
  ]) {
    const { problems } = await failure(store.spaces(), secret, server.password);
    assert.deepStrictEqual(
      problems.map(({ code, retry }) => [code, retry]),
      [['MILL_ONLINE_REFUSED', undefined]],
    );
    await store.close();
  }
  const nobody = await open(`redis://:${encodeURIComponent(secret)}@127.0.0.1:1`);
  assert.equal((await failure(nobody.spaces(), secret)).code, 'MILL_ONLINE_UNREACHABLE');
  await nobody.close();
});

test('what no server may be named by is said, without the address', async () => {
  const secret = 's3cret-word';
  for (const address of [
    `memcached://:${secret}@host`,
    `redis://:${secret}@host/zero`,
    `redis://:${secret}@host:99999`,
    `redis://:${secret}@`,
    `redis://:${secret}@host/0?project=a b`,
    `redis://:${secret}@host/0?projects=a`,
    `rediss://:${secret}%@host`,
  ])
    assert.equal((await failure(open(address), secret)).code, 'MILL_ONLINE_ADDRESS', address);
});

test('a server that does not answer is given up in time, and taken up again', { skip }, async () => {
  const store = await open(server.url);
  await store.fill('s', 1, stream([]));
  server.halt();
  try {
    const asks = Array.from({ length: 20 }, () => failure(store.coverage('s')));
    for (const { code, problems } of await Promise.all(asks)) {
      assert.equal(code, 'MILL_ONLINE_UNREACHABLE');
      assert.equal(problems[0]?.retry, true);
    }
  } finally {
    server.goOn();
  }
  await again(() => store.coverage('s'));
  assert.equal(await store.coverage('s'), 1);
  await store.drop('s');
  await store.close();
});

test('a server that throws away what it likes is refused; one that takes only what may expire is not', {
  skip,
}, async () => {
  const policy = (name: string) => server.ask('CONFIG', 'SET', 'maxmemory-policy', name);
  try {
    for (const name of ['allkeys-lru', 'allkeys-lfu', 'allkeys-random']) {
      policy(name);
      const store = await open(server.url);
      for (const call of [() => store.spaces(), () => store.fill('s', 0, stream([]))]) {
        const { code, message } = await failure(call());
        assert.equal(code, 'MILL_ONLINE_EVICTS');
        assert.ok(message.includes(name));
      }
      await store.close();
    }
    policy('volatile-lru');
    const store = await open(server.url);
    assert.deepStrictEqual(await store.spaces(), []);
    await store.close();
  } finally {
    policy('noeviction');
  }
});

test('a server without memory to spare refuses writes as such, goes on answering, and has kept what it had', {
  skip,
}, async () => {
  const store = await open(server.url);
  const memory = (bytes: string) => server.ask('CONFIG', 'SET', 'maxmemory', bytes);
  await store.fill(SPACE, { n: 0 }, stream(allAt(0)));
  try {
    memory('1');
    const large = Array.from({ length: 100_001 }, (_, i) => ({ entity: `${i}`, state: i }));
    for (const call of [
      () => store.move(SPACE, { n: 0 }, { n: 1 }, allAt(1)),
      () => store.move(SPACE, { n: 0 }, { n: 1 }, large),
      () => store.fill(SPACE, { n: 1 }, stream(allAt(1))),
    ])
      assert.equal((await failure(call())).code, 'MILL_ONLINE_WRITE_FAILED');
    assert.equal(await numberOf(store), 0);
  } finally {
    memory('0');
  }
  assert.equal(await store.move(SPACE, { n: 0 }, { n: 1 }, allAt(1)), true);
  assert.equal(await numberOf(store), 1);
  await store.drop(SPACE);
  await store.close();
});

test('states that someone deletes by hand are not taken for entities that nobody knows', {
  skip,
}, async () => {
  const store = await open(`${server.url}?project=deleted`);
  await store.fill(SPACE, { n: 0 }, stream(allAt(0)));
  for (const side of ['a', 'b']) server.ask('DEL', `millrace:{deleted}:${side}:=${SPACE}`);
  assert.equal(await store.coverage(SPACE), undefined);
  assert.equal(await store.move(SPACE, { n: 0 }, { n: 1 }, allAt(1)), false);
  await store.fill(SPACE, { n: 2 }, stream(allAt(2)));
  assert.equal(await numberOf(store), 2);
  await store.drop(SPACE);
  assert.equal(server.ask('DBSIZE'), '0');
  await store.close();
});

test('one look is one round trip, however many spaces it asks', { skip }, async () => {
  const store = await open(server.url);
  await store.fill('a', 1, stream(allAt(1)));
  await store.fill('b', 2, stream(allAt(2)));
  const reads = () =>
    Number(/^io_threads_active|total_reads_processed:(\d+)/m.exec(server.ask('INFO', 'stats'))?.[1]);
  await store.coverage('a');
  const asks = ['a', 'b', 'c', 'a'].map((space) => ({ space, entities: ['entity 1', 'entity 2'] }));
  // Asking how often the server read is read itself, always in the same number of steps.
  const idle = -reads() + reads();
  const start = reads();
  for (let i = 0; i < 10; i++) await store.get(asks);
  assert.equal(reads() - start - idle, 10);
  for (const space of await store.spaces()) await store.drop(space);
  await store.close();
});

/** Until it does not fail any more. */
async function again(call: () => Promise<unknown>): Promise<void> {
  for (let i = 0; i < 60; i++) {
    try {
      await call();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
