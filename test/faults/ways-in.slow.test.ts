import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, openApi, sendJson } from '../../src/assets/source/http/api.fixture.ts';
import { openWorkspace } from '../../src/graph/index.ts';
import { noPostgres, openPostgres, type Server, type Sql, sqlOf } from '../services/postgres.fixture.ts';
import { noS3, openS3Server, type S3Server } from '../services/s3.fixture.ts';
import { runner, ways } from './ways-in.fixture.ts';

// The outside grows, the process is killed at any moment, and is started again: each row is there exactly once, and at no
// moment one that is not there outside, or a gap.

const KILLS = 14;
const PAGE = 40;

let api: Api;
let server: Server | undefined;
let sql: Sql | undefined;
let store: S3Server | undefined;
let folder: string;
let count = 0;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  api = await openApi();
  api.answer((url, response) => {
    const since = Number(url.searchParams.get('since') ?? 0);
    const from = since + (Number(url.searchParams.get('page')) - 1) * PAGE;
    const ids = Array.from({ length: PAGE }, (_, i) => from + i).filter((id) => id > 0 && id <= count);
    // Slow enough that kills fall between pages too.
    setTimeout(
      () =>
        sendJson(
          response,
          ids.map((id) => ({ id, word: `w${id}` })),
        ),
      3,
    );
  });
  if (!noS3) store = await openS3Server();
  if (noPostgres) return;
  server = await openPostgres();
  sql = await sqlOf(server.url);
  await sql.query('create table events (id int, word text)');
});
after(async () => {
  await sql?.end();
  await store?.close();
  await server?.close();
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

async function grow(rows: number): Promise<void> {
  await sql?.query("insert into events select i, 'w' || i from generate_series($1::int, $2::int) i", [
    count + 1,
    count + rows,
  ]);
  const lines = Array.from({ length: rows }, (_, i) =>
    JSON.stringify({ id: count + 1 + i, word: `w${count + 1 + i}` }),
  );
  await store?.put(`in/${String(count).padStart(9, '0')}.jsonl`, `${lines.join('\n')}\n`);
  count += rows;
}

const database = () => server?.url ?? '';
const objects = () => (store === undefined ? '' : `s3://${store.bucket}/in/*.jsonl`);
function start() {
  const child = spawn(
    process.execPath,
    ['--conditions=source', runner, folder, api.url, database() === '' ? '' : 'there', objects()],
    {
      env: { ...process.env, ...store?.env, NODE_TEST_CONTEXT: undefined, WAYS_DATABASE: database() },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const end = once(child, 'close').then(([code, signal]) => ({ code, signal, errors }));
  return { child, end };
}

/** How many rows each source has; they are the first ones, each once. */
async function visible(): Promise<Record<string, number>> {
  const workspace = await openWorkspace(folder, {});
  const session = await workspace.engine.session();
  const found: Record<string, number> = {};
  try {
    for (const name of Object.keys(ways(api.url, database(), objects()).assets)) {
      const live = workspace.state.live(name);
      const table = live && workspace.lake.table(name, live.snapshot);
      if (table === undefined) continue;
      const [row] = await session.rows<{ n: number; ids: number; last: number | null }>(
        `select count(*) as n, count(distinct id) as ids, max(id) as last from ${session.scan(table)} where word = 'w' || id`,
      );
      const { n, ids, last } = row as { n: number; ids: number; last: number | null };
      assert.deepEqual([ids, last ?? 0], [n, n], `${name}: neither doubled nor with a gap`);
      assert.equal(live?.rows, n, name);
      found[name] = n;
    }
  } finally {
    session.close();
    await workspace.close();
  }
  return found;
}

test('killed at any moment while the outside grows, each row comes exactly once', async (t) => {
  await grow(300);
  const began = performance.now();
  const { code, errors } = await start().end;
  assert.equal(code, 0, errors);
  const millis = performance.now() - began;
  let killed = 0;
  let last = await visible();
  for (let i = 0; i < KILLS; i++) {
    await grow(100);
    const { child, end } = start();
    await sleep((millis * (i + 0.5)) / KILLS);
    child.kill('SIGKILL');
    if ((await end).signal === 'SIGKILL') killed++;
    const now = await visible();
    for (const [name, n] of Object.entries(now)) assert.ok(n >= (last[name] ?? 0) && n <= count, name);
    last = now;
  }
  t.diagnostic(`${killed} of ${KILLS} were killed before they were done`);
  const done = await start().end;
  assert.equal(done.code, 0, done.errors);
  const whole = await visible();
  assert.deepEqual(new Set(Object.values(whole)), new Set([count]), JSON.stringify(whole));
  assert.equal(Object.keys(whole).length, 2 + (noPostgres ? 0 : 1) + (noS3 ? 0 : 1));
});
