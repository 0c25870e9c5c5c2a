import { MillraceError } from '../../base/index.ts';

/** A Redis server and what belongs to a project there. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly database: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** What tells the project's keys from those of others; undefined when the address does not say. */
  readonly project: string | undefined;
}

/**
 * `redis://user:password@host:6379/0?project=name`, or `rediss://` for TLS, read. The password may stand in
 * MILLRACE_ONLINE_PASSWORD instead.
 * @throws MILL_ONLINE_ADDRESS; the address itself is not shown, because it may hold a password.
 */
export function redisAddress(text: string, env: Readonly<Record<string, string | undefined>>): RedisAddress {
  const url = URL.parse(text);
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === '') throw invalid('no address');
  const path = /^\/?(\d{0,4})$/.exec(url.pathname)?.[1];
  if (path === undefined) throw invalid('a path that is no number of a database');
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'project');
  if (unknown !== undefined) throw invalid('a parameter other than project');
  const project = url.searchParams.get('project') ?? undefined;
  if (project !== undefined && !/^[\w.-]{1,100}$/.test(project))
    throw invalid('a project that is not 1 to 100 letters, digits, dots, hyphens and underscores');
  return {
    // IPv6 addresses stand in brackets only within a URL.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? 6379 : Number(url.port),
    tls: url.protocol === 'rediss:',
    database: Number(path),
    username: decoded(url.username),
    password: decoded(url.password) ?? (env['MILLRACE_ONLINE_PASSWORD'] || undefined),
    project,
  };
}

function decoded(text: string): string | undefined {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid('a user or password with a % that begins no %XX');
  }
}

function invalid(what: string): MillraceError {
  return new MillraceError({
    code: 'MILL_ONLINE_ADDRESS',
    message: `MILLRACE_ONLINE, as the environment has it, names a Redis server with ${what}.`,
    todo: 'Set it as redis://user:password@host:6379/0?project=name, or rediss:// for TLS; user, password, database and project may be left out.',
    owner: 'project',
  });
}
