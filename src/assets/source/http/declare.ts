import type { Secret } from '../../../base/index.ts';
import { type Duration, parseDuration } from '../../../base/index.ts';
import type { HttpSpec, PagingSpec } from './spec.ts';

export interface HttpOptions {
  /** `https://api.example.com/v1/orders`. */
  url: string;
  /** Query parameters of every request. A secret only as `env('NAME')`. */
  query?: Readonly<Record<string, string | Secret>>;
  /** Of every request: `{ Authorization: env('TOKEN', { before: 'Bearer ' }) }`. */
  headers?: Readonly<Record<string, string | Secret>>;
  /** Where the array of records stands in the answer, as a JSON pointer: `'/data/items'`. Default: the answer is the array. */
  records?: string;
  /**
   * `{ page: 'page', first: 1 }`: a parameter that counts, until a page is empty. `{ cursor: 'after', next: '/meta/next' }`: a
   * parameter that takes a text of the answer, until there is none. `'link'`: the Link header's `rel="next"`. Default: one page.
   */
  paging?: { page: string; first?: number } | { cursor: string; next: string } | 'link';
  /** Asks only for what is new: `param` takes the greatest value of column `cursor` that was seen, less `lookBack`. */
  since?: { param: string; cursor: string; lookBack?: Duration };
  /** At most so many requests in so long, evenly spaced. */
  rateLimit?: { requests: number; per: Duration };
  /** How long one request may take, its answer included. Default 30s. */
  timeout?: Duration;
}

/**
 * Records of an HTTP API that answers JSON. Each record is a JSON object whose members are the columns.
 *
 * Without `since`, all records are fetched at each run and take the place of those before, when any has changed. With `since`, what
 * is new is added. Under a key, a record seen again replaces its earlier version: pages may shift while they are read. Requests that
 * fail for a passing reason (no connection, 429, 5xx) are repeated five times, each after twice the wait, or after Retry-After.
 *
 * Throws at check: MILL_CONNECTOR_INVALID. At plan and run: MILL_SECRET_MISSING, MILL_CONNECTOR_UNREACHABLE,
 * MILL_CONNECTOR_REFUSED, MILL_CONNECTOR_ANSWER, MILL_SOURCE_COLUMN_MISSING.
 * @example
 * const orders = source('orders', {
 *   from: http({
 *     url: 'https://api.example.com/v1/orders', headers: { Authorization: env('TOKEN', { before: 'Bearer ' }) },
 *     records: '/data', paging: { page: 'page' }, since: { param: 'updated_since', cursor: 'updated_at', lookBack: '1h' },
 *   }),
 *   columns: { order_id: col.string(), amount: col.double(), updated_at: col.timestamp() },
 *   key: 'order_id',
 * });
 */
export function http(options: HttpOptions): { readonly connector: 'http' } & HttpSpec {
  const { url, query = {}, headers = {}, records = '', paging, since, rateLimit, timeout = '30s' } = options;
  return Object.freeze({
    connector: 'http',
    url,
    query: Object.freeze({ ...query }),
    headers: Object.freeze({ ...headers }),
    records,
    ...(paging === undefined ? {} : { paging: pagingOf(paging) }),
    ...(since === undefined
      ? {}
      : {
          since: Object.freeze({
            param: since.param,
            cursor: since.cursor,
            ...(since.lookBack === undefined ? {} : { lookBack: parseDuration(since.lookBack) }),
          }),
        }),
    ...(rateLimit === undefined
      ? {}
      : { spacing: Math.ceil(parseDuration(rateLimit.per) / rateLimit.requests) }),
    timeout: parseDuration(timeout),
  });
}

function pagingOf(paging: NonNullable<HttpOptions['paging']>): PagingSpec {
  if (paging === 'link') return Object.freeze({ by: 'link' });
  if ('page' in paging) return Object.freeze({ by: 'page', param: paging.page, first: paging.first ?? 1 });
  return Object.freeze({ by: 'cursor', param: paging.cursor, next: paging.next });
}
