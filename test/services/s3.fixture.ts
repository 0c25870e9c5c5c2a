import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import {
  type AddressInfo,
  connect as connectTcp,
  createServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A real S3-compatible server (Versity S3 Gateway over a folder) with one bucket, on a free port. */
export interface S3Server {
  readonly endpoint: string;
  readonly bucket: string;
  /** What the environment has to say for it. */
  readonly env: Readonly<Record<string, string>>;
  readonly secret: string;
  put(key: string, body: string | Uint8Array): Promise<void>;
  remove(key: string): Promise<void>;
  keys(prefix: string): Promise<string[]>;
  /** A user who may do nothing with the bucket. */
  stranger(): Promise<Readonly<Record<string, string>>>;
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

const binary = fileURLToPath(
  new URL('../../node_modules/.cache/services/versitygw/versitygw', import.meta.url),
);

/** Why there can be no server here; false when there can. */
export const noS3: string | false =
  process.platform === 'win32' || !existsSync(binary)
    ? 'no S3 server built; `npm run test:services` builds one where Go is'
    : false;

const KEY = 'TESTKEY0000000000000';
const SECRET = 's3cret-of-the-tests/+=';
const BUCKET = 'bench';

export async function openS3Server(): Promise<S3Server> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-s3-'));
  for (const name of ['data', 'users', 'sidecar']) mkdirSync(join(folder, name));
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const env = {
    AWS_ACCESS_KEY_ID: KEY,
    AWS_SECRET_ACCESS_KEY: SECRET,
    AWS_REGION: 'eu-central-1',
    AWS_ENDPOINT_URL_S3: endpoint,
  };
  let server: ChildProcess | undefined;

  const start = async (): Promise<void> => {
    const args = [
      '--port',
      `127.0.0.1:${port}`,
      '--region',
      env.AWS_REGION,
      '--iam-dir',
      join(folder, 'users'),
      '--quiet',
      'posix',
      '--sidecar',
      join(folder, 'sidecar'),
      join(folder, 'data'),
    ];
    const child = spawn(binary, args, {
      env: { PATH: process.env['PATH'], ROOT_ACCESS_KEY: KEY, ROOT_SECRET_KEY: SECRET },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server = child;
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    for (;;) {
      if (child.exitCode !== null) throw new Error(`versitygw ended: ${said}`);
      if (await answers(port)) return;
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

  // The tests' own client: none of ours may be what proves ours right.
  const { S3Client, ...commands } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    endpoint,
    region: env.AWS_REGION,
    forcePathStyle: true,
    credentials: { accessKeyId: KEY, secretAccessKey: SECRET },
  });
  await client.send(new commands.CreateBucketCommand({ Bucket: BUCKET }));

  return {
    endpoint,
    bucket: BUCKET,
    env,
    secret: SECRET,
    put: async (Key, body) => {
      await client.send(
        new commands.PutObjectCommand({
          Bucket: BUCKET,
          Key,
          Body: body,
          ContentLength: Buffer.byteLength(body),
        }),
      );
    },
    remove: async (Key) => {
      await client.send(new commands.DeleteObjectCommand({ Bucket: BUCKET, Key }));
    },
    keys: async (Prefix) => {
      const keys: string[] = [];
      for await (const page of commands.paginateListObjectsV2({ client }, { Bucket: BUCKET, Prefix }))
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key);
      return keys;
    },
    stranger: async () => {
      const user = { access: 'STRANGER000000000000', secret: 'str4nger-secret-of-the-tests' };
      await run(binary, [
        'admin',
        '--access',
        KEY,
        '--secret',
        SECRET,
        '--endpoint-url',
        endpoint,
        '--region',
        env.AWS_REGION,
        'create-user',
        '--access',
        user.access,
        '--secret',
        user.secret,
        '--role',
        'user',
      ]);
      return { ...env, AWS_ACCESS_KEY_ID: user.access, AWS_SECRET_ACCESS_KEY: user.secret };
    },
    start,
    stop,
    close: async () => {
      client.destroy();
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      said += text;
    });
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(said);
}

/** A wire to a server that lets so many bytes of answers through on each connection, then tears it. */
export interface Wire {
  readonly endpoint: string;
  /** How many bytes each following connection gives; undefined for all. `then` is done before the tear is felt. */
  allow(bytes: number | undefined, then?: () => Promise<void>): void;
  /** How many connections were torn. */
  torn(): number;
  /** What was asked since the last call: `GET /bucket/key`, without query. */
  asked(): string[];
  close(): Promise<void>;
}

export async function openWire(to: string): Promise<Wire> {
  const { hostname, port } = new URL(to);
  let limit: number | undefined;
  let then: (() => Promise<void>) | undefined;
  let torn = 0;
  let said = '';
  const open = new Set<Socket>();
  const wire: TcpServer = createServer((near) => {
    const far = connectTcp(Number(port), hostname);
    let left = limit ?? Number.POSITIVE_INFINITY;
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket)).on('error', () => {});
    }
    near.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1');
      far.write(chunk);
    });
    near.on('end', () => far.end());
    far.on('data', (chunk: Buffer) => {
      near.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      torn++;
      far.destroy();
      // After what was let through has left.
      void (then?.() ?? Promise.resolve()).then(() => near.end(() => near.destroy()));
    });
    far.on('end', () => near.end());
    near.on('close', () => far.destroy());
  });
  await new Promise<void>((resolve) => wire.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(wire.address() as AddressInfo).port}`,
    allow: (bytes, work) => {
      limit = bytes;
      then = work;
    },
    asked: () => {
      const lines = [...said.matchAll(/^([A-Z]+ \/[^ ?]*)\S* HTTP\/1\.1\r$/gm)].map(
        ([, line]) => line as string,
      );
      said = '';
      return lines;
    },
    torn: () => torn,
    close: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => wire.close(resolve));
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
