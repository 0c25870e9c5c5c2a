import { MillraceError } from '../../base/index.ts';
import type { RedisAddress } from './redis-address.ts';
import { evicting, redisProblem, tooLate } from './redis-problem.ts';

// The slice of the package `@redis/client` that is needed here. It is an optional peer: imported on use, by whoever names such a server.

/** What a server answers, as RESP2 has it. */
export type Reply = string | number | null | readonly Reply[];

interface Client {
  connect(): Promise<unknown>;
  sendCommand(args: readonly string[]): Promise<Reply>;
  multi(): Multi;
  close(): Promise<unknown>;
  destroy(): void;
  on(event: 'error', listener: (error: Error) => void): unknown;
  readonly isReady: boolean;
}

interface Multi {
  addCommand(args: readonly string[]): Multi;
  exec(): Promise<unknown>;
}

interface Driver {
  createClient(options: Record<string, unknown>): Client;
  /** What a server answers instead of a reply. */
  readonly ErrorReply: new () => Error;
}

/** A variable, so that neither the compiler nor a bundler wants the package where it is not. */
const PACKAGE: string = '@redis/client';

/** @throws MILL_ONLINE_PACKAGE_MISSING */
export async function driver(
  load: (name: string) => Promise<unknown> = (name) => import(name),
): Promise<Driver> {
  try {
    const found = (await load(PACKAGE)) as { default?: Driver } & Driver;
    return found.default ?? found;
  } catch (error) {
    if (!['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
    throw new MillraceError({
      code: 'MILL_ONLINE_PACKAGE_MISSING',
      message: `Feature state in Redis needs the npm package ${PACKAGE}, which is not installed.`,
      todo: `Run \`npm install ${PACKAGE}\` in the project.`,
      owner: 'project',
    });
  }
}

/** One connection, made when it is first used and again after it was lost. */
export interface Connection {
  /** Sends all at once, and gives the answers in order. */
  send(commands: readonly (readonly string[])[]): Promise<Reply[]>;
  /** Sends all as one transaction. */
  atomically(commands: readonly (readonly string[])[]): Promise<Reply[]>;
  /** After what is under way. */
  close(): Promise<void>;
}

const CONNECT_MS = 3000;
/** So long after a server could not be reached, nobody tries again: every request would open a connection of its own. */
const REST_MS = 250;

/**
 * @param answerMs how long an answer may take. Who waited longer does not know whether it was done.
 * @throws MILL_ONLINE_UNREACHABLE, MILL_ONLINE_REFUSED, MILL_ONLINE_EVICTS, MILL_ONLINE_WRITE_FAILED, MILL_ONLINE_PACKAGE_MISSING from its functions
 */
export function redisConnection(address: RedisAddress, answerMs: number): Connection {
  let connecting: Promise<Client> | undefined;
  let closed = false;
  let answers: Driver['ErrorReply'] | undefined;
  const answered = (error: unknown): boolean => answers !== undefined && error instanceof answers;
  /** Whether the connection can no longer be used. */
  const lost = (error: unknown): boolean => !(error instanceof MillraceError) && !answered(error);

  async function connect(): Promise<Client> {
    const { createClient, ErrorReply } = await driver();
    answers = ErrorReply;
    const { host, port, tls, username, password, database } = address;
    const client = createClient({
      socket: {
        host,
        port,
        ...(tls && { tls }),
        connectTimeout: CONNECT_MS,
        // A lost connection is made anew by whoever asks next.
        reconnectStrategy: false,
      },
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      database,
      name: 'millrace',
      // What every server speaks, also those before Redis 6.
      RESP: 2,
      disableOfflineQueue: true,
      disableClientInfo: true,
      maintNotifications: 'disabled',
    });
    // It is told by whatever was under way.
    client.on('error', () => {});
    try {
      await inTime(client.connect(), CONNECT_MS);
      await refuseEvicting(client);
    } catch (error) {
      destroy(client);
      throw error;
    }
    return client;
  }

  /** A server that throws away what it likes would throw away whole spaces, when memory is short. */
  async function refuseEvicting(client: Client): Promise<void> {
    const info = await inTime(client.sendCommand(['INFO', 'memory']), answerMs).catch((error) => {
      // Not everyone may ask.
      if (lost(error)) throw error;
      return '';
    });
    const policy = /^maxmemory_policy:(\S+)/m.exec(String(info))?.[1];
    // The others take only keys with a time to live, and ours have none.
    if (policy?.startsWith('allkeys-')) throw evicting(policy);
  }

  async function ready(): Promise<Client> {
    const before = connecting;
    if (before !== undefined) {
      const client = await before;
      if (client.isReady) return client;
      // Of several that find it lost, the first connects anew.
      if (connecting === before) connecting = undefined;
    }
    connecting ??= attempt();
    return connecting;
  }

  function attempt(): Promise<Client> {
    const made = connect();
    made.catch(() => {
      setTimeout(() => {
        if (connecting === made) connecting = undefined;
      }, REST_MS).unref();
    });
    return made;
  }

  async function use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    let client: Client | undefined;
    try {
      if (closed) throw new Error('the store is closed');
      const found = await ready();
      client = found;
      return await inTime(work(found), answerMs);
    } catch (error) {
      // What is late may never come; and answers come in order, so nothing behind it would either.
      if (client !== undefined && lost(error)) destroy(client);
      throw redisProblem(error, answered(error), address);
    }
  }

  return Object.freeze({
    send: (commands) => use((client) => Promise.all(commands.map((args) => client.sendCommand(args)))),
    atomically: (commands) =>
      use((client) => {
        const multi = client.multi();
        for (const args of commands) multi.addCommand(args);
        return multi.exec() as Promise<Reply[]>;
      }),
    close: async () => {
      closed = true;
      const client = await connecting?.catch(() => undefined);
      if (client === undefined) return;
      await inTime(client.close(), answerMs).catch(() => {});
      destroy(client);
    },
  } satisfies Connection);
}

function destroy(client: Client): void {
  try {
    client.destroy();
  } catch {
    // It was lost already.
  }
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate(ms)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
