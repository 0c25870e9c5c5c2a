import type { Micros, Secret } from '../../../base/index.ts';

/** How an API hands out more than one page. */
export type PagingSpec =
  /** Numbers: `?page=1`, `?page=2`, … until a page is empty. */
  | { readonly by: 'page'; readonly param: string; readonly first: number }
  /** A text in the answer (JSON pointer) that asks for the next page; absent, null or empty on the last. */
  | { readonly by: 'cursor'; readonly param: string; readonly next: string }
  /** `Link: <…>; rel="next"` (RFC 8288). */
  | { readonly by: 'link' };

export type SinceSpec = {
  /** The query parameter that takes the edge. */
  readonly param: string;
  /** The column of the contract whose greatest value is the edge. */
  readonly cursor: string;
  readonly lookBack?: Micros;
};

/** Which records of an HTTP API a source reads and how. */
export type HttpSpec = {
  readonly url: string;
  readonly query: Readonly<Record<string, string | Secret>>;
  readonly headers: Readonly<Record<string, string | Secret>>;
  /** Where the array of records stands in the answer: a JSON pointer (RFC 6901); '' for the whole answer. */
  readonly records: string;
  readonly paging?: PagingSpec;
  readonly since?: SinceSpec;
  /** The least time between the beginnings of two requests. */
  readonly spacing?: Micros;
  /** How long one request may take, its answer included. */
  readonly timeout: Micros;
};
