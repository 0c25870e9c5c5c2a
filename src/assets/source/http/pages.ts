import { reveal, sha256 } from '../../../base/index.ts';
import { at, parseExact } from './json.ts';
import type { Outside } from './outside.ts';
import { type Answer, get, type Request, wrong } from './request.ts';
import type { HttpSpec } from './spec.ts';

/** More pages than this are taken for a service that has lost its way. */
const PAGES = 100_000;

/** How an API is named in messages, loads and rows: its address without query, which may hold what must not be shown. */
export function labelOf({ url }: HttpSpec): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/**
 * The records of an API page by page, each as one line of JSON.
 * @throws MILL_SECRET_MISSING, MILL_CONNECTOR_UNREACHABLE, MILL_CONNECTOR_REFUSED, MILL_CONNECTOR_ANSWER
 */
export async function* pages(
  spec: HttpSpec,
  since: string | undefined,
  outside: Outside,
): AsyncGenerator<unknown[]> {
  const { paging } = spec;
  const first = requestOf(spec, since);
  const before = new Set<string>();
  let url = first.url;
  let number = paging?.by === 'page' ? paging.first : 0;
  if (paging?.by === 'page') url.searchParams.set(paging.param, String(number));
  let free = -Infinity;
  for (let n = 0; ; n++) {
    if (n === PAGES) throw wrong(first, `it has more than ${PAGES} pages`);
    if (spec.spacing !== undefined) {
      const ms = free - outside.now();
      if (ms > 0) await outside.wait(ms);
      free = Math.max(free, outside.now()) + spec.spacing / 1000;
    }
    const answer = await get({ ...first, url }, outside);
    const { body, records } = recordsOf(answer, spec, first);
    // The same page again, or the same way on, would go on for ever.
    const mark = paging?.by === 'page' ? sha256(answer.text) : url.href;
    if (before.has(mark) && records.length > 0)
      throw wrong(
        first,
        paging?.by === 'page' ? `page ${number} is one it has given before` : 'its pages run in a circle',
      );
    before.add(mark);
    if (records.length > 0) yield records;
    if (paging === undefined) return;
    if (paging.by === 'page') {
      if (records.length === 0) return;
      url = new URL(url);
      url.searchParams.set(paging.param, String(++number));
    } else if (paging.by === 'cursor') {
      const next = at(body, paging.next);
      const text =
        next === undefined || next === null ? '' : typeof next === 'string' ? next : JSON.stringify(next);
      if (text === '' || text === 'false') return;
      url = new URL(url);
      url.searchParams.set(paging.param, text);
    } else {
      const next = nextLink(answer.link);
      if (next === undefined) return;
      const target = URL.parse(next, answer.url.href);
      if (target === null) throw wrong(first, 'its Link header leads nowhere');
      // The headers go with the request, so it must be the same party that gets them.
      if (target.origin !== first.url.origin) throw wrong(first, `its Link header leads to ${target.origin}`);
      url = target;
    }
    if (before.has(url.href) && paging.by !== 'page') throw wrong(first, 'its pages run in a circle');
  }
}

function requestOf(spec: HttpSpec, since: string | undefined): Request {
  const url = new URL(spec.url);
  const secrets: string[] = [];
  const value = (given: HttpSpec['headers'][string]): string => {
    const text = reveal(given);
    if (typeof given !== 'string') {
      const bare = text.slice(given.before?.length ?? 0);
      // As it is, and as it stands in an address.
      secrets.push(text, bare, encodeURIComponent(bare));
    }
    return text;
  };
  for (const [name, given] of Object.entries(spec.query)) url.searchParams.set(name, value(given));
  if (spec.since !== undefined && since !== undefined) url.searchParams.set(spec.since.param, since);
  const headers = Object.fromEntries(
    Object.entries(spec.headers).map(([name, given]) => [name, value(given)]),
  );
  return { url, headers, timeoutMs: spec.timeout / 1000, secrets, label: labelOf(spec) };
}

function recordsOf(
  { text }: Answer,
  spec: HttpSpec,
  request: Request,
): { body: unknown; records: unknown[] } {
  let body: unknown;
  try {
    body = parseExact(text);
  } catch {
    throw wrong(request, 'its answer is not JSON');
  }
  const records = at(body, spec.records);
  if (Array.isArray(records)) return { body, records };
  const place = spec.records === '' ? 'its answer' : `'${spec.records}' of its answer`;
  throw wrong(
    request,
    records === undefined ? `there is no ${place.replace(' of its', ' in its')}` : `${place} is no array`,
  );
}

/** The target of `rel="next"`, if any (RFC 8288). */
export function nextLink(header: string | null): string | undefined {
  for (const [, target, params] of (header ?? '').matchAll(/<([^>]*)>((?:\s*;\s*[^,;"]+(?:"[^"]*")?)*)/g)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,]+))/i.exec(params ?? '');
    if ((rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/).includes('next')) return target;
  }
  return undefined;
}
