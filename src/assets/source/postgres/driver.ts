import { MillraceError, messageOf, withoutSecrets } from '../../../base/index.ts';

// The slice of the package `pg` that is needed here. It is an optional peer: imported on use, by whoever has such a source.

export interface Result {
  readonly rows: readonly Readonly<Record<string, string | null>>[];
  readonly fields: readonly { readonly name: string }[];
}

interface Client {
  connect(): Promise<unknown>;
  query(query: { text: string; types: { getTypeParser(): (text: string) => string } }): Promise<Result>;
  end(): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

interface Driver {
  readonly Client: new (options: Record<string, unknown>) => Client;
}

/** One connection in a read-only transaction. Every cell is given as PostgreSQL writes it. */
export interface Connection {
  query(text: string): Promise<Result>;
  close(): Promise<void>;
}

/** A variable, so that neither the compiler nor a bundler wants the package where it is not. */
const PACKAGE: string = 'pg';

/** @throws MILL_CONNECTOR_PACKAGE_MISSING */
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
      code: 'MILL_CONNECTOR_PACKAGE_MISSING',
      message: 'Reading from PostgreSQL needs the npm package pg, which is not installed.',
      todo: 'Run `npm install pg` in the project.',
      owner: 'project',
    });
  }
}

const CONNECT_MS = 10_000;
const asText = { getTypeParser: () => (text: string) => text };

/**
 * Connects and begins a transaction that sees one snapshot and can write nothing. Texts of dates, times and numbers are set to the
 * forms that the contract reads, whatever the server's settings.
 * @throws MILL_CONNECTOR_UNREACHABLE, MILL_CONNECTOR_REFUSED, MILL_CONNECTOR_PACKAGE_MISSING
 */
export async function connect(url: string, timeoutMs: number): Promise<Connection> {
  const { Client } = await driver();
  if (!/^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw new MillraceError({
      code: 'MILL_CONNECTOR_INVALID',
      message: 'The url of a PostgreSQL source, as the environment has it, is no postgres:// address.',
      todo: 'Set it as postgres://user:password@host:5432/database.',
      owner: 'project',
    });
  const secrets = secretsOf(url);
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw problemOf(error, secrets);
    }
  };
  const client = await guard(
    async () =>
      new Client({
        connectionString: url,
        connectionTimeoutMillis: CONNECT_MS,
        keepAlive: true,
        keepAliveInitialDelayMillis: CONNECT_MS,
        // For a server that is gone without a word; one that is there ends the statement itself.
        query_timeout: timeoutMs + CONNECT_MS,
        application_name: 'millrace',
      }),
  );
  // A connection that breaks between two queries is told by the next query.
  client.on('error', () => {});
  const query = (text: string) => guard(() => client.query({ text, types: asText }));
  const close = async () => {
    await client.end().catch(() => {});
  };
  try {
    await guard(() => client.connect());
    await query('begin isolation level repeatable read read only');
    await query(`set local statement_timeout = ${Math.ceil(timeoutMs)}`);
    await query("set local datestyle = 'ISO, YMD'");
    await query("set local timezone = 'UTC'");
    await query("set local intervalstyle = 'iso_8601'");
    await query("set local bytea_output = 'hex'");
    await query('set local extra_float_digits = 3');
    await query('set local standard_conforming_strings = on');
    await query('set local cursor_tuple_fraction = 1');
  } catch (error) {
    await close();
    throw error;
  }
  return { query, close };
}

/** What must be in no message: the address, and the password in it as written and as meant. */
function secretsOf(url: string): string[] {
  const parsed = URL.parse(url);
  const password = parsed?.password ?? '';
  const query = parsed?.searchParams.get('password') ?? '';
  return [url, password, decoded(password), query].filter((text) => text !== '');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The server's own words. The error itself is not kept as a cause: drivers put addresses into theirs. */
function problemOf(error: unknown, secrets: readonly string[]): MillraceError {
  if (error instanceof MillraceError) return error;
  const { code = '' } = error as { code?: string };
  const words = withoutSecrets(messageOf(error) || code, secrets);
  // Such five are an SQLSTATE (EPIPE and the like begin with E), so the server has answered; classes 08, 53 and 57 are about its being there.
  const answered = /^[0-9FHPX][0-9A-Z]{4}$/.test(code);
  if (answered && !/^(08|53|57|40)/.test(code))
    return new MillraceError({
      code: 'MILL_CONNECTOR_REFUSED',
      message: `PostgreSQL refuses: ${words} (${code}).`,
      todo: 'Mend the declaration, or the rights of the user that the url names.',
      owner: 'project',
    });
  return new MillraceError({
    code: 'MILL_CONNECTOR_UNREACHABLE',
    message: `PostgreSQL does not answer: ${words}${words.endsWith('.') ? '' : '.'}`,
    todo: 'See that the server runs and that its address is right; then run again. Nothing has changed.',
    owner: 'service',
    retry: true,
  });
}
