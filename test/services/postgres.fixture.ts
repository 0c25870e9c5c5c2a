import { spawn, spawnSync } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real PostgreSQL server with a database of its own, on a free port. */
export interface Server {
  /** With user and password. */
  readonly url: string;
  readonly password: string;
  /** Ends at once, as a machine that loses power. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its data. */
  close(): Promise<void>;
}

const PASSWORD = 's3cret-of-the-tests';

/** Where Debian and others put the server's programs, newest first. */
function binaries(): string | undefined {
  const found = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt']
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name, 'bin')))
    .concat((process.env['PATH'] ?? '').split(':'))
    .filter((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
  return found.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))[0];
}

/** The server refuses to run as root, so root needs a user to run it as. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8').match(/^postgres:[^:]*:(\d+):(\d+):/m);
  return line === null ? undefined : { uid: Number(line[1]), gid: Number(line[2]) };
}

const bin = process.platform === 'win32' ? undefined : binaries();

/** Why there can be no server here; false when there can. */
export const noPostgres: string | false =
  bin === undefined
    ? 'no PostgreSQL server installed; `npm run test:services` installs it where it can'
    : process.getuid?.() === 0 && owner() === undefined
      ? 'root, and no user postgres to run the server as'
      : false;

export async function openPostgres(): Promise<Server> {
  const who = owner();
  // The user that the server runs as may not enter a folder that the test run has made for itself.
  const folder = mkdtempSync(join(who === undefined ? tmpdir() : '/tmp', 'millrace-pg-'));
  const data = join(folder, 'data');
  const passwords = join(folder, 'password');
  writeFileSync(passwords, PASSWORD);
  if (who !== undefined) for (const path of [folder, passwords]) chownSync(path, who.uid, who.gid);
  const as = { ...who, cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' } };
  const made = spawnSync(
    join(bin as string, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'millrace',
      '--pwfile',
      passwords,
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
      '--no-locale',
      '-N',
    ],
    { ...as, encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr}${made.error ?? ''}`);
  const port = await freePort();
  // Odd settings on purpose: what is read must not depend on them.
  const settings = [
    'fsync=off',
    "datestyle='German, DMY'",
    'timezone=Asia/Tokyo',
    'intervalstyle=sql_standard',
    'extra_float_digits=-5',
  ];
  const args = [
    '-D',
    data,
    '-p',
    String(port),
    '-c',
    'listen_addresses=127.0.0.1',
    '-k',
    folder,
    ...settings.flatMap((s) => ['-c', s.replaceAll("'", '')]),
  ];
  let server: ReturnType<typeof spawn> | undefined;

  const start = async (): Promise<void> => {
    const child = spawn(join(bin as string, 'postgres'), args, {
      ...as,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (said.includes('ready to accept connections')) resolve();
      });
      child.once('exit', () => reject(new Error(`postgres ended: ${said}`)));
    });
  };
  const stop = async (): Promise<void> => {
    const child = server;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    // Immediate shutdown: no check point, recovery at the next start.
    child.kill('SIGQUIT');
    await gone;
  };
  await start();
  return {
    url: `postgres://millrace:${PASSWORD}@127.0.0.1:${port}/postgres`,
    password: PASSWORD,
    start,
    stop,
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
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

/** A client of the package `pg`, as far as tests need it. */
export interface Sql {
  query(text: string, values?: readonly unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
  end(): Promise<void>;
}

export async function sqlOf(url: string): Promise<Sql> {
  const name: string = 'pg';
  const { default: pg } = (await import(name)) as {
    default: {
      Client: new (
        url: string,
      ) => Sql & { connect(): Promise<void>; on(event: 'error', f: () => void): void };
    };
  };
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  return client;
}
