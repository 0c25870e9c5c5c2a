import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { kinds } from '../../src/assets/index.ts';
import { historyOf, type Period } from '../../src/assets/table/history/history.oracle.ts';
import { graphOf, type Project, rollback, run } from '../../src/graph/index.ts';
import { col, files, project, source, sql, table } from '../../src/index.ts';
import { ask } from './digest.fixture.ts';
import { type Bench, openBench, put } from './line.fixture.ts';

interface Product {
  readonly product: string;
  readonly price: number;
  /** Hours since the beginning. */
  readonly hours: number;
}

function shop(more: boolean): Project {
  const products = source('products', {
    from: files('products.csv'),
    columns: {
      product: col.string(),
      price: col.double(),
      updated_at: col.timestamp(),
      ...(more ? { colour: col.string().nullable() } : {}),
    },
  });
  const colour = more ? { colour: col.string().nullable() } : {};
  const prices = table('prices', {
    columns: { product: col.string(), price: col.double(), ...colour },
    key: 'product',
    history: {},
    query: more
      ? sql`select product, price, colour from ${products}`
      : sql`select product, price from ${products}`,
  });
  const stamped = table('stamped', {
    columns: { product: col.string(), price: col.double().between(0, 8), updated_at: col.timestamp() },
    key: 'product',
    history: { changedAt: 'updated_at' },
    query: sql`select product, price, updated_at from ${products}`,
  });
  return project('shop', { products, prices, stamped }) as unknown as Project;
}

const START = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

/** Runs at an hour, and gives the instant in microseconds. */
async function look(
  bench: Bench,
  declared: Project,
  hour: number,
  rows?: readonly Product[],
  colour?: string,
) {
  if (rows !== undefined) {
    const lines = rows.map(
      ({ product, price, hours }) =>
        `${product},${price},${new Date(START + hours * HOUR).toISOString()}${colour === undefined ? '' : `,${colour}`}`,
    );
    const header = `product,price,updated_at${colour === undefined ? '' : ',colour'}`;
    put(bench.folder, 'products.csv', `${[header, ...lines].join('\n')}\n`);
  }
  const at = (START + hour * HOUR) * 1000;
  const workspace = { ...bench.workspace, clock: { now: () => at } };
  const result = await run(graphOf(declared), kinds, workspace);
  assert.deepEqual(
    result.steps.flatMap(({ problems }) => problems),
    [],
  );
  return at;
}

const periods = async (bench: Bench, asset: string, columns: string): Promise<string[]> => {
  const rows = await ask<{ t: string }>(
    bench.workspace,
    asset,
    (t) =>
      `select concat_ws(' ', ${columns}, epoch_us(valid_from), coalesce(epoch_us(valid_to)::VARCHAR, '-')) as t from ${t} order by t`,
  );
  return rows.map(({ t }) => t);
};

const told = (list: readonly Period<Product>[], of: (row: Product) => string): string[] =>
  list.map(({ row, from, to }) => `${of(row)} ${from} ${to ?? '-'}`).sort();

const rowsOfALook = fc.uniqueArray(
  fc.record({
    product: fc.constantFrom('a', 'b', 'c', 'd'),
    price: fc.integer({ min: 1, max: 9 }),
    hours: fc.nat(12),
  }),
  { selector: ({ product }) => product, minLength: 1, maxLength: 4 },
);

describe('a table with history', () => {
  it('holds what looking again and again has seen', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rowsOfALook, { minLength: 1, maxLength: 5 }), async (looks) => {
        const bench = await openBench();
        try {
          const seen: { at: number; rows: Product[] }[] = [];
          for (const [i, rows] of looks.entries()) {
            const at = await look(bench, shop(false), 100 + i, rows);
            seen.push({ at, rows });
            const plain = historyOf(
              seen.map(({ at, rows }) => ({ at, rows: rows.map((row) => ({ ...row, hours: 0 })) })),
              ({ product }) => product,
              (_, at) => at,
            );
            assert.deepEqual(
              await periods(bench, 'prices', 'product, price::INTEGER'),
              told(plain, ({ product, price }) => `${product} ${price}`),
            );
            // A price above 8 breaks the contract: the row is set aside, and is as if it were not there.
            const stamped = historyOf(
              seen.map(({ at, rows }) => ({ at, rows: rows.filter(({ price }) => price <= 8) })),
              ({ product }) => product,
              ({ hours }) => (START + hours * HOUR) * 1000,
            );
            assert.deepEqual(
              await periods(bench, 'stamped', 'product, price::INTEGER'),
              told(stamped, ({ product, price }) => `${product} ${price}`),
            );
          }
          await bench.close();
        } catch (error) {
          await bench.close();
          throw error;
        }
      }),
      { numRuns: 6 },
    );
  });

  it('keeps row ids and files of periods that have ended', async () => {
    const bench = await openBench();
    const ids = () =>
      ask<{ t: string }>(
        bench.workspace,
        'prices',
        (t) => `select concat(_row_id, ' ', product, ' ', price) as t from ${t} order by t`,
        { rowId: true },
      );
    await look(bench, shop(false), 1, [
      { product: 'a', price: 1, hours: 0 },
      { product: 'b', price: 1, hours: 0 },
    ]);
    const before = await ids();
    await look(bench, shop(false), 2, [
      { product: 'a', price: 2, hours: 0 },
      { product: 'b', price: 1, hours: 0 },
    ]);
    const after = await ids();
    for (const { t } of before)
      assert.ok(
        after.some((row) => row.t === t),
        t,
      );
    const live = bench.workspace.state.live('prices');
    const ended = bench.workspace.lake.table('prices', live?.snapshot)?.files.map(({ path }) => path) ?? [];
    await look(bench, shop(false), 3, [
      { product: 'a', price: 2, hours: 0 },
      { product: 'b', price: 7, hours: 0 },
    ]);
    const now = bench.workspace.lake.table('prices')?.files.map(({ path }) => path) ?? [];
    assert.ok(
      ended.some((path) => now.includes(path)),
      'the file of the period of `a` that had ended is left as it is',
    );
    await bench.close();
  });

  it('takes its past along when its columns change', async () => {
    const bench = await openBench();
    const first = await look(bench, shop(false), 1, [{ product: 'a', price: 1, hours: 0 }]);
    const second = await look(bench, shop(true), 2, [{ product: 'a', price: 1, hours: 0 }], 'red');
    const third = await look(bench, shop(false), 3, [{ product: 'a', price: 3, hours: 0 }]);
    assert.deepEqual(
      await periods(bench, 'prices', 'product, price::INTEGER'),
      [`a 1 ${first} ${second}`, `a 1 ${second} ${third}`, `a 3 ${third} -`].sort(),
    );
    await bench.close();
  });

  it('begins again from what is live after a roll-back, and does not take an earlier version for the same', async () => {
    const bench = await openBench();
    const one = [{ product: 'a', price: 1, hours: 0 }];
    const two = [{ product: 'a', price: 2, hours: 0 }];
    const first = await look(bench, shop(false), 1, one);
    const second = await look(bench, shop(false), 2, two);
    const third = await look(bench, shop(false), 3, one);
    assert.deepEqual(await periods(bench, 'prices', 'product, price::INTEGER'), [
      `a 1 ${first} ${second}`,
      `a 1 ${third} -`,
      `a 2 ${second} ${third}`,
    ]);
    rollback(bench.workspace, 'prices');
    const held = await periods(bench, 'prices', 'product, price::INTEGER');
    assert.deepEqual(held, [`a 1 ${first} ${second}`, `a 2 ${second} -`]);
    const fourth = await look(bench, shop(false), 4, [{ product: 'a', price: 4, hours: 0 }]);
    assert.deepEqual(await periods(bench, 'prices', 'product, price::INTEGER'), [
      `a 1 ${first} ${second}`,
      `a 2 ${second} ${fourth}`,
      `a 4 ${fourth} -`,
    ]);
    await bench.close();
  });
});
