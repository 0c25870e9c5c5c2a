import { fingerprint, type Json, MillraceError, quoteName, reveal, SECOND } from '../../../base/index.ts';
import type { ContractSpec } from '../../contract/index.ts';
import type { Asked, Look } from '../connector.port.ts';
import { assertColumns } from '../load/prepared-file.ts';
import { type Connection, connect } from './driver.ts';
import type { PostgresSpec } from './spec.ts';

/** Rows as the database counts them: equal rows, equal digest, in any order. */
export type Digest = { readonly rows: number; readonly digest: string };

/** How far a source has come. `to` is the greatest cursor seen; the digest is of the rows from `from` on, which look back finds again. */
export type PostgresProgress = Digest & { readonly to: string | null; readonly from: string | null };

/** What the database says at one moment. */
export interface Seen extends Digest {
  readonly bytes: number;
  readonly to: string | null;
}

export function labelOf({ table }: PostgresSpec): string {
  return `postgres ${table ?? 'query'}`;
}

/** What a source selects from. A query ends on a line of its own, since it may end with a comment. */
function relationOf({ table, query }: PostgresSpec): string {
  if (table !== undefined) return table.split('.').map(quoteName).join('.');
  return `(${(query as string).replace(/;\s*$/, '')}\n) as _mill_query`;
}

/** A text as a literal, for any value: what stands behind E is read alike under all settings. */
function literal(text: string): string {
  return `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** SQL for the wanted rows: the columns of the contract, and the cursor as `_mill_cursor`. */
export function wantedSql(
  spec: PostgresSpec,
  contract: ContractSpec,
  progress: PostgresProgress | undefined,
): string {
  const columns = contract.columns.map(({ name }) => `${quoteName(name)} as ${quoteName(name)}`);
  const cursor = spec.cursor === undefined ? [] : [`${quoteName(spec.cursor)} as _mill_cursor`];
  const select = `select ${[...columns, ...cursor].join(', ')} from ${relationOf(spec)}`;
  return `${select}${boundSql(spec, progress)}`;
}

function boundSql({ cursor, lookBack }: PostgresSpec, progress: PostgresProgress | undefined): string {
  const from = progress?.from ?? null;
  if (cursor === undefined || from === null) return '';
  // Looking back, the edge is read again; otherwise it was read, and reading it again would double rows without a key.
  return ` where ${quoteName(cursor)} ${lookBack === undefined ? '>' : '>='} ${literal(from)}`;
}

/** What stands there of the wanted rows. One pass in the database; no row leaves it. */
export async function seenOf(connection: Connection, sql: string, cursor: boolean): Promise<Seen> {
  const text = 't::text';
  const { rows } = await connection.query(
    `select count(*) as rows, coalesce(sum(hashtextextended(${text}, 0)::numeric), 0) as digest, coalesce(sum(octet_length(${text})), 0) as bytes, ` +
      `${cursor ? 'max(t._mill_cursor)::text' : 'null'} as "to" from (${sql}) t`,
  );
  const [row] = rows;
  return {
    rows: Number(row?.['rows']),
    digest: String(row?.['digest']),
    bytes: Number(row?.['bytes']),
    to: row?.['to'] ?? null,
  };
}

/**
 * The declaration beside what the database has.
 * @throws MILL_SOURCE_COLUMN_MISSING, MILL_CONNECTOR_CURSOR_NULL, MILL_CONNECTOR_REFUSED
 */
export async function assertFits(
  connection: Connection,
  spec: PostgresSpec,
  contract: ContractSpec,
): Promise<void> {
  const { fields } = await connection.query(`select * from ${relationOf(spec)} limit 0`);
  const names = fields.map(({ name }) => name);
  assertColumns(labelOf(spec), contract, names);
  const { cursor } = spec;
  if (cursor === undefined) return;
  if (!names.includes(cursor)) {
    throw new MillraceError({
      code: 'MILL_SOURCE_COLUMN_MISSING',
      message: `'${labelOf(spec)}' has no column '${cursor}', which is its cursor.`,
      todo: 'Name a column that is there.',
      owner: 'project',
    });
  }
  const { rows } = await connection.query(
    `select 1 as one from ${relationOf(spec)} where ${quoteName(cursor)} is null limit 1`,
  );
  if (rows.length === 0) return;
  throw new MillraceError({
    code: 'MILL_CONNECTOR_CURSOR_NULL',
    message: `'${labelOf(spec)}' has rows whose cursor '${cursor}' is null, so they would never be read.`,
    todo: 'Fill the column, or leave these rows out by a query.',
    owner: 'data',
  });
}

/** The fingerprint of a source's rows: those before, by how far it had come, and those beyond. */
export function printOf(before: PostgresProgress | undefined, { rows, digest }: Digest): string {
  return fingerprint({ before: before ?? null, rows, digest });
}

export function progressOf(json: Json | undefined): PostgresProgress | undefined {
  return json as unknown as PostgresProgress | undefined;
}

/** What the source would be asked next: the edge, and what lies beyond it already. */
export async function progressAfter(
  connection: Connection,
  spec: PostgresSpec,
  contract: ContractSpec,
  to: string | null,
  before: PostgresProgress | undefined,
): Promise<PostgresProgress> {
  const { cursor, lookBack } = spec;
  if (cursor === undefined || to === null) return { to, from: null, rows: 0, digest: '0' };
  if (lookBack === undefined) return { to, from: to, rows: 0, digest: '0' };
  // A time in the future, of a clock that runs wrong, must not put off all that is yet to come.
  const { rows } = await connection.query(
    `select (least(edge, now()) - interval '${lookBack / SECOND} seconds')::text as "from" from ` +
      `(select max(${quoteName(cursor)})::timestamptz as edge from ${relationOf(spec)} where ${quoteName(cursor)} = ${literal(to)}) t where edge is not null`,
  );
  const from = rows[0]?.['from'] ?? before?.from ?? to;
  const edge = { to, from, rows: 0, digest: '0' };
  const seen = await seenOf(connection, wantedSql(spec, contract, edge), true);
  return { to, from, rows: seen.rows, digest: seen.digest };
}

/** Whether anything stands there that was not read. */
export async function lookPostgres(asked: Asked<PostgresSpec>): Promise<Look> {
  const { spec, contract, recorded } = asked;
  const connection = await connect(reveal(spec.url), spec.timeout / 1000);
  try {
    await assertFits(connection, spec, contract);
    const before = progressOf(recorded?.progress);
    const seen = await seenOf(connection, wantedSql(spec, contract, before), spec.cursor !== undefined);
    if (before !== undefined && seen.rows === before.rows && seen.digest === before.digest)
      return { fingerprint: undefined, reason: '', bytes: 0, detail: null };
    const count = seen.rows.toLocaleString('en');
    const fresh = before?.to === undefined || before.to === null;
    return {
      fingerprint: printOf(spec.cursor === undefined ? undefined : before, seen),
      reason: fresh
        ? `${before === undefined ? '' : 'now '}${count} ${seen.rows === 1 ? 'row' : 'rows'}`
        : `${count} ${seen.rows === 1 ? 'row' : 'rows'} from ${before.from} on`,
      bytes: seen.bytes,
      detail: null,
    };
  } finally {
    await connection.close();
  }
}
