import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError, messageOf } from '../../base/index.ts';
import { openOnlineFolder } from './lmdb.ts';
import type { OnlineStore } from './online.port.ts';
import { openOnlineRedis } from './redis.ts';
import { redisAddress } from './redis-address.ts';

/**
 * The online store that MILLRACE_ONLINE names: `redis://host:6379`, `rediss://` for TLS, or a folder. Without it, `folder`.
 * A server is asked on first use.
 * @throws MILL_ONLINE_ADDRESS, MILL_ONLINE_UNREADABLE
 */
export async function openOnlineStore(
  folder: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<OnlineStore> {
  const address = env['MILLRACE_ONLINE'];
  if (address === undefined || address === '') return openOnlineFolder(folder);
  if (/^rediss?:/i.test(address)) {
    const server = redisAddress(address, env);
    return openOnlineRedis({ ...server, project: server.project ?? ownName(folder) });
  }
  if (!/^[a-z][a-z0-9+.-]+:/i.test(address)) return openOnlineFolder(address);
  // The address itself is not shown: it may hold what must not be.
  throw new MillraceError({
    code: 'MILL_ONLINE_ADDRESS',
    message: 'MILLRACE_ONLINE, as the environment has it, names no online store.',
    todo: 'Set it as redis://host:6379, as rediss://host:6379 for TLS, or as the path of a folder (LMDB); or unset it.',
    owner: 'project',
  });
}

/** What tells a project's keys from those of others on the same server where nobody named it: chance, kept in a file. */
function ownName(folder: string): string {
  const file = join(folder, 'project');
  try {
    mkdirSync(folder, { recursive: true });
    try {
      writeFileSync(file, randomBytes(8).toString('hex'), { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const name = readFileSync(file, 'utf8');
    if (/^[0-9a-f]{16}$/.test(name)) return name;
    throw new Error('it is not 16 hex digits');
  } catch (error) {
    throw new MillraceError(
      {
        code: 'MILL_ONLINE_UNREADABLE',
        message: `The project's name in the online store, '${file}', cannot be read or made: ${messageOf(error)}.`,
        todo: 'Delete that file and run again, or name the project in MILLRACE_ONLINE: ?project=name.',
        owner: 'service',
      },
      { cause: error },
    );
  }
}
