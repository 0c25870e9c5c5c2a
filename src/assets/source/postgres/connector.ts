import type { ConnectorPort } from '../connector.port.ts';
import { lookPostgres } from './arrivals.ts';
import { checkPostgres } from './check.ts';
import { readPostgres } from './read.ts';
import type { PostgresSpec } from './spec.ts';

/** Tables and queries of a PostgreSQL database. */
export const postgresConnector: ConnectorPort<PostgresSpec> = {
  connector: 'postgres',
  identity: ({ url, table, query, cursor, lookBack }) => ({
    connector: 'postgres',
    url,
    table,
    query,
    cursor,
    lookBack,
  }),
  check: checkPostgres,
  look: lookPostgres,
  read: readPostgres,
};
