// What customers of a shop buy after 15 October, from what they bought before 1 September 2011; stopped by the six weeks between.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import type { FitInput, InputColumn } from '../trainer.port.ts';
import { createFactorization } from './factorization.ts';

const file = fileURLToPath(
  new URL('../../../../../../shared/datasets/online-retail/online_retail.csv.gz', import.meta.url),
);
const skip = existsSync(file) ? false : 'no ../shared/datasets/online-retail';

interface Bought {
  readonly user: string;
  readonly item: string;
  readonly at: string;
  readonly price: number;
  readonly country: string;
}

function readBought(): Bought[] {
  const lines = gunzipSync(readFileSync(file)).toString('utf8').trim().split(/\r?\n/);
  return lines.slice(1).flatMap((line) => {
    const cells = [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map((match) => match[1]!);
    const [invoice, item, , quantity, at, price, user, country] = cells as [string, ...string[]];
    // Cancelled invoices begin with C.
    if (user === '' || invoice.startsWith('C') || !(Number(quantity) > 0)) return [];
    return [{ user: user!, item: item!, at: at!, price: Number(price), country: country! }];
  });
}

const category = (name: string, values: readonly string[], categories: readonly string[]): InputColumn => {
  const codes = new Map(categories.map((value, code) => [value, code]));
  return { name, type: 'category', categories, codes: Int32Array.from(values, (v) => codes.get(v) ?? -1) };
};

const unique = (values: readonly string[]): string[] => [...new Set(values)];

/** Mean recall at 10 (of at most 10) and NDCG at 10 of users' items. */
function judge(
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
  items: readonly string[],
  scoresOf: (user: string) => Float64Array,
): { recall: number; ndcg: number } {
  let [recall, ndcg] = [0, 0];
  for (const [user, own] of wanted) {
    const scores = scoresOf(user);
    const first = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!).slice(0, 10);
    const worth = (place: number): number => 1 / Math.log2(place + 2);
    let [hits, gained, best] = [0, 0, 0];
    first.forEach((item, place) => {
      if (place < own.size) best += worth(place);
      if (!own.has(items[item]!)) return;
      hits++;
      gained += worth(place);
    });
    recall += hits / Math.min(10, own.size) / wanted.size;
    ndcg += gained / best / wanted.size;
  }
  return { recall, ndcg };
}

test('online retail: what returning customers buy is found far better than by popularity', {
  skip,
}, async (t) => {
  const all = readBought();
  const between = (from: string, to: string): Bought[] =>
    all
      .filter(({ at }) => at >= from && at < to)
      .sort((a, b) => (a.user < b.user ? -1 : a.user > b.user ? 1 : 0));
  const [train, validation, later] = [
    between('2010', '2011-09-01'),
    between('2011-09-01', '2011-10-15'),
    between('2011-10-15', '2012'),
  ];
  const users = unique(train.map(({ user }) => user));
  const items = unique(train.map(({ item }) => item));
  const countries = unique(train.map(({ country }) => country));
  const prices = new Map(train.map(({ item, price }) => [item, price]));
  const columnsOf = (rows: readonly Pick<Bought, 'user' | 'item' | 'country'>[]): InputColumn[] => [
    category(
      'user',
      rows.map(({ user }) => user),
      users,
    ),
    category(
      'country',
      rows.map(({ country }) => country),
      countries,
    ),
    category(
      'item',
      rows.map(({ item }) => item),
      items,
    ),
    {
      ...{ name: 'price', type: 'number' },
      values: Float64Array.from(rows, ({ item }) => prices.get(item) ?? Number.NaN),
    },
  ];
  const rows = [...train, ...validation];
  const groups = new Int32Array(rows.length);
  for (let row = 1; row < rows.length; row++)
    groups[row] =
      groups[row - 1]! + (rows[row]!.user === rows[row - 1]!.user && row !== train.length ? 0 : 1);
  const input: FitInput = {
    ...{ task: 'ranking', columns: columnsOf(rows), groups, seed: 1 },
    target: new Float64Array(rows.length).fill(1),
    train: { from: 0, to: train.length },
    validation: { from: train.length, to: rows.length },
  };
  const fitted = await createFactorization({ user: ['user', 'country'], item: ['item', 'price'] }).fit(input);

  const bought = new Map<string, Set<string>>();
  const [known, countryOf] = [new Set(items), new Map<string, string>()];
  for (const { user, item, country } of train) {
    bought.set(user, (bought.get(user) ?? new Set()).add(item));
    countryOf.set(user, country);
  }
  const wanted = new Map<string, Set<string>>();
  for (const { user, item } of later)
    if (bought.has(user) && known.has(item)) wanted.set(user, (wanted.get(user) ?? new Set()).add(item));
  const buyers = new Map<string, number>();
  for (const own of bought.values()) for (const item of own) buyers.set(item, (buyers.get(item) ?? 0) + 1);

  const popular = Float64Array.from(items, (item) => buyers.get(item)!);
  const scores = (user: string): Float64Array =>
    fitted.predict(columnsOf(items.map((item) => ({ user, item, country: countryOf.get(user)! }))));
  // What a customer has bought before is known to come again; what is new to them is harder to tell.
  const fresh = new Map([...wanted].map(([user, own]) => [user, own.difference(bought.get(user)!)] as const));
  for (const [user, own] of fresh) if (own.size === 0) fresh.delete(user);
  const without = (user: string, given: Float64Array): Float64Array =>
    given.map((score, i) => (bought.get(user)!.has(items[i]!) ? Number.NEGATIVE_INFINITY : score));
  for (const [what, asked, popularity, factors] of [
    ['all items', wanted, () => popular, scores],
    [
      'items new to them',
      fresh,
      (user: string) => without(user, popular),
      (user: string) => without(user, scores(user)),
    ],
  ] as const) {
    const [rival, ours] = [judge(asked, items, popularity), judge(asked, items, factors)];
    t.diagnostic(
      `${what}: ${asked.size} customers; popularity ${JSON.stringify(rival)}; ours ${JSON.stringify(ours)}`,
    );
    assert.ok(ours.recall > 1.8 * rival.recall, `${what}: ${ours.recall}, popularity ${rival.recall}`);
    assert.ok(ours.ndcg > 1.8 * rival.ndcg, `${what}: ${ours.ndcg}, popularity ${rival.ndcg}`);
  }
});
