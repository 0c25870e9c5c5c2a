import type { Item, OutsideBench, Traits } from '../connector.conformance.ts';
import type { Connector } from '../declare.ts';
import { openApi, sendJson } from './api.fixture.ts';

const SIZE = 2;

/** An API over a list of items that knows `since` (from it on) and three sorts of pages of two items. */
export async function openItems(from: (url: string) => Connector): Promise<OutsideBench> {
  const api = await openApi();
  let items: readonly Item[] = [];
  let name = 'n';
  let up = true;
  api.answer((url, response) => {
    if (!up) {
      // A wait longer than a run takes part in, so that no test waits either.
      response.writeHead(503, { 'retry-after': '3600' }).end('closed');
      return;
    }
    const since = url.searchParams.get('since');
    const found = items
      .filter(({ at }) => since === null || Date.parse(at) >= Date.parse(since))
      .map(({ id, n, at, extra }) => ({ id, [name]: n, at, extra }));
    const after = Number(url.searchParams.get('after') ?? 0);
    switch (url.pathname) {
      case '/all':
        return sendJson(response, found);
      case '/paged': {
        const from = (Number(url.searchParams.get('page')) - 1) * SIZE;
        return sendJson(response, { data: { items: found.slice(from, from + SIZE) } });
      }
      case '/cursored': {
        const next = after + SIZE < found.length ? String(after + SIZE) : null;
        return sendJson(response, { items: found.slice(after, after + SIZE), meta: { next } });
      }
      case '/linked': {
        url.searchParams.set('after', String(after + SIZE));
        if (after + SIZE < found.length)
          response.setHeader('link', `</other>; rel="prev", <${url.pathname}${url.search}>; rel="next"`);
        return sendJson(response, found.slice(after, after + SIZE));
      }
    }
  });
  return {
    from: from(api.url),
    put: async (given) => {
      items = given;
    },
    rename: async (_, to) => {
      name = to;
    },
    down: async () => {
      up = false;
    },
    up: async () => {
      up = true;
    },
    close: () => api.close(),
  };
}

export function traits(forgets: boolean): Traits {
  return { forgets, replaces: true, down: 'MILL_CONNECTOR_UNREACHABLE' };
}
