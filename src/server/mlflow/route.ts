import type { Fields } from './fields.ts';

/** Below these MLflow's clients ask, and its pages. */
export const PREFIXES = ['/api', '/ajax-api'] as const;

/** What is said to one who asks there and comes to no route; undefined for all others. */
export const unroutedForm = (url: string, message: string): object | undefined =>
  PREFIXES.some((prefix) => url.startsWith(`${prefix}/`))
    ? { error_code: 'BAD_REQUEST', message }
    : undefined;

/** What a handler gets: the request's fields and the names in its address. */
export interface WireAsk {
  readonly fields: Fields;
  readonly params: Readonly<Record<string, string>>;
}

/** One thing that is asked below MLflow's prefixes. Its answer is a JSON object. */
export interface WireRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Below the prefix: `/runs/create`. */
  readonly path: string;
  readonly answer: (ask: WireAsk) => object | Promise<object>;
}

const of =
  (method: WireRoute['method']) =>
  (path: string, answer: WireRoute['answer']): WireRoute => ({ method, path, answer });

export const get = of('GET');
export const post = of('POST');
export const patch = of('PATCH');
export const del = of('DELETE');
