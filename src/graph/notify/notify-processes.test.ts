import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { env, MillraceError } from '../../base/index.ts';
import { openWorkspace } from '../open.ts';
import { graphOf } from '../project.ts';
import { run } from '../run.ts';
import { declared, told } from '../told.fixture.ts';
import { webhook } from './declare.ts';
import { openReceiver, type Receiver } from './receiver.fixture.ts';

// This file is also what the processes run: `node <this file> <folder>`.

const names = ['a', 'b', 'c'];

async function work(folder: string): Promise<void> {
  const workspace = await openWorkspace(folder, {});
  const boom = (): never => {
    throw new MillraceError({
      ...{ code: 'MILL_X', message: 'It broke.', todo: 'Mend it.', owner: 'data' },
    });
  };
  const running = { notify: { default: webhook(env('HOOK_URL'), { timeout: '10s' }) } };
  const nodes = Object.fromEntries(names.map((name) => [name, '']));
  const builds = Object.fromEntries(names.map((name) => [name, boom]));
  await run(graphOf({ ...declared(nodes), running }), told(builds), workspace, { lease: { look: 10_000 } });
  await workspace.close();
}

function start(folder: string, { url }: Receiver): ChildProcess {
  return spawn(process.execPath, ['--conditions=source', fileURLToPath(import.meta.url), folder], {
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, HOOK_URL: url },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const assets = ({ came }: Receiver): string[] =>
  came.map(({ body }) => (body as { asset: string }).asset).sort();

async function withBoth(work: (folder: string, receiver: Receiver) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const receiver = await openReceiver();
  try {
    // Makes the stores, so that several processes do not make them at once.
    await (await openWorkspace(folder, {})).close();
    await work(folder, receiver);
  } finally {
    await receiver.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[2] !== undefined) await work(process.argv[2]);
else {
  test('several processes that find the same tell it once', () =>
    withBoth(async (folder, receiver) => {
      receiver.answer((response) => void sleep(50).then(() => response.end()));
      const children = [1, 2, 3].map(() => start(folder, receiver));
      const codes = await Promise.all(children.map((child) => once(child, 'close')));
      assert.deepEqual(
        codes.map(([code]) => code),
        [0, 0, 0],
      );
      assert.deepEqual(assets(receiver), names);
    }));

  test('a process that is killed while it tells: the next one tells it again, and each is told', () =>
    withBoth(async (folder, receiver) => {
      // Takes the document and never answers.
      receiver.answer(() => {});
      const victim = start(folder, receiver);
      while (receiver.came.length === 0) await sleep(5);
      victim.kill('SIGKILL');
      await once(victim, 'close');
      const [first] = assets(receiver);
      receiver.came.length = 0;
      receiver.answer((response) => response.end());
      for (let i = 0; i < 2; i++) assert.deepEqual((await once(start(folder, receiver), 'close'))[0], 0);
      assert.deepEqual(assets(receiver), names, `${first} came twice, and nothing after that`);
    }));
}
