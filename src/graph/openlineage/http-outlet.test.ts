import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENT_SCHEMA, type LineageEvent, PRODUCER } from './event.ts';
import { type HttpTimes, httpOutlet } from './http-outlet.ts';
import { type Answer, openReceiver, type Receiver } from './receiver.fixture.ts';

let receiver: Receiver | undefined;

const quick: Partial<HttpTimes> = { first: 1, longest: 2, request: 60_000, closing: 60_000 };

const event = (name: string): LineageEvent => ({
  ...{
    eventType: 'START',
    eventTime: '2026-01-01T00:00:00.000Z',
    producer: PRODUCER,
    schemaURL: EVENT_SCHEMA,
  },
  run: { runId: '01900000-0000-7000-8000-000000000000', facets: {} },
  job: { namespace: 'millrace', name, facets: {} },
  ...{ inputs: [], outputs: [] },
});

/** Sends events with these names; gives what was taken, and what was told of losses. */
async function deliver(
  names: readonly string[],
  answer: ((request: number) => Answer) | undefined,
  { key, times = {} }: { key?: string; times?: Partial<HttpTimes> } = {},
): Promise<{ taken: string[]; lost: [number, string][] }> {
  receiver = await openReceiver(answer);
  const outlet = httpOutlet(new URL(`${receiver.url}?token=hidden`), key, { ...quick, ...times });
  const lost: [number, string][] = [];
  for (const name of names) outlet.send(event(name), (...told) => lost.push(told));
  await outlet.settle();
  await outlet.close();
  await receiver.close();
  return { taken: receiver.taken.map(({ job }) => job.name), lost };
}

const names = ['a', 'b', 'c', 'd'];

test('events arrive in order, as JSON, with the key and the query of the address', async () => {
  assert.deepEqual(await deliver(names, undefined, { key: 'k3y' }), { taken: names, lost: [] });
  assert.deepEqual(
    receiver?.requests.map(({ path, headers }) => [path, headers.authorization, headers['content-type']]),
    names.map(() => ['/api/v1/lineage?token=hidden', 'Bearer k3y', 'application/json']),
  );
});

test('what fails for a passing reason is sent again, and nothing overtakes it', async () => {
  for (const status of [500, 503, 429, 408])
    assert.deepEqual(await deliver(names, (request) => (request === 2 || request === 3 ? status : 201)), {
      taken: names,
      lost: [],
    });
});

test('Retry-After is heeded, also as a date; one that is far away is not waited for', async () => {
  for (const after of ['0', 'Thu, 01 Jan 1970 00:00:00 GMT', '999999', 'soon']) {
    const busy: Answer = { status: 503, headers: { 'retry-after': after } };
    assert.deepEqual(await deliver(['a'], (request) => (request === 1 ? busy : 200)), {
      taken: ['a'],
      lost: [],
    });
  }
});

test('what is refused is lost at once and told once, without the query and without the key', async () => {
  const { taken, lost } = await deliver(names, () => 401, { key: 'k3y' });
  assert.deepEqual(taken, []);
  assert.equal(receiver?.requests.length, names.length);
  assert.deepEqual(lost, [[1, `${receiver?.url}: it answers 401`]]);
});

test('a redirect is not followed: the key is for the address that was named', async () => {
  const { lost } = await deliver(['a'], () => ({ status: 307, headers: { location: '/elsewhere' } }), {
    key: 'k3y',
  });
  assert.deepEqual(
    receiver?.requests.map(({ path }) => path),
    ['/api/v1/lineage?token=hidden'],
  );
  assert.match(lost[0]?.[1] ?? '', /307$/);
});

test('a server that is down is tried five times, then once an event, until it is up again', async () => {
  const { taken, lost } = await deliver(names, (request) => (request <= 6 ? 500 : 200));
  assert.deepEqual(taken, ['c', 'd'], 'a took five tries, b one');
  assert.equal(receiver?.requests.length, 8);
  assert.equal(lost.length, 1);
});

test('losses are told once, and again when events were taken in between', async () => {
  const { taken, lost } = await deliver(['a', 'b', 'c', 'd', 'e'], (request) => (request === 3 ? 200 : 400));
  assert.deepEqual(taken, ['c']);
  assert.deepEqual(
    lost.map(([events]) => events),
    [1, 3],
  );
});

test('nobody listens there', async () => {
  const gone = await openReceiver();
  await gone.close();
  const outlet = httpOutlet(new URL(gone.url), undefined, quick);
  const lost: string[] = [];
  for (const name of names) outlet.send(event(name), (_, why) => lost.push(why));
  await outlet.close();
  assert.deepEqual(lost, [`${gone.url}: it cannot be reached (ECONNREFUSED)`]);
});

test('a server that never answers: closing waits a while, and what waits then is lost', async () => {
  const asked = Promise.withResolvers<void>();
  receiver = await openReceiver(() => {
    asked.resolve();
    return 'silence';
  });
  const outlet = httpOutlet(new URL(receiver.url), undefined, { request: 600_000, closing: 5 });
  const lost: [number, string][] = [];
  for (const name of names) outlet.send(event(name), (...told) => lost.push(told));
  await asked.promise;
  await outlet.close();
  assert.deepEqual([receiver.taken, receiver.requests.length], [[], 1]);
  assert.deepEqual(lost, [[1, `${receiver.url}: they were not taken in time`]]);
  await receiver.close();
});

test('one that does not answer in time is tried again', async () => {
  const { taken, lost } = await deliver(['a'], (request) => (request === 1 ? 'silence' : 200), {
    times: { request: 500 },
  });
  assert.deepEqual([taken, lost], [['a'], []]);
});

test('no more waits than is allowed, by number and by bytes', async () => {
  const many = Array.from({ length: 50 }, (_, i) => `job${i}`);
  const few = await deliver(many, undefined, { times: { queue: 10 } });
  assert.deepEqual(few.taken, many.slice(0, 10));
  assert.match(few.lost[0]?.[1] ?? '', /too many wait/);
  const size = JSON.stringify(event('job0')).length;
  const small = await deliver(many, undefined, { times: { bytes: size * 3 + 10 } });
  assert.deepEqual(small.taken, many.slice(0, 3));
});

test('after closing, events are lost', async () => {
  receiver = await openReceiver();
  const outlet = httpOutlet(new URL(receiver.url), undefined, quick);
  await outlet.close();
  const lost: number[] = [];
  outlet.send(event('a'), (events) => lost.push(events));
  assert.deepEqual([lost, receiver.taken], [[1], []]);
  await receiver.close();
});
