import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type InputPlan, openHeads, predictionTable } from '../assets/index.ts';
import type { MillraceError } from '../base/index.ts';
import { type Graph, type Node, rollback, type Workspace } from '../graph/index.ts';
import { createServer } from './app.ts';
import { endpointsOf, type ServedEndpoint } from './endpoints.ts';
import { followEndpoint } from './live.ts';
import { makeShop, type OpenShop, openShop, question } from './shop.fixture.ts';

const shop = makeShop();
let open: OpenShop;
let endpoint: ServedEndpoint;

before(async () => {
  open = await openShop(shop);
  await open.run();
  endpoint = endpointsOf(open.graph)[0] as ServedEndpoint;
});
after(async () => {
  await open.workspace.close();
  shop.remove();
});

/** The workspace, with every read of a model file counted, and failing while told to. */
function counted(workspace: Workspace): {
  workspace: Workspace;
  reads: () => number;
  fail: (yes: boolean) => void;
} {
  let reads = 0;
  let failing = false;
  const { blobs } = workspace;
  const get = async (name: string): Promise<Uint8Array> => {
    reads++;
    if (failing) throw new Error('the disk is gone');
    // Long enough for others to ask meanwhile.
    await pause(30);
    return blobs.get(name);
  };
  const counting = { ...blobs, get, has: (name: string) => blobs.has(name) };
  return {
    workspace: { ...workspace, blobs: counting },
    reads: () => reads,
    fail: (yes) => {
      failing = yes;
    },
  };
}

test('questions that come together before anything is loaded share one load', async () => {
  const { workspace, reads } = counted(open.workspace);
  const live = followEndpoint(open.graph, workspace, endpoint);
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => live.answer(question, workspace.clock.now())),
  );
  assert.deepEqual(new Set(answers.map(({ version }) => version)), new Set(['screen@1']));
  assert.equal(reads(), 1);
  await live.close();
});

test('an endpoint that requires fresh features refuses with stale ones; so does one that is asked to', async () => {
  const { graph, workspace } = open;
  const heads = await openHeads(graph, workspace);
  const changed = (name: string, more: object) => {
    const node = graph.nodes.get(name) as Node<object>;
    return [name, { ...node, body: { ...node.body, ...more } }] as const;
  };
  const promised = { ...graph, nodes: new Map([...graph.nodes, changed('activity', { fresh: 1 })]) };
  const strict = { ...graph, nodes: new Map([...promised.nodes, changed('screen', { require: 'fresh' })]) };
  const ask = async (of: Graph, fresh = false): Promise<unknown> => {
    const live = followEndpoint(of, workspace, endpoint, heads);
    try {
      return await live.answer(question, workspace.clock.now(), { fresh });
    } finally {
      await live.close();
    }
  };
  const stale = { code: 'MILL_FEATURES_STALE' };
  await ask(graph, true);
  await ask(promised);
  await assert.rejects(ask(promised, true), stale);
  await assert.rejects(ask(strict), stale);
});

test('a first load that fails is told, and the next question tries again', async () => {
  const { workspace, fail } = counted(open.workspace);
  const live = followEndpoint(open.graph, workspace, endpoint);
  fail(true);
  await assert.rejects(live.answer(question, workspace.clock.now()), /the disk is gone/);
  fail(false);
  assert.equal((await live.answer(question, workspace.clock.now())).version, 'screen@1');
  await live.close();
});

test('a version that cannot be loaded never takes over, and does not disturb what is served', async () => {
  const { workspace, fail, reads } = counted(open.workspace);
  const live = followEndpoint(open.graph, workspace, endpoint);
  await live.ready();
  const before = workspace.state.live('screen')?.id;
  shop.deliver(40);
  await open.run();
  const newer = workspace.state.live('screen')?.id;
  assert.notEqual(newer, before);
  fail(true);
  await assert.rejects(live.look(), /the disk is gone/);
  const asked = reads();
  await live.look();
  assert.equal(reads(), asked, 'it is left alone for a while');
  assert.equal((await live.answer(question, workspace.clock.now())).version, before);
  await live.close();
  const fresh = followEndpoint(open.graph, open.workspace, endpoint);
  assert.equal((await fresh.answer(question, workspace.clock.now())).version, newer);
  await fresh.close();
});

test('a version that wants to be asked something else is refused with the difference', async () => {
  const lacking = (plan: Partial<InputPlan>): ServedEndpoint => ({
    ...endpoint,
    plan: { ...endpoint.plan, ...plan },
  });
  const { requestColumns } = endpoint.plan;
  const cases: [ServedEndpoint, RegExp][] = [
    [lacking({ keys: [] }), /wants the key 'card_id'/],
    [
      lacking({ requestColumns: requestColumns.filter(({ name }) => name !== 'items') }),
      /wants the field 'items'/,
    ],
    [
      lacking({
        requestColumns: requestColumns.map((c) => (c.name === 'items' ? { ...c, type: 'string' } : c)),
      }),
      /wants the field 'items' as integer, not string/,
    ],
  ];
  for (const [other, message] of cases) {
    const live = followEndpoint(open.graph, open.workspace, other);
    await assert.rejects(live.ready(), (error: MillraceError) => {
      assert.equal(error.code, 'MILL_ENDPOINT_QUESTION_CHANGED');
      assert.match(error.message, message);
      return true;
    });
    await live.close();
  }
});

test('predictions come to the lake by themselves while the server runs', async () => {
  const app = await createServer(open.graph, open.workspace, { flushEvery: 20 });
  try {
    const { id } = (await app.inject({ method: 'POST', url: '/v1/predict/screen', payload: question })).json<{
      id: string;
    }>();
    const landed = async (): Promise<boolean> => {
      const table = open.workspace.lake.table(predictionTable('screen'));
      if (table === undefined) return false;
      const session = await open.workspace.engine.session();
      const rows = await session.rows(`select id from ${session.scan(table)} where id = ?`, [id]);
      session.close();
      return rows.length === 1;
    };
    while (!(await landed())) await pause(10);
  } finally {
    await app.close();
  }
});

test('who begins to ask while it stops is told so, in our own form, and the connection ends', async () => {
  const app = await createServer(open.graph, open.workspace);
  const { port, hostname } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }));
  const [busy, late] = [connect(Number(port), hostname), connect(Number(port), hostname)];
  const body = JSON.stringify(question);
  const head = `POST /v1/predict/screen HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  busy.write(`${head}\r\n${body.slice(0, 9)}`);
  late.write(head);
  // Both have arrived when a later one has been answered.
  await fetch(`http://${hostname}:${port}/healthz`);
  const closed = app.close();
  await pause(20);
  late.write(`\r\n${body}`);
  busy.write(body.slice(9));
  const said = async (socket: AsyncIterable<unknown>): Promise<string> => {
    let text = '';
    for await (const chunk of socket) text += String(chunk);
    return text;
  };
  const [answered, refused] = await Promise.all([said(busy), said(late)]);
  assert.match(answered, /^HTTP\/1\.1 200 .*connection: close.*"probability"/is);
  assert.match(refused, /^HTTP\/1\.1 503 .*connection: close.*"MILL_HTTP_STOPPING"/is);
  await closed;
});

test('under load a new version and a rollback take over without a restart and without a failed request', async () => {
  const app = await createServer(open.graph, open.workspace, {
    onError: (error) => {
      throw error;
    },
  });
  const first = open.workspace.state.live('screen')?.id as string;
  const seen: string[] = [];
  const refusals: string[] = [];
  let stop = false;
  const asker = async (): Promise<void> => {
    while (!stop) {
      const response = await app.inject({ method: 'POST', url: '/v1/predict/screen', payload: question });
      const { version } = response.json<{ version: string }>();
      if (response.statusCode !== 200) refusals.push(response.body);
      else if (seen.at(-1) !== version) seen.push(version);
      // Leaves the event loop to the run now and then.
      await pause(2);
    }
  };
  const askers = Promise.all(Array.from({ length: 50 }, asker));
  const until = async (version: string): Promise<void> => {
    while (seen.at(-1) !== version) await pause(20);
  };
  try {
    await until(first);
    shop.deliver(41);
    await open.run();
    const second = open.workspace.state.live('screen')?.id as string;
    assert.notEqual(second, first);
    await until(second);
    const { to } = rollback(open.workspace, 'screen');
    assert.equal(to, first);
    await until(first);
    assert.deepEqual(seen, [first, second, first], 'each takes over once, between two requests');
    assert.deepEqual(refusals, []);
  } finally {
    stop = true;
    await askers;
    await app.close();
  }
});
