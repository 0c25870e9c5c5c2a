import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

// Redis as near to bare as it gets: its own server, and RESP over one socket. What any store in Redis has at least to take.

export interface RawRedis {
  set(key: string, value: Buffer): Promise<void>;
  get(keys: readonly string[]): Promise<readonly (Buffer | null)[]>;
  close(): Promise<void>;
}

/** A server of its own, in memory alone; or why there is none. */
export async function rawRedis(): Promise<RawRedis | { readonly reason: string }> {
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', options, { stdio: 'ignore' });
  const started = await Promise.race([
    once(server, 'spawn').then(() => true),
    once(server, 'error').then(() => false),
  ]);
  if (!started) return { reason: "there is no 'redis-server'" };
  const socket = await reached(port);
  const ask = asking(socket);
  return {
    set: async (key, value) => {
      await ask(['SET', key, value]);
    },
    get: async (keys) => {
      const found = await ask(keys.length === 1 ? ['GET', ...keys] : ['MGET', ...keys]);
      return (keys.length === 1 ? [found] : found) as (Buffer | null)[];
    },
    close: async () => {
      socket.destroy();
      server.kill('SIGTERM');
      await once(server, 'exit');
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function reached(port: number): Promise<Socket> {
  for (let tries = 0; ; tries++) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    try {
      await once(socket, 'connect');
      return socket;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

type Reply = Buffer | null | Reply[];

/** One command at a time, each answered by one reply. */
function asking(socket: Socket): (words: readonly (string | Buffer)[]) => Promise<Reply> {
  let held: Buffer = Buffer.alloc(0);
  let settle: ((reply: Reply) => void) | undefined;
  socket.on('data', (data: Buffer) => {
    held = held.length === 0 ? data : Buffer.concat([held, data]);
    const read = replyAt(held, 0);
    if (read === undefined) return;
    held = held.subarray(read.next);
    settle?.(read.reply);
  });
  return (words) =>
    new Promise((resolve) => {
      settle = resolve;
      const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)];
      for (const word of words) {
        const bytes = typeof word === 'string' ? Buffer.from(word) : word;
        parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n'));
      }
      socket.write(Buffer.concat(parts));
    });
}

/** The reply that begins at a place, or undefined when not all of it has come. @throws on an error of the server */
function replyAt(bytes: Buffer, at: number): { readonly reply: Reply; readonly next: number } | undefined {
  const end = bytes.indexOf('\r\n', at);
  if (end < 0) return undefined;
  const head = bytes.toString('latin1', at + 1, end);
  const kind = String.fromCharCode(bytes[at] as number);
  if (kind === '-') throw new Error(`Redis: ${head}`);
  if (kind === '+' || kind === ':') return { reply: Buffer.from(head), next: end + 2 };
  const length = Number(head);
  if (length < 0) return { reply: null, next: end + 2 };
  if (kind === '$') {
    const next = end + 2 + length + 2;
    return bytes.length < next ? undefined : { reply: bytes.subarray(end + 2, next - 2), next };
  }
  const items: Reply[] = [];
  let next = end + 2;
  for (let i = 0; i < length; i++) {
    const item = replyAt(bytes, next);
    if (item === undefined) return undefined;
    items.push(item.reply);
    next = item.next;
  }
  return { reply: items, next };
}
