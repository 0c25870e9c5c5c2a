import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { col, contractSpec } from '../../contract/index.ts';
import { type Api, openApi, sendJson } from './api.fixture.ts';
import { instantOf, placeOf } from './cursor-place.ts';
import { http } from './declare.ts';
import { theOutside } from './outside.ts';
import { type HttpProgress, type Pull, pull } from './pull.ts';

let api: Api;
let folder: string;
beforeEach(async () => {
  api = await openApi();
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
});
afterEach(async () => {
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

const contract = contractSpec({ columns: { id: col.integer(), at: col.timestamp() } });
const nested = contractSpec({
  columns: { id: col.integer(), at: col.timestamp().at('meta.times[0]') },
});
const keyed = { ...contract, key: ['id'] };
const NOW = Date.UTC(2026, 5, 1) * 1000;

async function pulled(
  before: HttpProgress | undefined,
  options: { cursor?: 'id' | 'at'; lookBack?: '1h'; keyed?: boolean; nested?: boolean } = {},
): Promise<Pull & { lines: string[] }> {
  const { cursor = 'at', lookBack } = options;
  const since = { param: 'since', cursor, ...(lookBack === undefined ? {} : { lookBack }) };
  const result = await pull({
    spec: http({ url: api.url, since }),
    contract: options.nested ? nested : options.keyed ? keyed : contract,
    before,
    now: NOW,
    outside: theOutside,
    fileAt: (n) => join(folder, `${n}.jsonl`),
  });
  const lines = result.deliveries.flatMap(({ found }) =>
    readFileSync(found.absolute, 'utf8').trim().split('\n'),
  );
  return { ...result, lines };
}
const record = (id: number, at: string) => ({ id, at });
const ids = ({ lines }: { lines: string[] }) => lines.map((line) => JSON.parse(line).id);

test('without a key, records at the edge are taken once, whether the service gives them again or not', async () => {
  const a = record(1, '2026-01-01T10:00:00Z');
  const b = record(2, '2026-01-01T11:00:00Z');
  const c = record(3, '2026-01-01T11:00:00Z');
  api.answer((_, response) => sendJson(response, [a, b]));
  const first = await pulled(undefined);
  assert.deepEqual(ids(first), [1, 2]);
  assert.equal(first.next.from, '2026-01-01T11:00:00Z');
  // This service does not know `since` and gives all.
  api.answer((_, response) => sendJson(response, [c, b, a]));
  const second = await pulled(first.next);
  assert.deepEqual(ids(second), [3]);
  assert.equal(new URL(api.asked[1]!, api.url).searchParams.get('since'), '2026-01-01T11:00:00Z');
  assert.equal((await pulled(second.next)).news, false);
});

test('a record that changes to and fro is taken each time', async () => {
  const states = [record(1, '2026-01-01T10:00:00Z'), { ...record(1, '2026-01-01T10:00:00Z'), x: 1 }];
  let next: HttpProgress | undefined;
  for (const n of [0, 1, 0, 1]) {
    api.answer((_, response) => sendJson(response, [states[n]]));
    const result = await pulled(next, { lookBack: '1h', keyed: true });
    assert.equal(result.rows, 1, String(n));
    next = result.next;
  }
  assert.equal((await pulled(next, { lookBack: '1h', keyed: true })).news, false);
});

test('a cursor may lie within an object', async () => {
  const states = [record(1, '2026-01-01T10:00:00Z'), record(2, '2026-01-01T11:00:00Z')].map(({ id, at }) => ({
    id,
    at: '2027-01-01',
    meta: { times: [at] },
  }));
  api.answer((_, response) => sendJson(response, [...states, { id: 3, meta: {} }, { id: 4 }]));
  const first = await pulled(undefined, { nested: true });
  assert.deepEqual([first.next.from, first.rows], ['2026-01-01T11:00:00Z', 4]);
  assert.equal((await pulled(first.next, { nested: true })).news, false);
});

test('the edge looks back, but never from the future', async () => {
  api.answer((_, response) => sendJson(response, [record(1, '2026-01-01T10:00:00.5+02:00')]));
  assert.equal(
    (await pulled(undefined, { lookBack: '1h', keyed: true })).next.from,
    '2026-01-01T07:00:00.500Z',
  );
  api.answer((_, response) => sendJson(response, [record(1, '2999-01-01')]));
  assert.equal(
    (await pulled(undefined, { lookBack: '1h', keyed: true })).next.from,
    '2026-05-31T23:00:00.000Z',
  );
});

test('numbers go by size, and cells that are none by no place', async () => {
  api.answer((_, response) => sendJson(response, '[{"id":9},{"id":"10"},{"id":null},{"id":"x"},5]'));
  const first = await pulled(undefined, { cursor: 'id' });
  assert.equal(first.next.from, '10');
  assert.equal(first.rows, 5);
  assert.equal((await pulled(first.next, { cursor: 'id' })).news, false);
  assert.equal(placeOf('string', 'b')! > placeOf('string', 'a')!, true);
  assert.equal(placeOf('double', ''), undefined);
});

test('an object is no number, whatever it looks like', async () => {
  api.answer((_, response) =>
    sendJson(response, '[{"id":9007199254740993},{"id":{"rawJSON":"99999999999999999"}}]'),
  );
  assert.equal((await pulled(undefined, { cursor: 'id' })).next.from, '9007199254740993');
});

test('an empty answer changes nothing of the edge', async () => {
  api.answer((_, response) => sendJson(response, []));
  const empty = await pulled(undefined);
  assert.deepEqual([empty.news, empty.next.from], [true, null]);
  assert.equal((await pulled(empty.next)).news, false);
  const before = { from: '2026-01-01T11:00:00Z', known: [], rows: 0, digest: '' };
  assert.equal((await pulled(before)).next.from, before.from);
});

test('instants are read as the contract reads them', () => {
  const known: [string, string | undefined][] = [
    ['2026-01-01', '2026-01-01T00:00:00.000Z'],
    ['2026-01-01 10:00', '2026-01-01T10:00:00.000Z'],
    ['2026-01-01T10:00:01.25', '2026-01-01T10:00:01.250Z'],
    [' 2026-01-01T10:00:00+0530 ', '2026-01-01T04:30:00.000Z'],
    ['2026-01-01T10:00:00-08', '2026-01-01T18:00:00.000Z'],
    ['01/02/2026', undefined],
    ['2026-13-01', undefined],
  ];
  for (const [text, wanted] of known) {
    const instant = instantOf(text);
    assert.equal(instant === undefined ? undefined : new Date(instant / 1000).toISOString(), wanted, text);
  }
  assert.equal(instantOf('2026-01-01T00:00:00.1234567Z'), Date.UTC(2026, 0, 1) * 1000 + 123_456);
});
