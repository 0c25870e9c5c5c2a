import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import type { MillraceError } from '../base/index.ts';
import { openWorkspace } from './open.ts';
import { graphOf } from './project.ts';
import { type RunResult, run } from './run.ts';
import type { RunEvent } from './run-event.ts';
import type { RunOptions } from './run-options.ts';
import type { Running } from './running.ts';
import { type Build, declared, told } from './told.fixture.ts';
import type { Workspace } from './workspace.ts';

// This file is also what the processes run that share a limit: `node <this file> <folder> <name>`.

const walk = (
  workspace: Workspace,
  nodes: Readonly<Record<string, string>>,
  build: Build,
  running: Running,
  options: RunOptions = {},
): Promise<RunResult> => {
  const builds = Object.fromEntries(Object.keys(nodes).map((name) => [name, build]));
  const quick = { lease: { look: 2_000 }, ...options };
  return run(graphOf({ ...declared(nodes), running }), told(builds), workspace, quick);
};

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  try {
    await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function shared(folder: string, name: string): Promise<void> {
  const workspace = await openWorkspace(folder, {});
  const write = (what: string): void => appendFileSync(join(folder, 'built'), `${what} ${process.pid}\n`);
  const nodes = Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`${name}${i}`, '']));
  const build: Build = async () => {
    write('begin');
    await sleep(20);
    write('end');
    return {};
  };
  const running = { tags: ['disk'], limits: { disk: 2 }, concurrency: 4 };
  await walk(workspace, nodes, build, running, { lease: { look: 10_000 } });
  await workspace.close();
}

if (process.argv[3] !== undefined) await shared(process.argv[2] as string, process.argv[3]);
else {
  test('a limit holds within a run; what waits for it is told once and takes up no room', () =>
    inFolder(async (folder) => {
      const workspace = await openWorkspace(folder, {});
      const events: RunEvent[] = [];
      const begun: string[] = [];
      let under = 0;
      const build: Build = async ({ node }) => {
        begun.push(node.name);
        under++;
        if (node.name === 'free') {
          // It began beside a; with b taking up room it would not.
          assert.deepEqual(begun, ['a', 'free']);
        } else assert.ok(under <= 2);
        await sleep(node.name === 'a' ? 60 : 5);
        under--;
        return {};
      };
      const tags = { tags: ['warehouse'] };
      const result = await walk(
        workspace,
        { a: '', b: '', c: '', free: '' },
        build,
        { limits: { warehouse: 1 }, assets: { a: tags, b: tags, c: tags } },
        { onEvent: (event) => events.push(event) },
      );
      assert.equal(result.ok, true);
      const waits = events.flatMap((event) => (event.event === 'step-waiting' ? [event] : []));
      assert.deepEqual(
        waits.map(({ step, obstacle }) => [step.asset, 'tag' in obstacle && obstacle.by.asset]),
        [
          ['b', 'a'],
          ['c', 'b'],
        ],
      );
      assert.match(
        workspace.state.notes.lines({ asset: 'b' })[0]?.text ?? '',
        /^waits for its turn after a: 'warehouse' allows 1 at a time$/,
      );
      await workspace.close();
    }));

  test('concurrency is said by the project, and the run has the last word', () =>
    inFolder(async (folder) => {
      const workspace = await openWorkspace(folder, {});
      for (const [running, options, most] of [
        [{}, {}, 2],
        [{ concurrency: 4 }, {}, 4],
        [{ concurrency: 4 }, { concurrency: 1 }, 1],
      ] as const) {
        let [under, seen] = [0, 0];
        const build: Build = async () => {
          seen = Math.max(seen, ++under);
          await sleep(20);
          under--;
          return {};
        };
        const nodes = Object.fromEntries([...'abcdef'].map((name) => [name, `:${most}`]));
        assert.equal((await walk(workspace, nodes, build, running, options)).ok, true);
        assert.equal(seen, most);
      }
      await workspace.close();
    }));

  test('random graphs under random limits, several runs at once: no limit is passed, every run ends, everything is made', () =>
    inFolder(async (folder) => {
      const tags = ['x', 'y', 'z'];
      const node = fc.record({
        inputs: fc.array(fc.nat({ max: 5 }), { maxLength: 2 }),
        tags: fc.subarray(tags),
        takes: fc.integer({ min: 0, max: 6 }),
        fails: fc.boolean(),
      });
      const graphs = fc.array(fc.array(node, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 3 });
      const limits = fc.record({
        x: fc.integer({ min: 1, max: 3 }),
        y: fc.integer({ min: 1, max: 3 }),
        z: fc.constant(1),
      });
      let seed = 0;
      const workspaces = await Promise.all([0, 1, 2].map(() => openWorkspace(folder, {})));
      await fc.assert(
        fc.asyncProperty(graphs, limits, fc.integer({ min: 1, max: 5 }), async (all, limits, concurrency) => {
          seed++;
          /** The oracle: who is at work, counted by hand. */
          const at: { run: number; tags: readonly string[] }[] = [];
          const results = await Promise.all(
            all.map((nodes, r) => {
              // Names of its own for each run: two that build the same would beat each other.
              const name = (i: number): string => `n${r}x${i}`;
              const build: Build = async ({ node: { name: built } }) => {
                const { tags, takes, fails } = nodes[Number(built.split('x')[1])] ?? assert.fail();
                const me = { run: r, tags };
                at.push(me);
                for (const tag of tags) {
                  const count = at.filter((one) => one.tags.includes(tag)).length;
                  assert.ok(count <= limits[tag as 'x'], `${count} of ${tag}`);
                }
                assert.ok(at.filter(({ run }) => run === r).length <= concurrency);
                await sleep(takes);
                at.splice(at.indexOf(me), 1);
                if (fails) throw new Error('told to fail');
                return {};
              };
              const running: Running = {
                concurrency,
                limits,
                tags,
                assets: Object.fromEntries(nodes.map(({ tags }, i) => [name(i), { tags }])),
              };
              const text = ({ inputs }: (typeof nodes)[number], i: number): string =>
                `${[...new Set(inputs)]
                  .filter((to) => to < i)
                  .map(name)
                  .join(' ')}:${seed}`;
              const declaredNodes = Object.fromEntries(nodes.map((node, i) => [name(i), text(node, i)]));
              return walk(workspaces[r] as Workspace, declaredNodes, build, running);
            }),
          );
          results.forEach(({ steps }, r) => {
            const nodes = all[r] ?? [];
            assert.equal(steps.length, nodes.length);
            for (const { step, outcome, problems } of steps) {
              const { fails } = nodes[Number(step.asset.split('x')[1])] ?? assert.fail();
              if (outcome === 'blocked') continue;
              assert.equal(outcome, fails ? 'failed' : 'published', problems[0]?.message);
              if (fails) assert.match(problems[0]?.message ?? '', /told to fail/);
            }
          });
        }),
        { numRuns: 25 },
      );
      for (const workspace of workspaces) await workspace.close();
    }));

  test('a limit holds over processes, and one that is killed leaves its place', () =>
    inFolder(async (folder) => {
      // Makes the stores, so that three do not make them at once.
      await (await openWorkspace(folder, {})).close();
      const children = ['a', 'b', 'c'].map((name) =>
        spawn(process.execPath, ['--conditions=source', fileURLToPath(import.meta.url), folder, name], {
          env: { ...process.env, NODE_TEST_CONTEXT: undefined },
          stdio: ['ignore', 'ignore', 'inherit'],
        }),
      );
      const closed = children.map((child) => once(child, 'close'));
      const lines = (): string[] => {
        try {
          return readFileSync(join(folder, 'built'), 'utf8').split('\n').slice(0, -1);
        } catch {
          return [];
        }
      };
      const victim = String(children[0]?.pid);
      while (!lines().some((line) => line === `begin ${victim}`)) await sleep(2);
      children[0]?.kill('SIGKILL');
      const codes = await Promise.all(closed);
      assert.deepEqual(
        codes.slice(1).map(([code]) => code),
        [0, 0],
      );
      // Of the killed one it is not known when it ended; it counts no more once its last line is past.
      const all = lines();
      const last = all.findLastIndex((line) => line.endsWith(` ${victim}`));
      const under: string[] = [];
      all.forEach((line, i) => {
        const [what, pid] = line.split(' ') as [string, string];
        if (what === 'begin') under.push(pid);
        else under.splice(under.indexOf(pid), 1);
        if (i >= last) while (under.includes(victim)) under.splice(under.indexOf(victim), 1);
        assert.ok(under.length <= 2, `${under.length} at line ${i}`);
      });
      const ended = (child: number): number =>
        all.filter((line) => line === `end ${children[child]?.pid}`).length;
      assert.deepEqual([ended(1), ended(2)], [5, 5]);
    }));

  test('limits and tags that do not add up are problems of the project, each', () => {
    const faults = (running: Running): string[] => {
      try {
        graphOf({ ...declared({ a: '' }), running });
        return [];
      } catch (error) {
        return (error as MillraceError).problems.map(({ code, message }) => {
          assert.equal(code, 'MILL_RUNNING_INVALID');
          return message.replace(/^How the project is to be run does not add up: /, '');
        });
      }
    };
    assert.deepEqual(faults({ concurrency: 1, limits: { x: 1 }, assets: { a: { tags: ['x'] } } }), []);
    assert.deepEqual(faults({ concurrency: 0 }), ['concurrency is 0, not a whole number from 1 to 64.']);
    assert.deepEqual(faults({ limits: { warehouse: 0.5 }, assets: { a: { tags: ['warehose'] } } }), [
      "the limit of 'warehouse' is 0.5, not a whole number from 1.",
      "tag 'warehose' of a has no limit; 'warehouse' has one.",
      "no asset carries the tag 'warehouse', which has a limit.",
    ]);
    assert.deepEqual(faults({ tags: ['__proto__'] }), ["tag '__proto__' of the project has no limit."]);
  });
}
