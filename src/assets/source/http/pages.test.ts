import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { env } from '../../../base/index.ts';
import { type ContractSpec, col, contractSpec } from '../../contract/index.ts';
import { type Api, openApi, sendJson } from './api.fixture.ts';
import { checkHttp } from './check.ts';
import { type HttpOptions, http } from './declare.ts';
import type { Outside } from './outside.ts';
import { nextLink, pages } from './pages.ts';

let api: Api;
let clock: number;
const outside: Outside = {
  wait: async (ms) => {
    clock += ms;
  },
  random: () => 1,
  now: () => clock,
};
beforeEach(async () => {
  api = await openApi();
  clock = 0;
});
afterEach(() => api.close());

async function all(options: Omit<HttpOptions, 'url'>, path = '/v1', since?: string): Promise<string> {
  const found: unknown[] = [];
  for await (const records of pages(http({ url: api.url + path, ...options }), since, outside))
    found.push(...records);
  return JSON.stringify(found);
}
const fails = (options: Omit<HttpOptions, 'url'>, words: RegExp) =>
  assert.rejects(all(options), (error: Error & { code: string }) => {
    assert.equal(error.code, 'MILL_CONNECTOR_ANSWER');
    assert.match(error.message, words);
    return true;
  });

test('pages by number end with the first empty one', async () => {
  api.answer((url, response) => {
    const page = Number(url.searchParams.get('p'));
    sendJson(response, { data: page < 3 ? [page, page] : [] });
  });
  assert.equal(await all({ records: '/data', paging: { page: 'p', first: 0 } }), '[0,0,1,1,2,2]');
  assert.deepEqual(api.asked, ['/v1?p=0', '/v1?p=1', '/v1?p=2', '/v1?p=3']);
});

test('pages by cursor end when there is none', async () => {
  for (const end of [null, '', undefined, false]) {
    api.answer((url, response) => {
      const after = url.searchParams.get('after');
      sendJson(response, {
        items: [after ?? 'first'],
        next: after === null ? 'a b&c' : after === 'a b&c' ? 17 : end,
      });
    });
    const paging = { cursor: 'after', next: '/next' };
    assert.equal(
      await all({ records: '/items', paging, query: { size: '1' } }, '/v1?kind=x'),
      '["first","a b&c","17"]',
    );
  }
  assert.equal(api.asked[1], '/v1?kind=x&size=1&after=a+b%26c');
});

test('pages by link: relative, among others, quoted or not', async () => {
  assert.equal(nextLink('<a>; rel="prev", <b?x=1,2>; title="x, y"; rel="next last"'), 'b?x=1,2');
  assert.equal(nextLink('<a>; rel=next'), 'a');
  assert.equal(nextLink('<a>; rel="nextish"'), undefined);
  assert.equal(nextLink(null), undefined);
});

test('pages that go on for ever are told', async () => {
  api.answer((_, response) => sendJson(response, [1]));
  await fails({ paging: { page: 'page' } }, /page 2 is one it has given before/);
  api.answer((_, response) => sendJson(response, { items: [1], next: 'x' }));
  await fails({ records: '/items', paging: { cursor: 'after', next: '/next' } }, /run in a circle/);
  api.answer((_, response) => sendJson(response.setHeader('link', '</v1>; rel="next"'), [1]));
  await fails({ paging: 'link' }, /run in a circle/);
  api.answer((_, response) =>
    sendJson(response.setHeader('link', '<http://elsewhere.invalid/>; rel="next"'), [1]),
  );
  await fails({ paging: 'link' }, /leads to http:\/\/elsewhere.invalid/);
});

test('answers that are not as declared', async () => {
  const answers: [string, RegExp][] = [
    ['<html>', /not JSON/],
    ['', /not JSON/],
    ['{"error": "no"}', /there is no '\/data' in its answer/],
    ['{"data": {"a": 1}}', /'\/data' of its answer is no array/],
    ['{"__proto__": {"data": []}}', /there is no '\/data'/],
    ['[[1]]', /there is no '\/data'/],
  ];
  for (const [text, words] of answers) {
    api.answer((_, response) => sendJson(response, text));
    await fails({ records: '/data' }, words);
  }
  api.answer((_, response) => sendJson(response, { data: [] }));
  await fails({}, /its answer is no array/);
});

test('numbers keep their digits', async () => {
  const text = '[{"id":9007199254740993,"x":0.10000000000000000000001,"y":1.0,"z":1e400,"n":-0}]';
  api.answer((_, response) => sendJson(response, text));
  assert.equal(await all({}), text);
});

test('secrets go out, and only out', async () => {
  process.env['TEST_HTTP_TOKEN'] = 'tok-secret';
  try {
    api.answer((_, response) => sendJson(response, []));
    const given = {
      headers: { Authorization: env('TEST_HTTP_TOKEN', { before: 'Bearer ' }), 'x-plain': 'y' },
      query: { api_key: env('TEST_HTTP_TOKEN') },
      since: { param: 'since', cursor: 'at' },
    };
    await all(given, '/v1', '2026-01-01T00:00:00Z');
    assert.equal(api.headers[0]?.authorization, 'Bearer tok-secret');
    assert.equal(api.headers[0]?.['x-plain'], 'y');
    assert.equal(api.asked[0], '/v1?api_key=tok-secret&since=2026-01-01T00%3A00%3A00Z');
    assert.ok(!JSON.stringify(http({ url: api.url, ...given })).includes('tok-secret'));
    api.answer((url, response) => response.writeHead(403).end(`no ${url.searchParams.get('api_key')}`));
    await assert.rejects(
      all(given),
      (error: Error) => !error.message.includes('tok-secret') && /no \*\*\*/.test(error.message),
    );
  } finally {
    delete process.env['TEST_HTTP_TOKEN'];
  }
  await assert.rejects(
    all({ headers: { Authorization: env('TEST_HTTP_TOKEN') } }),
    /TEST_HTTP_TOKEN is not set.*MILL_SECRET_MISSING/,
  );
});

test('requests keep their distance', async () => {
  const at: number[] = [];
  api.answer((url, response) => {
    at.push(clock);
    sendJson(response, Number(url.searchParams.get('page')) < 4 ? [url.search] : []);
  });
  await all({ paging: { page: 'page' }, rateLimit: { requests: 4, per: '1s' } });
  assert.deepEqual(at, [0, 250, 500, 750]);
});

const contract = (key?: 'id'): ContractSpec =>
  contractSpec({
    columns: { id: col.string(), at: col.timestamp(), ok: col.boolean() },
    ...(key === undefined ? {} : { key }),
  });
const said = (options: HttpOptions, key?: 'id') =>
  checkHttp(http(options), contract(key)).map(({ code, message }) => {
    assert.equal(code, 'MILL_CONNECTOR_INVALID');
    return message;
  });

test('faults of a declaration', () => {
  const url = 'https://x.invalid/v1';
  assert.deepEqual(
    said({ url, headers: { Authorization: env('T') }, query: { q: 'x' }, records: '/a~1b/c' }),
    [],
  );
  assert.match(said({ url: 'ftp://x' })[0]!, /no http/);
  assert.match(said({ url: 'https://me:pw@x.invalid' })[0]!, /holds a user or a password/);
  assert.match(said({ url: `${url}?access_token=1` })[0]!, /holds 'access_token'/);
  assert.match(
    said({ url, headers: { authorization: 'Bearer x' } })[0]!,
    /header 'authorization' is written out/,
  );
  assert.match(said({ url, query: { apikey: 'x' } })[0]!, /'apikey' is written out/);
  assert.match(said({ url, headers: { 'a b': 'x' } })[0]!, /no name of a header/);
  assert.match(said({ url, records: 'data' })[0]!, /no JSON pointer/);
  assert.match(said({ url, paging: { cursor: 'a', next: 'b' } })[0]!, /no JSON pointer/);
  assert.match(said({ url, paging: { page: 'p', first: 0.5 } })[0]!, /cannot begin at 0.5/);
  assert.match(said({ url, rateLimit: { requests: 0, per: '1s' } })[0]!, /no rate/);
  assert.match(
    said({ url, since: { param: 's', cursor: 'att' } })[0]!,
    /'att' is not a column; the nearest is 'at'/,
  );
  assert.match(said({ url, since: { param: 's', cursor: 'ok' } })[0]!, /boolean/);
  assert.match(
    said({ url, since: { param: 's', cursor: 'id', lookBack: '1h' } }, 'id')[0]!,
    /not a timestamp/,
  );
  assert.match(said({ url, since: { param: 's', cursor: 'at', lookBack: '1h' } })[0]!, /no key/);
  assert.deepEqual(said({ url, since: { param: 's', cursor: 'at', lookBack: '1h' } }, 'id'), []);
});
