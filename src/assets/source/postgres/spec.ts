import type { Micros, Secret } from '../../../base/index.ts';

/** Which rows of a PostgreSQL database a source reads. */
export type PostgresSpec = {
  readonly url: string | Secret;
  /** `orders` or `sales.orders`. Either this or `query`. */
  readonly table?: string;
  readonly query?: string;
  /** A column that only grows as rows are added or changed. */
  readonly cursor?: string;
  /** How far before the greatest cursor seen rows are read again. */
  readonly lookBack?: Micros;
  /** How long one statement may take. */
  readonly timeout: Micros;
};
