import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../src/base/index.ts';
import type { Session } from '../../src/engine/index.ts';
import type { Workspace } from '../../src/graph/index.ts';
import type { Log } from '../../src/store/log/index.ts';
import type { Injector, Mode } from './injector.fixture.ts';

/** As long as a call hangs, in milliseconds: longer than a step may take while faults are about. */
export const HANG = 700;

type Call = (...args: never[]) => unknown;
/** What a port throws by its own words when the disk or the other side does not do. */
type Words = (what: string) => Error;

const named =
  (code: `MILL_${string}`): Words =>
  (what) =>
    new MillraceError({
      code,
      message: `Injected: ${what}.`,
      todo: 'Nothing.',
      owner: 'service',
      retry: true,
    });

const words = {
  engine: named('MILL_SQL_FAILED'),
  state: named('MILL_STATE_BUSY'),
  online: named('MILL_ONLINE_WRITE_FAILED'),
  blobs: named('MILL_BLOB_WRITE_FAILED'),
  log: named('MILL_LOG_WRITE_FAILED'),
};

/**
 * The same workspace, of which every call of every port can be made to fail. A wrapped port is a plain object again, so that it can be spread
 * as the real ones are.
 */
export function faulty(workspace: Workspace, injector: Injector): Workspace {
  const plain =
    (call: string, fail: Words, real: Call): Call =>
    (...args) => {
      const mode = injector.at(call, ['fail', 'unnamed', 'full', 'lost', 'kill']);
      if (mode !== undefined && mode !== 'lost') throw errorOf(mode, fail, call);
      const result = real(...args);
      if (mode === 'lost') throw errorOf(mode, fail, call);
      return result;
    };
  const promised =
    (call: string, fail: Words, real: Call, tear?: Call): Call =>
    async (...args: never[]) => {
      const able: Mode[] = ['fail', 'unnamed', 'full', 'lost', 'late', 'hang', 'kill'];
      const mode = injector.at(call, tear === undefined ? able : [...able, 'torn', 'torn kill']);
      if (mode === undefined) return real(...args);
      if (mode === 'late' || mode === 'hang') await sleep(HANG);
      if (mode.startsWith('torn')) await tear?.(...args);
      if (mode === 'torn kill') process.kill(process.pid, 'SIGKILL');
      if (mode === 'late') return real(...args);
      if (mode === 'lost') await real(...args);
      throw errorOf(mode, fail, call);
    };
  const of = (prefix: string, port: object, wrap: (call: string, real: Call) => unknown): object =>
    Object.fromEntries(
      Object.entries(port).map(([name, value]) => [
        name,
        typeof value === 'function'
          ? wrap(`${prefix}.${name}`, value.bind(port) as Call)
          : isPort(value)
            ? of(`${prefix}.${name}`, value, wrap)
            : value,
      ]),
    );
  const session = (real: Session): Session => ({
    ...(of('engine.session', real, (call, own) =>
      promised(call, words.engine, own, call.endsWith('.write') ? (halfParquet as Call) : undefined),
    ) as Session),
    async *stream(...of) {
      const call = 'engine.session.stream';
      const mode = injector.at(call, ['fail', 'unnamed', 'lost', 'kill']);
      if (mode !== undefined && mode !== 'lost') throw errorOf(mode, words.engine, call);
      yield* real.stream(...of);
      // After the last piece, so that all has been handed out when it fails.
      if (mode === 'lost') throw errorOf(mode, words.engine, call);
    },
    // One only makes a text, the other only lets go.
    scan: real.scan,
    close: real.close,
  });
  const log = (real: Log): Log => ({
    ...(of('log', real, (call, own) => promised(call, words.log, own)) as Log),
    async *read(from) {
      const mode = injector.at('log.read', ['fail', 'unnamed', 'lost', 'kill']);
      if (mode !== undefined && mode !== 'lost') throw errorOf(mode, words.log, 'log.read');
      yield* real.read(from);
      // After the last record, so that all has been handed out when it fails.
      if (mode === 'lost') throw errorOf(mode, words.log, 'log.read');
    },
  });
  const { engine, online, blobs, clock, lake, state } = workspace;
  const parts: Partial<Workspace> = {
    clock: of('clock', clock, (call, own) => plain(call, words.state, own)) as typeof clock,
    engine: {
      session: promised('engine.session', words.engine, async () =>
        session(await engine.session()),
      ) as typeof engine.session,
      close: engine.close,
    },
    lake: {
      ...(of('lake', lake, (call, own) => plain(call, words.state, own)) as typeof lake),
      dataPath: lake.dataPath,
    },
    state: of('state', state, (call, own) => plain(call, words.state, own)) as typeof state,
    online: {
      ...(of('online', online, (call, own) => promised(call, words.online, own)) as typeof online),
      fill: promised(
        'online.fill',
        words.online,
        online.fill as Call,
        (async (...[space, coverage, entries]: Parameters<typeof online.fill>) => {
          await online.fill(space, coverage, half(entries)).catch(() => {});
        }) as Call,
      ) as typeof online.fill,
      close: online.close,
    },
    blobs: of('blobs', blobs, (call, own) =>
      promised(
        call,
        words.blobs,
        own,
        call.endsWith('.put') ? (((bytes: Uint8Array) => halfBlob(workspace, bytes)) as Call) : undefined,
      ),
    ) as typeof blobs,
    log: promised('log', words.log, (async (name: string) =>
      log(await workspace.log(name))) as Call) as typeof workspace.log,
  };
  return { ...workspace, ...parts };
}

const isPort = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.values(value).some((v) => typeof v === 'function');

function errorOf(mode: Mode, fail: Words, call: string): Error {
  if (mode === 'unnamed') return new Error(`Injected: ${call} failed of something without a name.`);
  return fail(mode === 'full' ? `no space left on device at ${call}` : `${call} failed (${mode})`);
}

/** What a writer leaves that dies in the middle of a Parquet file. */
async function halfParquet(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `.writing-${randomUUID()}.parquet`), 'PAR1 and no more');
}

async function halfBlob({ folder }: Workspace, bytes: Uint8Array): Promise<void> {
  writeFileSync(
    join(folder, '.millrace', 'blobs', `.writing-${randomUUID()}`),
    bytes.subarray(0, bytes.length / 2),
  );
}

/** The first of the entities, and then no more. */
async function* half<T>(entries: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T> {
  let n = 0;
  for await (const entry of entries) {
    if (n++ > 3) throw new Error('Injected: half of it.');
    yield entry;
  }
}
