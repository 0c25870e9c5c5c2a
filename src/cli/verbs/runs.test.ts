import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const main = fileURLToPath(new URL('../main.ts', import.meta.url));

/** A source, and a chain of tables that takes a while. */
const declared = `
import { col, files, project, source, sql, table } from '${new URL('../../index.ts', import.meta.url).href}';
const columns = { id: col.string() };
const orders = source('orders', { from: files('orders.csv'), columns, key: 'id' });
const all = [orders];
for (let i = 1; i <= 25; i++) all.push(table('t' + i, { columns, query: sql\`select id from \${all.at(-1)}\` }));
export default project('shop', Object.fromEntries(all.map((asset) => [asset.name, asset])));
`;

interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function mill(args: string[], onOutput?: (kill: () => void) => void): Promise<Said> {
  const child = spawn(process.execPath, ['--conditions=source', main, ...args], {
    cwd: folder,
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, NO_COLOR: '1' },
  });
  const said: Said = { code: null, stdout: '', stderr: '' };
  child.stdout.on('data', (text) => {
    said.stdout += text;
    onOutput?.(() => child.kill('SIGINT'));
  });
  child.stderr.on('data', (text) => {
    said.stderr += text;
  });
  [said.code] = (await once(child, 'close')) as [number];
  return said;
}

test('runs, the log of one, and the log of an asset; Ctrl-C ends a run after the step under way', async () => {
  writeFileSync(join(folder, 'project.ts'), declared);
  writeFileSync(join(folder, 'orders.csv'), 'id\n1\n2\n');
  const first = await mill(['runs']);
  assert.match(first.stdout, /There has been no run yet/, first.stderr);
  let stopped = false;
  const cut = await mill(['run'], (kill) => {
    // The plan is told: of its 26 steps the first is under way or about to be.
    if (!stopped) kill();
    stopped = true;
  });
  assert.equal(cut.code, 130, cut.stderr);
  assert.match(cut.stderr, /Stopping after the steps under way; once more stops at once\./);
  assert.match(cut.stdout, /t25 +not started: /);
  assert.equal((await mill(['run'])).code, 0);
  const listed = await mill(['runs', '--json']);
  const { runs } = JSON.parse(listed.stdout) as { runs: { id: string; outcome: string }[] };
  assert.deepEqual(
    runs.map(({ outcome }) => outcome),
    ['done', 'failed'],
  );
  const one = await mill(['runs', runs[0]?.id as string]);
  assert.match(one.stdout, /create +t25 +published/);
  assert.match(one.stdout, /t25 +published, t25@1, 2 rows/);
  assert.match(
    (await mill(['show', 't25', '--log'])).stdout,
    /create: .*\n(.*\n)*.*published, t25@1, 2 rows/,
  );
  const none = await mill(['runs', 'nothing']);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /There is no run 'nothing'\./);
});
