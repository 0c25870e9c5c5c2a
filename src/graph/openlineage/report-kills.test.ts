import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { eventsIn } from '../../../test/truth/openlineage.fixture.ts';
import { openWorkspace } from '../open.ts';
import { graphOf } from '../project.ts';
import { run } from '../run.ts';
import { declared, told } from '../told.fixture.ts';

// This file is also what the processes run that are killed: `node <this file> <folder> <edit>`.

const KILLS = 6;
const names = ['a', 'b', 'c', 'd'];

/** Four nodes, each anew with every edit; builds take a while. */
async function work(folder: string, edit: string, pause: number): Promise<void> {
  const workspace = await openWorkspace(folder, { MILLRACE_OPENLINEAGE: 'file:events.ndjson' });
  const slow = async () => {
    await sleep(pause);
    return {};
  };
  const project = declared({ a: `:${edit}`, b: `a:${edit}`, c: `a:${edit}`, d: `b c:${edit}` });
  await run(graphOf(project), told(Object.fromEntries(names.map((name) => [name, slow]))), workspace);
  await workspace.close();
}

if (process.argv[2] !== undefined) await work(process.argv[2], String(process.argv[3]), 40);
else
  test('processes killed at random moments: whatever began is told to have ended', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
    const path = join(folder, 'events.ndjson');
    const size = (): number => (existsSync(path) ? readFileSync(path).length : 0);
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        const before = size();
        const child = spawn(
          process.execPath,
          ['--conditions=source', fileURLToPath(import.meta.url), folder, `${kill}`],
          { env: { ...process.env, NODE_TEST_CONTEXT: undefined }, stdio: ['ignore', 'ignore', 'inherit'] },
        );
        const closed = once(child, 'close');
        const ended = closed.then(() => true);
        // In the middle of something: only once it has told of its beginning.
        while (size() === before && !(await Promise.race([ended, sleep(5)])));
        await sleep(Math.random() * 150);
        child.kill('SIGKILL');
        await closed;
      }
      await work(folder, 'last', 0);
      const events = eventsIn(readFileSync(path, 'utf8'));
      const aborted = new Set<string>();
      for (const [id, told] of Map.groupBy(events, (event) => event.run.runId)) {
        const types = told.map(({ eventType }) => eventType);
        const name = `${told[0]?.job.name} ${id}: ${types.join(' ')}`;
        const starts = types.filter((type) => type === 'START').length;
        const ends = types.slice(starts);
        assert.ok(!ends.includes('START') && starts <= 1, name);
        assert.ok(ends.length >= 1, name);
        // Killed between noting and telling: an end without a beginning, or told twice; never a beginning without an end.
        if (starts === 0) assert.deepEqual(new Set(ends), new Set(['ABORT']), name);
        if (ends.includes('ABORT')) aborted.add(id);
      }
      assert.ok(aborted.size > 0, 'some were killed while something was open');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
