import { randomUUID } from 'node:crypto';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Engine, Session } from '../engine.port.ts';
import { sqlGuard } from './failure.ts';
import { duckDbSession } from './session.ts';

export interface DuckDbOptions {
  /** For all sessions together, in DuckDB's notation. Beyond it, what can spills to `tempFolder`. Default `'1GB'`. */
  readonly memoryLimit?: string;
  /** Default: the cores this process may use. */
  readonly threads?: number;
  /** Where to spill. Default: a folder of the system's temporary one, made only when needed. */
  readonly tempFolder?: string;
}

/**
 * An embedded DuckDB without a database file: tables are the lake's, and only temporary ones are DuckDB's own. It loads no
 * extension that is not built in, and never goes to the network for one. Time zone UTC; the order of rows is kept.
 * @throws MILL_SQL_FAILED when an option is not acceptable to DuckDB.
 */
export async function openDuckDb(options: DuckDbOptions = {}): Promise<Engine> {
  const instance = await sqlGuard(() =>
    DuckDBInstance.create(':memory:', {
      memory_limit: options.memoryLimit ?? '1GB',
      threads: String(options.threads ?? availableParallelism()),
      temp_directory: options.tempFolder ?? join(tmpdir(), `millrace-spill-${randomUUID()}`),
      preserve_insertion_order: 'true',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    }),
  );
  const sessions = new Set<Session>();
  let open = true;
  return Object.freeze({
    session: ({ optimize = true } = {}) =>
      sqlGuard(async () => {
        const connection = await instance.connect();
        await connection.run("set TimeZone = 'UTC'");
        if (!optimize) await connection.run('pragma disable_optimizer');
        const session = duckDbSession(connection, (ended) => sessions.delete(ended));
        sessions.add(session);
        return session;
      }),
    close: async () => {
      if (!open) return;
      open = false;
      for (const session of [...sessions]) session.close();
      instance.closeSync();
    },
  });
}
