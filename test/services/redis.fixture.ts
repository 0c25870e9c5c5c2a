import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real Redis server on a free port, which keeps what it has acknowledged over a restart. */
export interface RedisServer {
  readonly port: number;
  readonly password: string;
  /** `redis://` with the password. */
  readonly url: string;
  /** What its own client says to a command. */
  ask(...command: string[]): string;
  /** Ends at once, as a machine that loses power. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stands still without ending its connections, and goes on. */
  halt(): void;
  goOn(): void;
  close(): Promise<void>;
}

const PASSWORD = 's3cret-of-the-tests/+=@:';

/** Why there can be no server here; false when there can. */
export const noRedis: string | false =
  process.platform === 'win32' || spawnSync('redis-server', ['--version']).status !== 0
    ? 'no Redis server installed; `npm run test:services` installs it where it can'
    : false;

export async function openRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-redis-'));
  const port = await freePort();
  const args = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--requirepass', PASSWORD],
    ...['--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--daemonize', 'no', ...settings],
  ];
  let server: ChildProcess | undefined;
  const ask = (...command: string[]): string =>
    spawnSync('redis-cli', ['-p', String(port), ...command], {
      env: { ...process.env, REDISCLI_AUTH: PASSWORD },
      encoding: 'utf8',
    }).stdout.trim();
  const start = async (): Promise<void> => {
    const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    server = child;
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    while (!(await answers(port)) || ask('PING') !== 'PONG') {
      if (child.exitCode !== null) throw new Error(`redis-server ended: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const stop = async (): Promise<void> => {
    const child = server;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  };
  await start();
  return {
    port,
    password: PASSWORD,
    url: `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/0`,
    ask,
    start,
    stop,
    halt: () => server?.kill('SIGSTOP'),
    goOn: () => server?.kill('SIGCONT'),
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
