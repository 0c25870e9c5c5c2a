import fs from 'node:fs';
import promises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Injector, Mode } from './injector.fixture.ts';

// The system below the ports: every call of node:fs in a project's folder and every statement of SQLite can be made to fail with the errors that
// the system gives. The modules themselves are changed, so a process does this once and for ever.

type Loose = Record<string, (...args: never[]) => unknown>;

const errno = (code: string, message: string, call: string): Error =>
  Object.assign(new Error(`${code}: ${message}, injected at ${call}`), { code, syscall: call });

function fileError(mode: Mode, call: string): Error {
  return mode === 'full' || mode.startsWith('torn')
    ? errno('ENOSPC', 'no space left on device', call)
    : errno('EIO', 'i/o error', call);
}

/** As node:sqlite throws it. 13: full, 10: i/o error, 5: busy. */
function sqliteError(mode: Mode): Error {
  const [errcode, errstr] =
    mode === 'full'
      ? [13, 'database or disk is full']
      : mode === 'lost' || mode === 'unnamed'
        ? [10, 'disk I/O error']
        : [5, 'database is locked'];
  return Object.assign(new Error(`${errstr} (injected)`), { code: 'ERR_SQLITE_ERROR', errcode, errstr });
}

/** `isOurs` says whether a path belongs to a project whose calls are counted. */
export function injectSystem(injector: Injector, isOurs: (path: string) => boolean): void {
  const ours = (path: unknown): boolean => typeof path === 'string' && isOurs(path);
  const changing: Mode[] = ['full', 'fail', 'lost', 'kill'];
  const reading: Mode[] = ['fail', 'kill'];

  const paths = (module: Loose, names: readonly string[], able: Mode[], isAsync: boolean): void => {
    for (const name of names) {
      const real = module[name] as (...args: never[]) => unknown;
      const wrapped = (...args: never[]): unknown => {
        const mode = ours(args[0]) ? injector.at(`fs.${name}`, able) : undefined;
        if (mode === undefined) return real(...args);
        if (mode !== 'lost') throw fileError(mode, name);
        const done = real(...args);
        if (done instanceof Promise)
          return done.then(() => {
            throw fileError(mode, name);
          });
        throw fileError(mode, name);
      };
      module[name] = isAsync ? async (...args: never[]) => wrapped(...args) : wrapped;
    }
  };
  const sync = fs as unknown as Loose;
  const later = promises as unknown as Loose;
  paths(sync, ['mkdirSync', 'mkdtempSync', 'renameSync', 'rmSync', 'writeFileSync'], changing, false);
  paths(sync, ['readFileSync', 'readdirSync', 'openSync'], reading, false);
  paths(later, ['mkdir', 'rename', 'rm'], changing, true);
  paths(later, ['readFile', 'readdir'], reading, true);
  files(injector, ours, later);
  descriptors(injector, sync);
  statements(injector);
  syncBuiltinESMExports();
}

/** Files opened by promise: each write may end in the middle. */
function files(injector: Injector, ours: (path: unknown) => boolean, later: Loose): void {
  const real = later['open'] as (...args: unknown[]) => Promise<FileHandle>;
  later['open'] = (async (...args: unknown[]) => {
    const writes = typeof args[1] === 'string' && args[1] !== 'r';
    const mode = ours(args[0])
      ? injector.at('fs.open', writes ? ['full', 'fail', 'kill'] : ['fail', 'kill'])
      : undefined;
    if (mode !== undefined) throw fileError(mode, 'open');
    const handle = await real(...args);
    if (ours(args[0])) failing(injector, handle);
    return handle;
  }) as never;
}

function failing(injector: Injector, handle: FileHandle): void {
  const own = handle as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  for (const name of ['write', 'writeFile', 'sync', 'datasync', 'read', 'truncate']) {
    const writes = name.startsWith('write');
    const real = (own[name] as (...args: unknown[]) => Promise<unknown>).bind(handle);
    own[name] = async (...args) => {
      const able: Mode[] = writes
        ? ['torn', 'full', 'fail', 'lost', 'kill', 'torn kill']
        : ['fail', 'lost', 'kill'];
      const mode = injector.at(`file.${name}`, able);
      if (mode === undefined) return real(...args);
      if (mode.startsWith('torn')) await real(...cut(name, args));
      if (mode === 'torn kill') process.kill(process.pid, 'SIGKILL');
      if (mode === 'lost') await real(...args);
      throw fileError(mode, name);
    };
  }
}

/** Half of what was to be written. */
function cut(name: string, args: readonly unknown[]): unknown[] {
  const [bytes, offset, length, position] = args as [Uint8Array, number, number, number];
  return name === 'write' ? [bytes, offset, length >> 1, position] : [bytes.subarray(0, bytes.length >> 1)];
}

/** Files by number: what streams write with, and what is flushed. */
function descriptors(injector: Injector, sync: Loose): void {
  const flush = sync['fsyncSync'] as (fd: number) => void;
  sync['fsyncSync'] = ((fd: number) => {
    const mode = injector.at('fs.fsyncSync', ['fail', 'full', 'lost', 'kill']);
    if (mode !== undefined && mode !== 'lost') throw fileError(mode, 'fsync');
    flush(fd);
    if (mode === 'lost') throw fileError(mode, 'fsync');
  }) as never;
  const write = sync['write'] as (...args: unknown[]) => void;
  sync['write'] = ((...args: unknown[]) => {
    const [fd, bytes, offset, length, position] = args as [number, Uint8Array, number, number, number];
    // Numbers 0 to 2 are the process' own voice.
    const mode = fd > 2 ? injector.at('fs.write', ['torn', 'full', 'fail', 'kill', 'torn kill']) : undefined;
    if (mode === undefined) return write(...args);
    const told = args.at(-1) as (error: Error) => void;
    const tell = (): void => {
      if (mode === 'torn kill') process.kill(process.pid, 'SIGKILL');
      told(fileError(mode, 'write'));
    };
    if (mode.startsWith('torn')) write(fd, bytes, offset, length >> 1, position, tell);
    else setImmediate(tell);
  }) as never;
}

function statements(injector: Injector): void {
  const database = DatabaseSync.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const statement = StatementSync.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const exec = database['exec'] as (sql: string) => unknown;
  const close = database['close'] as () => unknown;
  // What looks at a database on its closing (test/house/every-catalog.ts) is no part of it.
  let closing = false;
  database['close'] = function (this: DatabaseSync) {
    closing = true;
    try {
      return close.call(this);
    } finally {
      closing = false;
    }
  };
  database['exec'] = function (this: DatabaseSync, ...args: unknown[]) {
    const sql = String(args[0]);
    // Taking back cannot fail in SQLite but for the file itself, and then the next one that opens it does it.
    const mode =
      closing || sql === 'rollback'
        ? undefined
        : injector.at(`sqlite ${sql}`, ['fail', 'full', 'unnamed', 'kill']);
    if (mode === undefined) return exec.call(this, sql);
    // A full disk takes the whole transaction back, without being asked.
    if (mode === 'full' && this.isTransaction) exec.call(this, 'rollback');
    throw sqliteError(mode);
  };
  for (const name of ['run', 'all', 'get'] as const) {
    const real = statement[name] as (...args: unknown[]) => unknown;
    statement[name] = function (this: StatementSync, ...args: unknown[]) {
      if (closing) return real.apply(this, args);
      const writes = name === 'run';
      const call = `sqlite ${this.sourceSQL.trim().split(/\s+/).slice(0, 4).join(' ')}`;
      const mode = injector.at(
        call,
        writes ? ['full', 'fail', 'lost', 'unnamed', 'kill'] : ['unnamed', 'fail', 'kill'],
      );
      if (mode === undefined) return real.apply(this, args);
      if (mode === 'lost') real.apply(this, args);
      throw sqliteError(mode);
    };
  }
}
