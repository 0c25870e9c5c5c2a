import type { Page } from './tracking.port.ts';
import { invalid } from './tracking-problem.ts';

/** How many items a page has when nothing is said. */
export const USUAL = 1_000;

/** The token of the page that begins after so many items. Opaque to who gets it. */
export function tokenOf(offset: number): string {
  return Buffer.from(JSON.stringify({ offset })).toString('base64');
}

/** How many items lie before the page of a token. */
export function offsetOf(token: string | undefined): number {
  if (token === undefined || token === '') return 0;
  const wrong = () => invalid(`Invalid page token '${token.slice(0, 100)}': it is none that a search gave.`);
  let offset: unknown;
  try {
    ({ offset } = JSON.parse(Buffer.from(token, 'base64').toString('utf8')) as { offset: unknown });
  } catch {
    throw wrong();
  }
  if (!Number.isSafeInteger(offset) || (offset as number) < 0) throw wrong();
  return offset as number;
}

/**
 * One page of a query. Asks for one row more than the page has, which tells whether there is a next one.
 * @param rows the rows of the query, at most so many, after leaving out so many
 */
export function pageOf<R, T>(
  ask: { readonly most?: number; readonly token?: string },
  rows: (limit: number, offset: number) => readonly R[],
  made: (rows: readonly R[]) => readonly T[],
): Page<T> {
  const most = ask.most ?? USUAL;
  const offset = offsetOf(ask.token);
  const found = rows(most + 1, offset);
  if (found.length <= most) return { items: made(found) };
  return { items: made(found.slice(0, most)), next: tokenOf(offset + most) };
}
