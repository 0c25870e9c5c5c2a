import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { batchTable } from '../../src/assets/index.ts';
import { line, newFolder, openBench, putFirstFiles } from '../truth/line.fixture.ts';

const KILLS = 6;
/** Small, so that there are many moments to be killed in. */
const SIZE = 4;

/** The rows of a batch but for what it is called, and how many pieces of one lie beside the lake. */
async function seen(folder: string, id: string): Promise<{ rows: unknown[]; recorded: boolean }> {
  const { workspace, close } = await openBench(folder);
  const session = await workspace.engine.session();
  try {
    const table = workspace.lake.table(batchTable('screen'));
    const rows =
      table === undefined
        ? []
        : await session.rows(
            `select * exclude (batch) from ${session.scan(table)} where batch = '${id}' order by "row"`,
          );
    return { rows, recorded: workspace.state.batches.get(id) !== undefined };
  } finally {
    session.close();
    await close();
  }
}

test('a batch that is killed at any moment has all of its rows or none, and in the end each once', async (t) => {
  const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed}`);
  const folder = newFolder();
  const start = (id: string): ChildProcess =>
    fork(new URL('batch.crash.fixture.ts', import.meta.url), [folder, id, String(SIZE)], {
      execArgv: ['--conditions=source'],
    });
  try {
    const bench = await openBench(folder);
    putFirstFiles(folder);
    await bench.run(line());
    await bench.close();
    const whole = start('whole');
    await once(whole, 'message');
    const began = performance.now();
    await once(whole, 'message');
    const millis = performance.now() - began;
    await once(whole, 'close');
    const { rows: expected } = await seen(folder, 'whole');
    assert.ok(expected.length > 20 * SIZE);

    const resumed: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const id = `cut-${kill}`;
      const child = start(id);
      await once(child, 'message');
      // A moment in each of equal parts of its time.
      const part = (kill + ((seed * (kill + 1)) % 997) / 997) / KILLS;
      await Promise.race([sleep(part * millis), once(child, 'close')]);
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
      const { rows, recorded } = await seen(folder, id);
      assert.deepEqual(rows, recorded ? expected : [], `killed after ${part} of its time`);
      const next = start(id);
      const told: unknown[] = [];
      next.on('message', (message) => told.push(message));
      await once(next, 'close');
      resumed.push((told[1] as { resumed: number }).resumed);
      assert.deepEqual((await seen(folder, id)).rows, expected);
    }
    t.diagnostic(`went on after ${resumed.join(', ')} of ${expected.length} rows`);
    assert.ok(resumed.some((rows) => rows > 0));
    const left = join(folder, '.millrace/batches');
    assert.deepEqual(existsSync(left) ? readdirSync(left) : [], []);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
