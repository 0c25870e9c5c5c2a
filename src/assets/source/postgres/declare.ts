import type { Secret } from '../../../base/index.ts';
import { type Duration, parseDuration } from '../../../base/index.ts';
import type { PostgresSpec } from './spec.ts';

export interface PostgresOptions {
  /** `postgres://user@host:5432/database`. With a password in it, only from the environment: `env('PG_URL')`. */
  url: string | Secret;
  /** `'orders'` or `'sales.orders'`, in the database's own spelling. Either this or `query`. */
  table?: string;
  /** Any SELECT, in PostgreSQL's SQL. */
  query?: string;
  /** A column that grows as rows are added or changed: only rows beyond the greatest value seen are read. Default: all rows. */
  cursor?: string;
  /** Of a cursor that is a time: rows are read again that lie this far before the greatest value seen. Wants a key. */
  lookBack?: Duration;
  /** How long one statement may take; the longest is a digest of all rows. Default 10m. */
  timeout?: Duration;
}

/**
 * Rows of a PostgreSQL table or query, read in one consistent snapshot. Wants the npm package `pg`.
 *
 * Without `cursor`, all rows are read whenever any has changed, and take the place of those before; that is found out by a digest
 * that the database computes over all rows. With `cursor`, rows beyond the greatest value seen are added; with `lookBack` also rows
 * that became visible late are found. Under a key, a row seen again replaces its earlier version; a deleted row stays.
 *
 * Throws at check: MILL_CONNECTOR_INVALID. At run: MILL_CONNECTOR_PACKAGE_MISSING, MILL_SECRET_MISSING,
 * MILL_CONNECTOR_UNREACHABLE, MILL_CONNECTOR_REFUSED, MILL_CONNECTOR_CURSOR_NULL, MILL_SOURCE_COLUMN_MISSING.
 * @example
 * const orders = source('orders', {
 *   from: postgres({ url: env('PG_URL'), table: 'sales.orders', cursor: 'updated_at', lookBack: '1h' }),
 *   columns: { order_id: col.integer(), amount: col.double(), updated_at: col.timestamp() },
 *   key: 'order_id',
 * });
 */
export function postgres(options: PostgresOptions): { readonly connector: 'postgres' } & PostgresSpec {
  const { url, table, query, cursor, lookBack, timeout = '10m' } = options;
  return Object.freeze({
    connector: 'postgres',
    url,
    ...(table === undefined ? {} : { table }),
    ...(query === undefined ? {} : { query }),
    ...(cursor === undefined ? {} : { cursor }),
    ...(lookBack === undefined ? {} : { lookBack: parseDuration(lookBack) }),
    timeout: parseDuration(timeout),
  });
}
