import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer as createNetServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../house/tree.ts';

const services = join(root, 'node_modules', '.cache', 'services');

/** The versions of MLflow that the set-up has installed, newest first. */
export const versions: readonly string[] = existsSync(services)
  ? readdirSync(services)
      .flatMap((name) => /^mlflow-(\d+\.\d+\.\d+)$/.exec(name)?.[1] ?? [])
      .filter((version) => existsSync(pythonOf(version)))
      .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  : [];

/** Why MLflow's clients cannot be asked, or false. */
export const skip: string | false =
  versions.length > 0 ? false : 'no Python with MLflow; `npm run test:services` sets it up';

export function pythonOf(version: string): string {
  return join(services, `mlflow-${version}`, 'bin', 'python');
}

/** Clients that say what is wrong at once, and nothing to others. */
export const environment = {
  ...process.env,
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: '1',
  MLFLOW_DISABLE_TELEMETRY: 'true',
  DO_NOT_TRACK: 'true',
  GIT_PYTHON_REFRESH: 'quiet',
  PYTHONWARNINGS: 'ignore',
};

/** Runs a script of this folder; gives the JSON that it prints last. */
export async function ask(version: string, script: string, args: readonly string[]): Promise<unknown> {
  const child = spawn(pythonOf(version), [join(import.meta.dirname, script), ...args], { env: environment });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  assert.equal(status, 0, err.slice(-4_000));
  return JSON.parse(out.trim().split('\n').at(-1) ?? '');
}

/** A server in a process of its own. */
export interface Server {
  readonly url: string;
  readonly pid: number;
  close(): Promise<void>;
}

/** A project with a model `fraud` and nothing built, served by Millrace. */
export async function millrace(): Promise<Server> {
  return served(process.execPath, (port) => [
    '--conditions=source',
    join(import.meta.dirname, 'mlflow-server.fixture.ts'),
    String(port),
  ]);
}

/** MLflow's own server over a SQLite file. */
export async function reference(version: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-mlflow-'));
  const server = await served(pythonOf(version), (port) => [
    ...['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'],
    ...['--backend-store-uri', `sqlite:///${folder}/mlflow.db`, '--artifacts-destination', `${folder}/files`],
  ]);
  return {
    ...server,
    async close() {
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function served(program: string, args: (port: number) => readonly string[]): Promise<Server> {
  const port = await freePort();
  // A group of its own: MLflow's server is several processes.
  const child = spawn(program, args(port), {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err = `${err}${text}`.slice(-4_000);
  });
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 1_200; i++) {
    if (child.exitCode !== null) break;
    const healthy = await fetch(`${url}/health`).then(
      ({ status }) => status === 200,
      () => false,
    );
    if (healthy) return { url, pid: child.pid as number, close: () => ended(child) };
    await sleep(100);
  }
  await ended(child);
  throw new Error(`${program} did not come up: ${err}`);
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const over = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid, 'SIGTERM');
  const late = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), 10_000);
  await over;
  clearTimeout(late);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createNetServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
