import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../base/index.ts';
import { openDatabase } from '../store/index.ts';
import { openLeases } from '../store/state/leases.ts';
import { HOME, openWorkspace } from './open.ts';
import { graphOf } from './project.ts';
import { type RunResult, run } from './run.ts';
import type { RunEvent } from './run-event.ts';
import type { RunOptions } from './run-options.ts';
import type { Running } from './running.ts';
import { type Build, declared, told } from './told.fixture.ts';
import type { Workspace } from './workspace.ts';

let folder: string;
let workspace: Workspace;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  workspace = await openWorkspace(folder, { MILLRACE_CLOCK: '2026-01-08T00:00:00Z' });
});
afterEach(async () => {
  await workspace.close();
  rmSync(folder, { recursive: true, force: true });
});

const soon = { first: 1_000, longest: 2_000 };

const walk = (
  nodes: Readonly<Record<string, string>>,
  builds: Readonly<Record<string, Build>>,
  options: RunOptions = {},
  running?: Running,
): Promise<RunResult> => {
  const project = { ...declared(nodes), ...(running ? { running } : {}) };
  return run(graphOf(project), told(builds), workspace, { retry: soon, ...options });
};

const outcomes = (result: RunResult): Record<string, string> =>
  Object.fromEntries(result.steps.map(({ step, outcome }) => [step.asset, outcome]));

/** Fails as often as is said, then succeeds. */
function failing(times: number, retry: boolean): Build & { tries: number } {
  const build = (): Record<string, never> => {
    if (++build.tries <= times)
      throw new MillraceError({
        ...{ code: 'MILL_X', message: `No answer ${build.tries}.`, todo: 'Wait.', owner: 'service', retry },
      });
    return {};
  };
  build.tries = 0;
  return build;
}

test('what passes is tried again, and what does not pass is not', async () => {
  const [flaky, down, wrong] = [failing(2, true), failing(99, true), failing(1, false)];
  const events: RunEvent[] = [];
  const result = await walk(
    { flaky: '', after: 'flaky', down: '', wrong: '' },
    { flaky, down, wrong },
    { onEvent: (event) => events.push(event) },
  );
  assert.deepEqual(outcomes(result), {
    flaky: 'published',
    after: 'published',
    down: 'failed',
    wrong: 'failed',
  });
  assert.deepEqual([flaky.tries, down.tries, wrong.tries], [3, 3, 1]);
  const again = events.flatMap((event) =>
    event.event === 'step-retry' ? [[event.step.asset, event.attempt]] : [],
  );
  assert.deepEqual(again.sort(), [
    ['down', 2],
    ['down', 3],
    ['flaky', 2],
    ['flaky', 3],
  ]);
  const lines = workspace.state.notes.lines({ asset: 'flaky' }).map(({ level, text }) => [level, text]);
  assert.deepEqual(
    lines.map(([level]) => level),
    ['info', 'warn', 'warn', 'info'],
  );
  assert.match(String(lines[1]?.[1]), /No answer 1\..*Try 2 in/);
  assert.equal(lines[3]?.[1], 'published, flaky@1, made');
});

test('how often is said for the project, or for one asset', async () => {
  const [a, b] = [failing(99, true), failing(99, true)];
  await walk({ a: '', b: '' }, { a, b }, {}, { attempts: 2, assets: { b: { attempts: 4 } } });
  assert.deepEqual([a.tries, b.tries], [2, 4]);
});

test('a declaration of how to run that does not add up is a problem with all its faults', () => {
  const running = {
    attempts: 0,
    timeout: 'soon',
    assets: { z: {}, a: { attempts: 1.5 } },
  } as unknown as Running;
  assert.throws(
    () => graphOf({ ...declared({ a: '' }), running }),
    (error: MillraceError) => {
      assert.deepEqual(
        error.problems.map(({ code }) => code),
        Array.from({ length: 4 }, () => 'MILL_RUNNING_INVALID'),
      );
      return true;
    },
  );
});

test('a step that takes too long has failed, its build is told, and what it still makes is not published', async () => {
  let heard: unknown;
  let ended = false;
  const slow: Build = async ({ signal }) => {
    signal.addEventListener('abort', () => {
      heard = (signal.reason as MillraceError).code;
    });
    // One that does not heed it.
    await sleep(1_500);
    ended = true;
    return {};
  };
  const result = await walk(
    { slow: '', b: 'slow', c: '' },
    { slow },
    {},
    { assets: { slow: { timeout: '1s' } } },
  );
  assert.deepEqual(outcomes(result), { slow: 'failed', b: 'blocked', c: 'published' });
  assert.equal(
    result.steps.find(({ step }) => step.asset === 'slow')?.problems[0]?.code,
    'MILL_STEP_TIMEOUT',
  );
  assert.deepEqual(
    [heard, ended],
    ['MILL_STEP_TIMEOUT', true],
    'the run waits for it, so that stores can be closed',
  );
  assert.equal(workspace.state.live('slow'), undefined);
});

test('a run that is being stopped finishes what is under way and begins nothing; the next goes on from there', async () => {
  const controller = new AbortController();
  const a: Build = async () => {
    controller.abort();
    await sleep(10);
    return {};
  };
  const result = await walk({ a: '', b: 'a', c: 'b' }, { a }, { stopping: controller.signal });
  assert.deepEqual(outcomes(result), { a: 'published', b: 'blocked', c: 'blocked' });
  assert.equal(result.ok, false);
  assert.deepEqual(outcomes(await walk({ a: '', b: 'a', c: 'b' }, {})), { b: 'published', c: 'published' });
});

test('stopped while it waits for the next try, it does not wait to the end', async () => {
  const controller = new AbortController();
  const result = await walk(
    { a: '' },
    { a: failing(9, true) },
    {
      retry: { first: 3_600_000_000, longest: 3_600_000_000 },
      stopping: controller.signal,
      onEvent: ({ event }) => event === 'step-retry' && controller.abort(),
    },
  );
  assert.equal(result.steps[0]?.problems[0]?.code, 'MILL_X');
});

test('what another process builds is waited for, then planned anew; a silent one is not waited for', async () => {
  const database = openDatabase(join(folder, HOME, 'state.db'));
  try {
    const far = openLeases(database, 'far.example:1');
    const now = Date.now() * 1000;
    workspace.state.startRun('theirs', now);
    workspace.state.startRun('silent', now);
    far.beat('theirs', now + 60_000_000);
    far.beat('silent', now - 1);
    far.take('a', 'theirs', now, now + 60_000_000);
    far.take('b', 'silent', now, now - 1);
    const waited: string[] = [];
    const result = await walk(
      { a: '', b: '' },
      {},
      {
        lease: { look: 1_000 },
        onEvent: (event) => {
          if (event.event !== 'step-waiting') return;
          waited.push(`${event.step.asset} for ${'run' in event.obstacle && event.obstacle.run}`);
          far.give('a', 'theirs');
        },
      },
    );
    assert.deepEqual(waited, ['a for theirs']);
    assert.deepEqual(outcomes(result), { a: 'published', b: 'published' });
    assert.deepEqual(Object.fromEntries(workspace.state.runs(9).map(({ id, outcome }) => [id, outcome])), {
      [result.run]: 'done',
      theirs: 'running',
      silent: 'failed',
    });
  } finally {
    database.close();
  }
});

test('a step that cannot be written down ends the run, but not before what is under way beside it', async () => {
  const full = () => {
    throw new MillraceError({ code: 'MILL_X', message: 'No room.', todo: 'Make some.', owner: 'service' });
  };
  const real = workspace;
  let slow = 'not begun';
  workspace = { ...real, state: { ...real.state, addStep: full } };
  const going = walk(
    { quick: '', slow: '', after: 'quick' },
    {
      slow: async () => {
        slow = 'under way';
        await sleep(60);
        slow = 'ended';
        return {};
      },
      after: () => assert.fail('nothing more begins'),
    },
  );
  await assert.rejects(going, /No room/);
  workspace = real;
  assert.equal(slow, 'ended');
  assert.deepEqual(
    workspace.state.runs(9).map(({ outcome }) => outcome),
    ['failed'],
  );
});

test('a disk that is full is no bug, is tried again, and is told by name', async () => {
  let tries = 0;
  const build = () => {
    if (++tries < 3)
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    return {};
  };
  assert.deepEqual(outcomes(await walk({ a: '' }, { a: build })), { a: 'published' });
  assert.equal(tries, 3);
  tries = -9;
  const [step] = (await walk({ b: '' }, { b: build })).steps;
  assert.deepEqual(
    step?.problems.map(({ code, owner, asset }) => [code, owner, asset]),
    [['MILL_SYSTEM_FAILED', 'service', 'b']],
  );
});

test('a lease that cannot be given back fails no step, and is given back at the end', async () => {
  const { leases } = workspace.state;
  const busy = () => {
    throw new MillraceError({ code: 'MILL_STATE_BUSY', message: 'Busy.', todo: 'Wait.', owner: 'service' });
  };
  const real = workspace;
  workspace = { ...real, state: { ...real.state, leases: { ...leases, give: busy } } };
  const result = await walk({ a: '', b: 'a' }, {});
  workspace = real;
  assert.deepEqual(outcomes(result), { a: 'published', b: 'published' });
  const database = openDatabase(join(folder, HOME, 'state.db'));
  assert.deepEqual(database.all('select * from mill_lease'), []);
  database.close();
});

test('a run is called running while it runs, also by another that begins meanwhile', async () => {
  const seen: string[] = [];
  const look = (): void => {
    const outcomes = workspace.state.runs(9).map(({ outcome }) => outcome);
    seen.push(outcomes.toSorted().join(' '));
  };
  await walk(
    { a: '' },
    {
      a: async () => {
        look();
        await walk(
          { b: '' },
          {
            b: async () => {
              look();
              return {};
            },
          },
        );
        look();
        return {};
      },
    },
  );
  look();
  assert.deepEqual(seen, ['running', 'running running', 'done running', 'done done']);
});
