import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { MillraceError, Problem } from '../base/index.ts';
import { createServer as createMill } from '../server/index.ts';
import { makeShop, type OpenShop, openShop, question } from '../server/shop.fixture.ts';
import { client } from './client.ts';

// Types are tested in test/types; here the client speaks with a real server of a real project.

type Loose = { predict(endpoint: string, ask: unknown): Promise<Record<string, unknown>> };
const speak = (url: string): Loose => client(url) as unknown as Loose;

const shop = makeShop();
let open: OpenShop;
let mill: Awaited<ReturnType<typeof createMill>>;
let url: string;

before(async () => {
  open = await openShop(shop);
  await open.run();
  mill = await createMill(open.graph, open.workspace);
  url = await mill.listen({ port: 0, host: '127.0.0.1' });
});
after(async () => {
  await mill.close();
  await open.workspace.close();
  shop.remove();
});

async function problemOf(answer: Promise<unknown>): Promise<Problem> {
  try {
    await answer;
  } catch (error) {
    return (error as MillraceError).problems[0] as Problem;
  }
  return assert.fail('it was answered');
}

test('an answer, whether or not the address ends in a slash', async () => {
  for (const address of [url, `${url}/`, `${url}//`]) {
    const answer = await speak(address).predict('screen', question);
    assert.deepEqual(Object.keys(answer).sort(), [
      'asOf',
      'classes',
      'decision',
      'id',
      'model',
      'probabilities',
      'probability',
      'version',
    ]);
    assert.equal(answer['version'], 'screen@1');
  }
});

test("a refusal is told in the server's own words", async () => {
  const problem = await problemOf(speak(url).predict('screen', { ...question, amount: -1 }));
  assert.equal(problem.code, 'MILL_CLIENT_REFUSED');
  assert.equal(problem.message, "screen answered 400: 'amount' is -1, wanted at least 0.");
  assert.deepEqual([problem.owner, problem.retry], ['project', false]);
  const hostile = await problemOf(speak(url).predict('../../healthz?', question));
  assert.match(
    hostile.message,
    /answered 404: There is nothing at POST \/v1\/predict\/\.\.%2F\.\.%2Fhealthz%3F\./,
  );
});

test('nobody there', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = addressOf(server);
  await new Promise((resolve) => server.close(resolve));
  const problem = await problemOf(speak(address).predict('screen', question));
  assert.equal(problem.code, 'MILL_CLIENT_UNREACHABLE');
  assert.ok(problem.message.startsWith(`${address}/v1/predict/screen does not answer: `), problem.message);
  assert.match(problem.message, /ECONNREFUSED/);
  assert.deepEqual([problem.owner, problem.retry], ['service', true]);
});

const addressOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

/** Asks a server that is none of ours. */
async function ask(listener: RequestListener): Promise<unknown> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await problemOf(speak(addressOf(server)).predict('screen', question));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test('something else answers: a proxy that is down, a page, half an answer', async () => {
  const proxy = (await ask((_request, response) =>
    response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>'),
  )) as Problem;
  assert.equal(proxy.code, 'MILL_CLIENT_REFUSED');
  assert.equal(
    proxy.message,
    'screen answered 502, but not with JSON: it is no Millrace server that answers there.',
  );
  assert.deepEqual([proxy.owner, proxy.retry], ['service', true]);
  const page = (await ask((_request, response) => response.end('<h1>Welcome</h1>'))) as Problem;
  assert.equal(page.code, 'MILL_CLIENT_REFUSED');
  assert.match(page.message, /answered 200, but not with JSON/);
  const half = (await ask((_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"id":', () => response.destroy());
  })) as Problem;
  assert.equal(half.code, 'MILL_CLIENT_UNREACHABLE');
});
