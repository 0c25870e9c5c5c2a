import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { root } from '../../../test/house/tree.ts';
import { eventsIn, faultsOf, outcomesOf } from '../../../test/truth/openlineage.fixture.ts';
import { type Answer, openReceiver, type Receiver } from '../../graph/openlineage/receiver.fixture.ts';

// `millrace run` as a user has it, in a process of its own, and a real server that it tells.

const PROJECT = `
import { col, files, project, source, sql, table } from 'millrace';

const orders = source('orders', {
  from: files('data/*.csv'),
  columns: { order_id: col.string(), buyer: col.string().pii(), amount: col.double() },
  key: 'order_id',
});
const spent = table('spent', {
  columns: { buyer: col.string(), amount: col.double() },
  query: sql\`select buyer, sum(amount) as amount from \${orders} where amount > 0 group by buyer\`,
});
export default project('shop', { orders, spent }, { openLineage: { to: 'file:told.ndjson', namespace: 'shops' } });
`;

/** Inside the checkout, so that 'millrace' is found. */
let home: string;
let folder: string;
let receiver: Receiver | undefined;

before(() => {
  mkdirSync(join(root, '.toolchain'), { recursive: true });
  home = mkdtempSync(join(root, '.toolchain', 'openlineage-'));
});
after(() => rmSync(home, { recursive: true, force: true }));
beforeEach(() => {
  folder = mkdtempSync(join(home, 'shop-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'project.ts'), PROJECT);
  writeFileSync(join(folder, 'data', 'a.csv'), 'order_id,buyer,amount\no1,ann,3\no2,bob,4\no3,ann,oops\n');
});

async function run(env: Record<string, string>): Promise<{ code: number; stdout: string; stderr: string }> {
  const main = new URL('../main.ts', import.meta.url).pathname;
  const { CI: _, FORCE_COLOR: __, NODE_TEST_CONTEXT: ___, ...clean } = process.env;
  const child = spawn(process.execPath, ['--conditions=source', main, 'run'], {
    ...{ cwd: folder, env: { ...clean, NO_COLOR: '1', ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...said };
}

/** Runs beside a server that answers so. */
async function runBeside(answer?: (request: number) => Answer) {
  receiver = await openReceiver(answer);
  try {
    const ran = await run({
      ...{ MILLRACE_OPENLINEAGE: receiver.url, MILLRACE_OPENLINEAGE_KEY: 'k3y-of-ours' },
      MILLRACE_OPENLINEAGE_NAMESPACE: 'prod',
    });
    assert.ok(!/k3y/.test(ran.stdout + ran.stderr), 'the key is said nowhere');
    return { ...ran, receiver };
  } finally {
    await receiver.close();
  }
}

const whole = {
  shop: ['START COMPLETE'],
  'shop.orders': ['START COMPLETE'],
  'shop.spent': ['START COMPLETE'],
};

describe('millrace run, told to others', { concurrency: 1 }, () => {
  test('a server gets every event, in order, with the key and the namespace of the environment', async () => {
    const { code, stderr, receiver } = await runBeside();
    assert.deepEqual([code, stderr], [0, '']);
    const { taken, requests } = receiver;
    assert.deepEqual(taken.flatMap(faultsOf), []);
    assert.deepEqual(Object.fromEntries(outcomesOf(taken)), whole);
    assert.deepEqual(new Set(taken.map(({ job }) => job.namespace)), new Set(['prod']));
    assert.deepEqual(
      new Set(requests.map(({ headers }) => headers.authorization)),
      new Set(['Bearer k3y-of-ours']),
    );
    assert.ok(!/ann|bob|oops/.test(JSON.stringify(taken)), 'no value of a row');
  });

  test('a server that fails now and then gets every event too', async () => {
    const { code, receiver } = await runBeside((request) => (request === 2 || request === 5 ? 500 : 200));
    assert.equal(code, 0);
    assert.deepEqual(Object.fromEntries(outcomesOf(receiver.taken)), whole);
  });

  test('a server that refuses: the run is done all the same, and a line says so', async () => {
    const { code, stdout, stderr, receiver } = await runBeside(() => 403);
    assert.equal(code, 0);
    assert.match(stdout, /✓ spent@1/);
    assert.match(
      stderr,
      /Lineage events are lost: http:\S+: it answers 403\. The run itself is not affected\./,
    );
    assert.equal(stderr.split('Lineage events').length, 2, 'once');
    assert.deepEqual(receiver.taken, []);
  });

  test('a server that never answers: the run is done before it would have', async () => {
    const { code, stdout, stderr, receiver } = await runBeside(() => 'silence');
    assert.equal(code, 0);
    assert.match(stdout, /✓ spent@1/);
    assert.match(stderr, /not taken in time/);
    assert.equal(receiver.requests.length, 1);
  });

  test('nobody there', async () => {
    const gone = await openReceiver();
    await gone.close();
    const { code, stderr } = await run({ MILLRACE_OPENLINEAGE: gone.url });
    assert.equal(code, 0);
    assert.match(stderr, /cannot be reached \(ECONNREFUSED\)/);
  });

  test('without the environment, the project says where to; a wrong address ends before anything is done', async () => {
    const wrong = await run({ MILLRACE_OPENLINEAGE: 'https://me:s3cret@host/' });
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, /MILL_OPENLINEAGE_INVALID/);
    assert.ok(!/s3cret/.test(wrong.stderr));
    assert.equal((await run({})).code, 0);
    const events = eventsIn(readFileSync(join(folder, 'told.ndjson'), 'utf8'));
    assert.deepEqual(Object.fromEntries(outcomesOf(events)), whole);
    assert.deepEqual(new Set(events.map(({ job }) => job.namespace)), new Set(['shops']));
  });
});
