import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { bug, MillraceError, messageOf } from '../base/index.ts';

/** A value bound to a `?`. Booleans are kept as 0 and 1. */
export type DatabaseValue = string | number | bigint | boolean | null | Uint8Array;

/**
 * The one SQLite file of a project: the lake's catalog and the project's own state side by side, so that one transaction
 * publishes both. Any number of processes may have it open; within a process everything is synchronous.
 */
export interface Database {
  /** All rows of a query. Integers are numbers; one beyond ±(2^53 − 1) throws. */
  all<R extends object>(sql: string, params?: readonly DatabaseValue[]): R[];
  /** The first row, or undefined. */
  get<R extends object>(sql: string, params?: readonly DatabaseValue[]): R | undefined;
  /** Gives the number of rows changed. */
  run(sql: string, params?: readonly DatabaseValue[]): number;
  /**
   * Everything in `work` or nothing. It begins IMMEDIATE: writers queue, so what `work` reads cannot go stale before it
   * writes. Inside another transaction it joins that one; when it throws there, the outer cannot commit any more.
   * `work` must not be async. With `flush: false` the process does not wait for the disk: all of it stays whole and in order, also when the
   * process dies, but the last seconds of such work may be lost with the power. For what nobody was promised, as audits.
   * @throws MILL_STATE_BUSY (retry: true) when another process holds the file for more than 10 s; MILL_STATE_FAILED (retry: true) when
   * the disk is full or fails, and nothing of it has happened then, as far as the disk can still tell.
   */
  transaction<T>(work: () => T, options?: { readonly flush?: boolean }): T;
  /**
   * Brings one room's tables up to date: step n is run once, ever, whichever process comes first. Only append to `steps`.
   * @throws MILL_STATE_NEWER when the file has had steps that this code does not know.
   */
  migrate(room: string, steps: readonly string[]): void;
  close(): void;
}

/** As long as a writer waits for another. Commits take milliseconds; ten seconds means that something hangs. */
const BUSY_MILLIS = 10_000;
/** Statements in use number about a hundred; the bound only guards against SQL that is put together from values. */
const MOST_STATEMENTS = 500;

/**
 * Opens the file, or makes it. Write-ahead log, so that readers never wait; every commit is flushed to disk, but where that was waived.
 * @throws MILL_STATE_UNREADABLE when it cannot be opened or is no SQLite database.
 */
export function openDatabase(path: string): Database {
  const sqlite = opened(path);
  const statements = new Map<string, StatementSync>();
  let depth = 0;
  let doomed = false;
  let flushed = true;

  function statement(sql: string): StatementSync {
    let found = statements.get(sql);
    if (!found) {
      if (statements.size >= MOST_STATEMENTS) statements.clear();
      found = sqlite.prepare(sql);
      statements.set(sql, found);
    }
    return found;
  }

  function transaction<T>(work: () => T, { flush = true }: { readonly flush?: boolean } = {}): T {
    if (depth > 0) {
      if (flush && !flushed) throw bug('A transaction that is flushed was begun in one that is not.');
      return joined(work);
    }
    if (!flush) sqlite.exec('pragma synchronous = normal');
    try {
      return outermost(work, flush);
    } finally {
      if (!flush) sqlite.exec('pragma synchronous = full');
    }
  }

  function outermost<T>(work: () => T, flush: boolean): T {
    guard(path, () => sqlite.exec('begin immediate'));
    depth = 1;
    doomed = false;
    flushed = flush;
    try {
      const result = work();
      if (result instanceof Promise) throw bug('A transaction was given async work.');
      if (doomed) throw bug('A part of this transaction failed, and its error was swallowed.');
      guard(path, () => sqlite.exec('commit'));
      return result;
    } catch (error) {
      // A full disk makes SQLite roll back by itself.
      if (sqlite.isTransaction) sqlite.exec('rollback');
      throw error;
    } finally {
      depth = 0;
    }
  }

  function joined<T>(work: () => T): T {
    depth++;
    try {
      return work();
    } catch (error) {
      doomed = true;
      throw error;
    } finally {
      depth--;
    }
  }

  const database: Database = {
    all: <R extends object>(sql: string, params: readonly DatabaseValue[] = []) =>
      guard(path, () =>
        statement(sql)
          .all(...params.map(bindable))
          .map((row) => ({ ...row }) as R),
      ),
    get: <R extends object>(sql: string, params: readonly DatabaseValue[] = []) =>
      guard(path, () => {
        const row = statement(sql).get(...params.map(bindable));
        return row && ({ ...row } as R);
      }),
    run: (sql, params = []) => guard(path, () => Number(statement(sql).run(...params.map(bindable)).changes)),
    transaction,
    migrate: (room, steps) =>
      migrate(database, (sql) => guard(path, () => sqlite.exec(sql)), path, room, steps),
    close: () => {
      statements.clear();
      if (sqlite.isOpen) sqlite.close();
    },
  };
  return Object.freeze(database);
}

function opened(path: string): DatabaseSync {
  let sqlite: DatabaseSync | undefined;
  try {
    sqlite = new DatabaseSync(path, { timeout: BUSY_MILLIS, enableForeignKeyConstraints: true });
    turnOnWal(sqlite);
    sqlite.exec('pragma synchronous = full');
    return sqlite;
  } catch (error) {
    if (sqlite?.isOpen) sqlite.close();
    throw new MillraceError(
      {
        code: 'MILL_STATE_UNREADABLE',
        message: `The project's database ${path} cannot be opened: ${messageOf(error)}.`,
        todo: 'Check that the path is right, that its folder exists and may be written, and that the file is whole.',
        owner: 'service',
      },
      { cause: error },
    );
  }
}

/**
 * The switch to WAL, kept in the file for ever after, needs it alone for a moment, and SQLite does not wait for that: of two processes
 * that open a new file together, one is told "locked" at once.
 */
function turnOnWal(sqlite: DatabaseSync): void {
  const until = Date.now() + BUSY_MILLIS;
  for (;;) {
    try {
      sqlite.exec('pragma journal_mode = wal');
      return;
    } catch (error) {
      if (!isBusy(error) || Date.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

/** SQLITE_BUSY is 5, SQLITE_LOCKED 6; the higher bits of the code tell why. */
function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' && ((code & 255) === 5 || (code & 255) === 6);
}

/** By the primary code: what the disk or the file itself is to blame for, and no statement of ours. */
const failures: Readonly<Record<number, { readonly todo: string; readonly retry: boolean }>> = {
  // Read only, i/o error, corrupt, full, cannot be opened, no database.
  8: { todo: 'Give this process the right to write there.', retry: false },
  10: { todo: 'Look whether the disk is sound and has room, then try again.', retry: true },
  11: { todo: 'Restore state.db from a copy, together with the files beside it.', retry: false },
  13: { todo: 'Make room on the disk, then try again.', retry: true },
  14: { todo: 'Look whether the disk is sound and has room, then try again.', retry: true },
  26: { todo: 'Restore state.db from a copy, together with the files beside it.', retry: false },
};

function failed(path: string, error: unknown): MillraceError | undefined {
  const { errcode } = error as { errcode?: unknown };
  const how = typeof errcode === 'number' ? failures[errcode & 255] : undefined;
  if (how === undefined) return undefined;
  return new MillraceError(
    {
      code: 'MILL_STATE_FAILED',
      message: `The project's database ${path} failed: ${messageOf(error)}.`,
      todo: how.todo,
      owner: 'service',
      retry: how.retry,
    },
    { cause: error },
  );
}

function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isBusy(error)) throw failed(path, error) ?? error;
    throw new MillraceError(
      {
        code: 'MILL_STATE_BUSY',
        message: `Another process has held the project's database ${path} for more than ${BUSY_MILLIS / 1000} s.`,
        todo: 'Try again; if it stays so, look for a Millrace process that hangs.',
        owner: 'service',
        retry: true,
      },
      { cause: error },
    );
  }
}

/** node:sqlite binds every number as a float, which a text column would keep as '1.0'. */
function bindable(value: DatabaseValue): SQLInputValue {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  return value;
}

function migrate(
  database: Database,
  exec: (sql: string) => void,
  path: string,
  room: string,
  steps: readonly string[],
): void {
  const applied = () =>
    database.get<{ step: number | null }>('select max(step) as step from mill_migration where room = ?', [
      room,
    ])?.step ?? 0;
  // Almost always there is nothing to do; then no writer is kept waiting.
  const known = database.get("select 1 from sqlite_schema where type = 'table' and name = 'mill_migration'");
  if (known && applied() === steps.length) return;
  database.transaction(() => {
    exec(
      'create table if not exists mill_migration (room text not null, step integer not null, primary key (room, step)) without rowid',
    );
    const done = applied();
    if (done > steps.length)
      throw new MillraceError({
        code: 'MILL_STATE_NEWER',
        message: `The project's database ${path} is at step ${done} of '${room}'; this version of Millrace knows ${steps.length}.`,
        todo: 'Use the newer version of Millrace that wrote it.',
        owner: 'project',
      });
    for (const [i, step] of steps.entries()) {
      if (i < done) continue;
      exec(step);
      database.run('insert into mill_migration (room, step) values (?, ?)', [room, i + 1]);
    }
  });
}
