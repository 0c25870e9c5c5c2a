import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { ask, millrace, skip, versions } from './mlflow.fixture.ts';

test('an artifact of 1 GB goes up and down through a server that never holds it', { skip }, async (t) => {
  const server = await millrace();
  try {
    const before = mostMemory(server.pid);
    const [version = ''] = versions;
    const { equal } = (await ask(version, 'mlflow-client.py', [server.url, 'artifacts', '1024'])) as {
      equal: boolean;
    };
    assert.equal(equal, true);
    const after = mostMemory(server.pid);
    if (before === undefined || after === undefined) return;
    t.diagnostic(`the server's memory grew by ${Math.round((after - before) / 1024)} MB at the most`);
    assert.ok(after - before < 300 * 1024, `the server's memory grew by ${after - before} kB`);
  } finally {
    await server.close();
  }
});

/** The most memory that a process has held, in kB; undefined where the system does not say. */
function mostMemory(pid: number): number | undefined {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}
