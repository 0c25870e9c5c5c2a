import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openWorkspace } from './open.ts';
import { graphOf } from './project.ts';
import { run } from './run.ts';
import { type Build, declared, told } from './told.fixture.ts';

// This file is also what the processes run that are killed: `node <this file> <folder>`.

const nodes = { a: '', b: 'a', c: 'a', d: 'b c', e: 'd', f: '' };
const KILLS = 6;

/** Builds slowly, and writes down what it does: begun, and made. */
const builds = (folder: string): Record<string, Build> =>
  Object.fromEntries(
    Object.keys(nodes).map((name) => [
      name,
      async () => {
        appendFileSync(join(folder, 'built'), `begin ${name} ${process.pid}\n`);
        await sleep(60);
        appendFileSync(join(folder, 'built'), `end ${name} ${process.pid}\n`);
        return {};
      },
    ]),
  );

async function work(folder: string): Promise<void> {
  const workspace = await openWorkspace(folder, {});
  await run(graphOf(declared(nodes)), told(builds(folder)), workspace, { lease: { look: 20_000 } });
  await workspace.close();
}

if (process.argv[2] !== undefined) await work(process.argv[2]);
else
  test('two processes killed at random moments: each goes on where the others ended, nothing is built twice that was published', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
    try {
      const start = () =>
        spawn(process.execPath, ['--conditions=source', fileURLToPath(import.meta.url), folder], {
          env: { ...process.env, NODE_TEST_CONTEXT: undefined },
          stdio: ['ignore', 'ignore', 'inherit'],
        });
      const lines = (): string[] => {
        try {
          return readFileSync(join(folder, 'built'), 'utf8').split('\n').slice(0, -1);
        } catch {
          return [];
        }
      };
      for (let kill = 0; kill < KILLS; kill++) {
        const both = [start(), start()];
        const closed = both.map((child) => once(child, 'close'));
        const before = lines().length;
        // Killed in the middle of something: only once a build has begun, unless all is built.
        const ended = Promise.all(closed).then(() => true);
        while (lines().length === before && !(await Promise.race([ended, sleep(10)])));
        await sleep(Math.random() * 80);
        both[0]?.kill('SIGKILL');
        await sleep(Math.random() * 80);
        both[1]?.kill('SIGKILL');
        await ended;
      }
      const workspace = await openWorkspace(folder, {});
      const { state } = workspace;
      const already = Object.keys(nodes).filter((name) => state.live(name));
      const begun = lines().length;
      const result = await run(graphOf(declared(nodes)), told(builds(folder)), workspace);
      assert.equal(result.ok, true);
      for (const name of already)
        assert.ok(
          !lines()
            .slice(begun)
            .some((line) => line.startsWith(`begin ${name} `)),
          `${name} was done`,
        );
      for (const name of Object.keys(nodes)) {
        assert.equal(state.live(name)?.id, `${name}@1`, 'made once');
        for (const [input, version] of Object.entries(state.live(name)?.inputs ?? {}))
          assert.equal(version, `${input}@1`);
        // Leases: nobody began while another was at it. A build without an end was cut off, and its process with it.
        let at: string | undefined;
        const killed = new Set<string>();
        for (const line of lines().filter((line) => line.split(' ')[1] === name)) {
          const [what, , pid] = line.split(' ') as [string, string, string];
          if (what === 'end') {
            assert.equal(pid, at, 'no other began meanwhile');
            at = undefined;
          } else {
            if (at !== undefined) killed.add(at);
            assert.ok(!killed.has(pid));
            at = pid;
          }
        }
      }
      const open = state.runs(99).filter(({ outcome }) => outcome === 'running');
      assert.deepEqual(open, [], 'runs of the dead are called failed');
      assert.ok(state.runs(99).some(({ outcome }) => outcome === 'failed'));
      await workspace.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
