import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { newFolder, put } from '../../../../test/truth/line.fixture.ts';
import { skip } from '../../../../test/truth/python.fixture.ts';
import { ours } from './contract.ts';

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('who runs a script is killed, and the script ends with it', { skip }, async () => {
  const folder = newFolder();
  try {
    put(folder, 'train.py', 'import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n');
    const program = {
      ...{ command: 'python3', cwd: folder, env: { PATH: process.env['PATH'] }, time: 600_000_000 },
      args: [ours('launch.py'), String(2 ** 30), join(folder, 'error.json'), join(folder, 'train.py')],
    };
    const code = `
      const { runProgram } = await import(${JSON.stringify(new URL('process.ts', import.meta.url).href)});
      await runProgram({ ...${JSON.stringify(program)}, signal: new AbortController().signal,
        onOutput: (stream, bytes) => process.stdout.write(bytes) });`;
    const runner = spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [told] = (await once(runner.stdout, 'data')) as [Buffer];
    const pid = Number(told.toString());
    assert.ok(pid > 0 && alive(pid));
    runner.kill('SIGKILL');
    for (let i = 0; i < 200 && alive(pid); i++) await sleep(50);
    assert.ok(!alive(pid), `${pid} is alive`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
