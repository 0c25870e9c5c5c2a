import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { after, afterEach, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { flushPredictions, predictionTable } from '../assets/index.ts';
import { makeShop, type OpenShop, openShop, question, type Shop } from './shop.fixture.ts';

// Servers as processes of their own: what they have answered outlives them.

const main = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
let shop: Shop;
let open: OpenShop;
const children: ChildProcess[] = [];

before(async () => {
  shop = makeShop();
  open = await openShop(shop);
  await open.run();
});
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});
after(async () => {
  await open.workspace.close();
  shop.remove();
});

interface Server {
  readonly child: ChildProcess;
  readonly url: URL;
  ask(): Promise<string>;
  /** Exit code, or the signal that ended it. */
  stop(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

async function serve(): Promise<Server> {
  const child = spawn(
    process.execPath,
    [main, '--project', shop.projectFile, 'serve', '--port', '0', '--json'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const url = new URL((JSON.parse(line) as { address: string }).address);
  return {
    child,
    url,
    async ask() {
      const response = await fetch(new URL('/v1/predict/screen', url), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(question),
      });
      assert.equal(response.status, 200);
      return ((await response.json()) as { id: string }).id;
    },
    async stop(signal) {
      const ended = once(child, 'exit');
      child.kill(signal);
      const [code, by] = (await ended) as [number | null, NodeJS.Signals];
      return code ?? by;
    },
  };
}

async function landed(): Promise<string[]> {
  const table = open.workspace.lake.table(predictionTable('screen'));
  if (table === undefined) return [];
  const session = await open.workspace.engine.session();
  const rows = await session.rows<{ id: string }>(`select id from ${session.scan(table)} order by id`);
  session.close();
  return rows.map(({ id }) => id);
}

test('what was answered before a SIGKILL is in the lake exactly once, however many flush it', async () => {
  const server = await serve();
  const ids = await Promise.all(Array.from({ length: 40 }, () => server.ask()));
  assert.equal(await server.stop('SIGKILL'), 'SIGKILL');
  assert.deepEqual(await landed(), []);
  const other = await openShop(shop);
  try {
    const flushes = await Promise.allSettled(
      [open, other, open, other].map(({ workspace }) => flushPredictions(workspace, 'screen')),
    );
    assert.deepEqual(
      flushes.filter(({ status }) => status === 'rejected'),
      [],
    );
    // All of them may have lost to each other once, at the making of the table.
    await flushPredictions(open.workspace, 'screen');
  } finally {
    await other.workspace.close();
  }
  assert.deepEqual(await landed(), ids.toSorted());
});

test('servers beside each other, one stopped by SIGTERM and one by SIGINT, leave every answer once', async () => {
  const before = await landed();
  const servers = [await serve(), await serve()];
  const ids = await Promise.all(servers.flatMap((server) => Array.from({ length: 25 }, () => server.ask())));
  const codes = await Promise.all(servers.map((server, i) => server.stop(i === 0 ? 'SIGTERM' : 'SIGINT')));
  assert.deepEqual(codes, [0, 0]);
  await flushPredictions(open.workspace, 'screen');
  assert.deepEqual(await landed(), [...before, ...ids].toSorted());
});

test('a request that is under way when SIGTERM comes is answered', async () => {
  const server = await serve();
  const body = JSON.stringify(question);
  const socket = connect(Number(server.url.port), server.url.hostname);
  await once(socket, 'connect');
  socket.write(
    `POST /v1/predict/screen HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`,
  );
  // The server has the first half when it has answered a later request.
  await server.ask();
  const ended = server.stop('SIGTERM');
  const refused = async (): Promise<boolean> =>
    fetch(new URL('/healthz', server.url)).then(
      () => false,
      () => true,
    );
  while (!(await refused()));
  socket.write(body.slice(10));
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  assert.match(answer, /^HTTP\/1\.1 200 /);
  assert.match(answer, /"probability":/);
  assert.equal(await ended, 0);
});

test('it listens on the loopback address alone unless told otherwise', async () => {
  const server = await serve();
  assert.equal(server.url.hostname, '127.0.0.1');
  assert.equal(await server.stop('SIGTERM'), 0);
});
