import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openWorkspace } from '../../src/graph/index.ts';
import { NOW } from '../truth/line.fixture.ts';
import { newInjector, type Strike } from './injector.fixture.ts';
import {
  afterNext,
  afterStrike,
  type Floor,
  type Ground,
  nameOf,
  type Point,
  strikeOf,
} from './points.fixture.ts';
import { faulty } from './ports.fixture.ts';
import { injectSystem } from './system.fixture.ts';
import { scenes } from './whole.fixture.ts';

// This file is also what the processes run that are killed: `node <this file>`.

/** What a process is to act, and before which of its calls it dies. */
interface Order {
  readonly folder: string;
  readonly scene: string;
  readonly floor: Floor;
  readonly strike: Strike;
}

const quiet = { attempts: 1, concurrency: 1 };
const env = { MILLRACE_CLOCK: NOW };

/** A process that has loaded everything and waits for its order. */
interface Victim {
  /** True when it was killed, false when the call never came. */
  die(order: Order): Promise<boolean>;
  end(): Promise<void>;
}

export async function startVictim(temp: string): Promise<Victim> {
  mkdirSync(temp, { recursive: true });
  const child = spawn(process.execPath, ['--conditions=source', fileURLToPath(import.meta.url)], {
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, TMPDIR: temp, TEMP: temp, TMP: temp },
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  child.stdin.on('error', () => {});
  const exit = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value } = await lines.next();
  if (value !== 'ready') throw new Error(`a process did not start: ${errors}`);
  return {
    async die(order) {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const [code, signal] = (await exit) as [number | null, string | null];
      if (signal !== 'SIGKILL') assert.equal(code, 0, errors);
      return signal === 'SIGKILL';
    },
    async end() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}

/** Kills a process before each of the calls, and acts again. Gives the points at which one was killed. */
export async function killAt({ root }: Ground, points: readonly Point[]): Promise<Point[]> {
  const reached: Point[] = [];
  const temp = join(root, 'temp');
  let next = startVictim(temp);
  try {
    for (const point of points) {
      const { stage, floor } = point;
      const said = nameOf(point);
      const folder = join(root, 'killed');
      rmSync(folder, { recursive: true, force: true });
      cpSync(stage.template, folder, { recursive: true });
      const victim = await next;
      const killed = await victim.die({ folder, scene: stage.scene.name, floor, strike: strikeOf(point) });
      // The next one loads while this one's end is looked at.
      next = startVictim(temp);
      if (killed) reached.push(point);
      const workspace = await openWorkspace(folder, env);
      try {
        await afterStrike(workspace, stage, said);
        const waited: string[] = [];
        const problems = await stage.scene.act(workspace, { ...quiet, onWait: () => waited.push('waited') });
        assert.deepEqual(problems, [], `${said}: the next run`);
        assert.deepEqual(waited, [], `${said}: nothing was left that blocks the next run`);
        await afterNext(workspace, stage, said);
      } finally {
        await workspace.close();
      }
      // What the ONNX runtime keeps there is none of ours.
      const ours = readdirSync(temp).filter((name) => name.startsWith('millrace'));
      assert.deepEqual(ours, [], `${said}: nothing is left where nobody looks`);
    }
    return reached;
  } finally {
    await (await next).end();
  }
}

async function main(): Promise<void> {
  let folder = ' ';
  const injectors = { ports: newInjector(), system: newInjector() };
  injectSystem(injectors.system, (path) => path.startsWith(folder));
  process.stdout.write('ready\n');
  const [line] = (await once(createInterface({ input: process.stdin }), 'line')) as [string];
  const order = JSON.parse(line) as Order;
  ({ folder } = order);
  const { floor, strike } = order;
  const scene = scenes.find(({ name }) => name === order.scene);
  if (floor === 'system') injectors.system.arm(strike);
  const workspace = await openWorkspace(folder, env);
  if (floor === 'ports') injectors.ports.arm(strike);
  await scene?.act(faulty(workspace, injectors.ports), quiet);
  process.exit(0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
