import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { spoil } from '../../test/house/every-catalog.ts';
import type { ColumnDef, ColumnType } from '../base/index.ts';
import type { ColumnRange, RangeValue } from '../store/lake/index.ts';
import { commit, database, folder, lake, session } from './kept-lake.fixture.ts';
import { filesWithin } from './pruned.oracle.ts';

const types = ['string', 'double', 'integer', 'boolean', 'timestamp'] as const;
const columns: readonly ColumnDef[] = types.map((type) => ({ name: type, type, nullable: true }));
const ids = columns.map((column, i) => ({ id: i + 1, ...column }));

/** Values that lie near each other or are odd, so that ends of ranges meet bounds of files. As SQL, and as ends of a range. */
const DAY = 86_400_000_000;
const instants = [0, -1, 1, DAY, 400 * DAY, 20_000 * DAY + 1, 20_000 * DAY + 2, -99_000 * DAY];
const cells: Readonly<Record<ColumnType, readonly (readonly [sql: string, end?: RangeValue])[]>> = {
  string: [
    ["''", ''],
    ["'a'", 'a'],
    ["'ab'", 'ab'],
    ["'\uE000'", '\uE000'],
    // Beyond U+FFFF JavaScript and SQL differ in order.
    ["'😀'", '😀'],
    ["'a' || chr(0) || 'b'", 'a\u0001'],
    ["repeat('é', 10_000)", 'é'.repeat(300)],
    ["repeat('é', 10_000) || 'z'", 'é'.repeat(10_000)],
    ["repeat('x', 255) || '😀y'", `${'x'.repeat(255)}😀`],
    ["'\uFFFD'", '\uFFFD'],
  ],
  double: [
    ['0', 0],
    ["'-0.0'", -0],
    ["'nan'", Number.NaN],
    ["'inf'", Number.POSITIVE_INFINITY],
    ["'-inf'", Number.NEGATIVE_INFINITY],
    ['0.1', 0.1],
    ["'0.30000000000000004'", 0.30000000000000004],
    ["'5e-324'", 5e-324],
    ["'1.7976931348623157e308'", 1.7976931348623157e308],
    ['9007199254740992', 9007199254740993n],
  ],
  integer: [
    ['0', 0],
    ['-1', -1],
    ['9007199254740993', 9007199254740993n],
    ['9007199254740992', 9007199254740992n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['(-9223372036854775808)', -(2n ** 63n)],
  ],
  boolean: [
    ['true', true],
    ['false', false],
  ],
  timestamp: [
    ...instants.map((at) => [`make_timestamp(${at})`, at] as const),
    ["'0044-03-15 (BC) 00:00:00'"],
    ["'9999-12-31 23:59:59.999999'", 253402300799999999n],
    ["'12345-06-07 08:09:10.5'", 327427913350500000n],
    ["'290000-01-01 00:00:00'"],
    ["'infinity'"],
    ["'-infinity'"],
  ],
};

const cell = (type: ColumnType) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.constant('null') },
    { weight: 5, arbitrary: fc.constantFrom(...cells[type].map(([sql]) => sql)) },
  );
const row = fc.tuple(...types.map(cell));
const files = fc.array(fc.array(row, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 });
const end = (type: ColumnType): fc.Arbitrary<RangeValue | undefined> =>
  fc.option(fc.constantFrom(...cells[type].flatMap(([, value]) => (value === undefined ? [] : [value]))), {
    nil: undefined,
    freq: 3,
  });
const range: fc.Arbitrary<ColumnRange> = fc
  .constantFrom(...types)
  .chain((type) =>
    fc.record({ column: fc.constant(type), min: end(type), max: end(type) }, { requiredKeys: ['column'] }),
  ) as fc.Arbitrary<ColumnRange>;
const ranges = fc.array(range, { minLength: 1, maxLength: 2 });

const selectOf = (rows: readonly (readonly string[])[]): string =>
  rows.map((r) => `select ${r.map((sql, i) => typed(sql, types[i]!)).join(', ')}`).join(' union all ');
const sqlNames: Readonly<Record<ColumnType, string>> = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
};
const typed = (sql: string, type: ColumnType): string => `(${sql})::${sqlNames[type]} as "${type}"`;

async function tableOf(contents: readonly (readonly (readonly string[])[])[]): Promise<void> {
  if (lake.table('t')) commit({ kind: 'drop', table: 't' });
  const staged = [];
  for (const rows of contents) staged.push(...(await session.write(lake.folderOf('t'), ids, selectOf(rows))));
  commit({ kind: 'create', table: 't', columns, files: staged });
}

test('no file that holds a row of the ranges is left out, whatever the values', async () => {
  const counted = { files: 0, kept: 0, holding: 0 };
  await fc.assert(
    fc.asyncProperty(files, fc.array(ranges, { minLength: 6, maxLength: 6 }), async (contents, questions) => {
      await tableOf(contents);
      const table = lake.table('t')!;
      for (const question of questions) {
        const kept = lake.pruned(table, question);
        const holding = await filesWithin(session, table, question);
        const lost = holding.filter((id) => !kept.files.some((file) => file.id === id));
        assert.deepEqual(
          lost,
          [],
          JSON.stringify(question, (_, v) => (typeof v === 'bigint' ? `${v}` : v)),
        );
        counted.files += table.files.length;
        counted.kept += kept.files.length;
        counted.holding += holding.length;
        assert.equal(
          kept.rows,
          kept.files.reduce((sum, file) => sum + file.rows, 0),
        );
      }
    }),
    { numRuns: 40 },
  );
  // It must also leave out, or keeping everything would pass: some 600 files, of which about half hold nothing.
  const needless = counted.kept - counted.holding;
  assert.ok(needless < (counted.files - counted.holding) * 0.5, JSON.stringify(counted));
});

test('of files by the day, those of the days asked for are read', async () => {
  await tableOf(
    Array.from({ length: 30 }, (_, day) =>
      [0, DAY - 1].map((of) => ["'x'", `${day}`, `${day}`, 'true', `make_timestamp(${day * DAY + of})`]),
    ),
  );
  const table = lake.table('t')!;
  const days = (...asked: ColumnRange[]) =>
    lake.pruned(table, asked).files.map((file) => file.rowIdStart / 2);
  const time = (from: number, to: number): ColumnRange => ({ column: 'timestamp', min: from, max: to - 1 });
  assert.deepEqual(days(time(10 * DAY, 12 * DAY)), [10, 11]);
  assert.deepEqual(days(time(10 * DAY, 12 * DAY + 1)), [10, 11, 12]);
  assert.deepEqual(days(time(10 * DAY - 1, 11 * DAY)), [9, 10]);
  assert.deepEqual(days({ column: 'integer', min: 27 }), [27, 28, 29]);
  assert.deepEqual(days({ column: 'double', max: 1.5 }), [0, 1]);
  assert.deepEqual(days({ column: 'integer', min: 5, max: 5 }, time(5 * DAY, 9 * DAY)), [5]);
  assert.deepEqual(days({ column: 'integer', min: 5, max: 5 }, time(6 * DAY, 9 * DAY)), []);
  assert.deepEqual(days({ column: 'string', min: 'y' }), []);
  assert.deepEqual(days({ column: 'boolean', max: false }), []);
  assert.equal(days({ column: 'string' }).length, 30);
  assert.equal(lake.pruned(table, []), table);
  assert.deepEqual(
    await session.rows(`select * from ${session.scan(lake.pruned(table, [time(-9, -1)]))}`),
    [],
  );
});

test('what other columns, snapshots and writers leave unknown keeps the file', async () => {
  await tableOf([[["'a'", '1', '1', 'true', 'null']], [["'b'", '2', '2', 'true', 'make_timestamp(5)']]]);
  const first = lake.head();
  const kept = (range: ColumnRange, snapshot?: number) =>
    lake.pruned(lake.table('t', snapshot)!, [range]).files.map((file) => file.rowIdStart);
  assert.deepEqual(kept({ column: 'timestamp', max: 5 }), [1], 'nulls alone are in no range');
  commit({ kind: 'renameColumn', table: 't', column: 'integer', to: 'n' });
  commit({ kind: 'widenColumn', table: 't', column: 'n', type: 'double' });
  commit({ kind: 'addColumn', table: 't', column: { name: 'integer', type: 'integer' } });
  assert.deepEqual(kept({ column: 'n', max: 1.5 }), [0], 'a column goes by its id, not its name');
  assert.deepEqual(kept({ column: 'integer', max: 1 }), [0, 1], 'files that are older than the column');
  assert.deepEqual(kept({ column: 'integer', max: 1 }, first), [0]);
  assert.deepEqual(kept({ column: 'n', min: 3 }), [0, 1], 'whole numbers as floats: of NaN nothing is known');
  assert.throws(() => kept({ column: 'missing', min: 3 }), { code: 'MILL_BUG' });
  assert.throws(() => kept({ column: 'string', min: 3 }), { code: 'MILL_BUG' });
  spoil(join(folder, 'state.db'));
  database.run("update ducklake_column set column_type = 'float32' where column_name = 'n'");
  assert.deepEqual(kept({ column: 'n', max: 1.5 }), [0, 1], 'text of a narrow float is not the float');
  database.run("update ducklake_file_column_stats set value_count = null, min_value = 'x', max_value = null");
  for (const column of ['n', 'double', 'timestamp', 'boolean', 'integer'])
    assert.deepEqual(kept({ column, min: column === 'boolean' ? true : 9 }), [0, 1], column);
  database.run('delete from ducklake_file_column_stats');
  assert.deepEqual(kept({ column: 'string', min: 'x' }), [0, 1]);
});
