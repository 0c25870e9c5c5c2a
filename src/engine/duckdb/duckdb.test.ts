import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type ColumnType, EARLIEST, LATEST, MillraceError, quoteName } from '../../base/index.ts';
import type { ColumnState, DataFile, StagedFile, TableState } from '../../store/lake/index.ts';
import { type ColumnData, type Engine, openDuckDb, type Session } from '../index.ts';

let engine: Engine;
let session: Session;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  engine = await openDuckDb({ threads: 2 });
  session = await engine.session();
});

after(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const code = (wanted: string) => (error: unknown) => error instanceof MillraceError && error.code === wanted;

/** A lake table of staged files, as a commit would make it: row ids follow each other. */
function tableOf(columns: readonly ColumnState[], files: readonly StagedFile[]): TableState {
  let next = 0;
  const data = files.map((file, id): DataFile => {
    const rowIdStart = file.hasRowIds ? 0 : next;
    if (!file.hasRowIds) next += file.rows;
    return {
      id,
      path: file.path,
      rows: file.rows,
      bytes: file.bytes,
      rowIdStart,
      hasRowIds: file.hasRowIds,
      since: 1,
    };
  });
  return { id: 1, name: 't', snapshot: 1, columns, files: data, rows: next, bytes: 0 };
}

const state = (id: number, name: string, type: ColumnType, nullable = true): ColumnState => ({
  id,
  name,
  type,
  nullable,
});

const wholeNumber = fc.oneof(
  fc.maxSafeInteger(),
  fc.constantFrom(0, -1, 2 ** 32, -(2 ** 32), 2 ** 31, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER),
  fc.constant(Number.NaN),
);
const values: Readonly<Record<ColumnType, fc.Arbitrary<number | string | null>>> = {
  string: fc.option(
    fc.oneof(fc.string({ unit: 'binary' }), fc.string({ minLength: 13 }), fc.constant('é'.repeat(3000))),
  ),
  double: fc.double(),
  integer: wholeNumber,
  boolean: fc.constantFrom(0, 1, Number.NaN),
  timestamp: fc.oneof(fc.integer({ min: EARLIEST, max: LATEST - 1 }), fc.constantFrom(0, -1, 1, Number.NaN)),
};

const types = Object.keys(values) as ColumnType[];
// Also longer than DuckDB's chunk of 2,048 rows, and not a multiple of it or of the 64 bits of its masks.
const lengths = fc.oneof(fc.integer({ min: 0, max: 70 }), fc.constantFrom(2048, 2049, 4500));

const columnsOfData: fc.Arbitrary<ColumnData[]> = fc
  .tuple(
    lengths,
    fc.array(fc.constantFrom(...types), { minLength: 1, maxLength: 6 }),
    fc.infiniteStream(fc.nat()),
  )
  .chain(([length, list]) =>
    fc.tuple(
      ...list.map((type, i) =>
        // A few drawn values, repeated: the length is not what is being searched.
        fc.array(values[type], { minLength: 1, maxLength: 40 }).map((some): ColumnData => {
          const cells = Array.from({ length }, (_, row) => some[(row * 7 + (row >> 6)) % some.length]!);
          const name = `c"'${i};--é`;
          if (type === 'string') return { name, type, values: cells as (string | null)[] };
          return { name, type, values: Float64Array.from(cells as number[]) };
        }),
      ),
    ),
  );

/** −0 and 0 are one to SQL, and so are they here. */
const plain = (columns: readonly ColumnData[]) =>
  columns.map((c) => ({
    ...c,
    values: Array.from(c.values as ArrayLike<unknown>, (v) => (v === 0 ? 0 : v)),
  }));

test('what is loaded is what columns() gives, for every type, null and extreme', async () => {
  await fc.assert(
    fc.asyncProperty(columnsOfData, async (columns) => {
      await session.load('loaded "x"', columns);
      assert.deepEqual(plain(await session.columns('from "loaded ""x"""')), plain(columns));
    }),
    { numRuns: 60 },
  );
});

test('what is written to Parquet is what a scan gives, in order, with true statistics', async () => {
  await fc.assert(
    fc.asyncProperty(columnsOfData, async (columns) => {
      await session.load('src', columns);
      const states = columns.map((c, i) => state(i + 1, c.name, c.type));
      const files = await session.write(join(folder, 'rt'), states, 'from src');
      const rows = columns[0]!.values.length;
      assert.equal(files.length, rows === 0 ? 0 : 1);
      const table = tableOf(states, files);
      const read = await session.columns(`select * from ${session.scan(table, { rowId: true })}`);
      assert.deepEqual(plain(read.slice(0, -1)), plain(columns));
      assert.deepEqual(
        [...(read.at(-1)!.values as Float64Array)],
        Array.from({ length: rows }, (_, i) => i),
      );
      for (const file of files) await assertStats(file, columns);
      for (const file of files) rmSync(file.path);
    }),
    { numRuns: 40 },
  );
});

/** Statistics held against the values in JavaScript; texts of numbers and instants are read back by DuckDB. */
async function assertStats(file: StagedFile, columns: readonly ColumnData[]): Promise<void> {
  assert.equal(file.rows, columns[0]!.values.length);
  for (const [i, column] of columns.entries()) {
    const stats = file.stats.find((s) => s.columnId === i + 1)!;
    const cells = Array.from(column.values as ArrayLike<string | number | null>);
    const there = cells.filter((v) => v !== null && !Number.isNaN(v));
    assert.equal(stats.nullCount, cells.length - there.length);
    assert.equal(stats.valueCount, there.length);
    if (column.type === 'string' || there.length === 0 || stats.min === undefined || stats.max === undefined)
      continue;
    const sql = { double: 'DOUBLE', integer: 'BIGINT', boolean: 'BOOLEAN', timestamp: 'TIMESTAMP' }[
      column.type
    ];
    const [min, max] = await session
      .columns(`select ?::${sql} as a union all select ?::${sql}`, [stats.min, stats.max])
      .then(([c]) => Array.from(c!.values as Float64Array));
    const numbers = there as number[];
    assert.ok(min! <= numbers.reduce((a, b) => Math.min(a, b)), `${column.type} min ${stats.min}`);
    assert.ok(max! >= numbers.reduce((a, b) => Math.max(a, b)), `${column.type} max ${stats.max}`);
  }
}

test('bounds of text hold by bytes, and long or odd text never gets a false one', async () => {
  const texts = ['a', 'ab', 'zz', '\u{1F600}', '\uFFFD', 'x'.repeat(100_000), 'nul\0in'];
  for (const some of [texts.slice(0, 5), texts, ['x'.repeat(300)], ['nul\0in']]) {
    await session.load('texts', [{ name: 's', type: 'string', values: some }]);
    const [file] = await session.write(join(folder, 'text'), [state(1, 's', 'string')], 'from texts');
    const { min, max } = file!.stats[0]!;
    const bytes = some.map((s) => Buffer.from(s)).sort(Buffer.compare);
    if (min !== undefined) assert.ok(Buffer.compare(Buffer.from(min), bytes[0]!) <= 0);
    if (max !== undefined) assert.ok(Buffer.compare(Buffer.from(max), bytes.at(-1)!) >= 0);
  }
});

test('NaN is told from null, and kept out of the bounds', async () => {
  const sql = "select unnest([1.5::DOUBLE, 'nan'::DOUBLE, null, '-inf'::DOUBLE]) as d";
  const [file] = await session.write(join(folder, 'nan'), [state(1, 'd', 'double')], sql);
  assert.deepEqual(
    { ...file!.stats[0], bytes: 0 },
    { columnId: 1, valueCount: 3, nullCount: 1, min: '-inf', max: '1.5', hasNan: true, bytes: 0 },
  );
});

test('columns are found by field id: renamed ones stay, younger ones are null in older files', async () => {
  const old = await session.write(
    join(folder, 'ids'),
    [state(1, 'a', 'integer'), state(2, 'b', 'string')],
    "select 1::BIGINT as a, 'x' as b",
  );
  const now = [state(2, 'a', 'string'), state(3, 'n', 'double'), state(1, 'file_index', 'integer')];
  const young = await session.write(
    join(folder, 'ids'),
    now,
    `select 'y' as a, 2.5::DOUBLE as n, 2::BIGINT as file_index`,
  );
  const scan = session.scan(tableOf(now, [...old, ...young]), { rowId: true });
  assert.deepEqual(await session.rows(`select * from ${scan} order by _row_id`), [
    { a: 'x', n: null, file_index: 1, _row_id: 0 },
    { a: 'y', n: 2.5, file_index: 2, _row_id: 1 },
  ]);
  assert.deepEqual(await session.rows(`select a from ${scan} where n is null`), [{ a: 'x' }]);
});

test('row ids are kept when rows are written again, beside files that count', async () => {
  const columns = [state(1, 'v', 'integer')];
  const into = join(folder, 'rowids');
  const first = await session.write(into, columns, 'select range as v from range(5)');
  const second = await session.write(into, columns, 'select range + 100 as v from range(5)');
  const before = tableOf(columns, [...first, ...second]);
  const sql = `select * from ${session.scan(before, { rowId: true })} where v % 2 = 0`;
  const again = await session.write(into, columns, sql, { rowId: true });
  const ids = again[0]!.stats.at(-1)!;
  assert.deepEqual([ids.columnId, ids.min, ids.max], [2_147_483_540, '0', '9']);
  const third = {
    ...tableOf(columns, await session.write(into, columns, 'select 7::BIGINT as v')).files[0]!,
    rowIdStart: 10,
  };
  const after = { ...before, files: [{ ...tableOf(columns, again).files[0]! }, third] };
  assert.deepEqual(
    await session.rows(`select _row_id as id, v from ${session.scan(after, { rowId: true })} order by id`),
    [
      { id: 0, v: 0 },
      { id: 2, v: 2 },
      { id: 4, v: 4 },
      { id: 5, v: 100 },
      { id: 7, v: 102 },
      { id: 9, v: 104 },
      { id: 10, v: 7 },
    ],
  );
  // Without row ids the file's own column stays hidden.
  assert.deepEqual(await session.describe(`from ${session.scan(after)}`), [{ name: 'v', type: 'integer' }]);
});

test('an empty table has its columns in their types, and no rows give no file', async () => {
  const columns = types.map((type, i) => state(i + 1, `c ${type}`, type));
  const scan = session.scan(tableOf(columns, []), { rowId: true });
  assert.deepEqual(await session.describe(`from ${scan}`), [
    ...columns.map(({ name, type }) => ({ name, type })),
    { name: '_row_id', type: 'integer' },
  ]);
  assert.deepEqual(await session.rows(`from ${scan}`), []);
  const into = join(folder, 'none');
  assert.deepEqual(await session.write(into, columns, `from ${session.scan(tableOf(columns, []))}`), []);
  assert.deepEqual(readdirSync(into), []);
});

test('a folder whose name is a pattern is read as it is named, not as the folder it matches', async () => {
  const columns = [state(1, 'v', 'integer')];
  // Each of the first names is a pattern that the second one matches.
  for (const [named, matched] of [
    ['[ab]', 'a'],
    ['x*', 'xyz'],
    ['q?', 'qq'],
    ["[k] *?'=1", "k  -'=1"],
    ['b{c,d}', 'bc'],
    ['year=2024', 'year'],
  ] as const) {
    const [file] = await session.write(join(folder, 'glob', named), columns, 'select 1::BIGINT as v');
    const [decoy] = await session.write(join(folder, 'glob', matched), columns, 'select 2::BIGINT as v');
    renameSync(decoy!.path, join(folder, 'glob', matched, basename(file!.path)));
    assert.deepEqual(
      await session.rows(`from ${session.scan(tableOf(columns, [file!]))}`),
      [{ v: 1 }],
      named,
    );
  }
});

test('a failed write leaves no file behind', async () => {
  const into = join(folder, 'failed');
  mkdirSync(into);
  const columns = [state(1, 'v', 'integer', false)];
  await assert.rejects(
    session.write(into, columns, 'select 1::BIGINT as w'),
    code('MILL_WRITE_COLUMN_MISSING'),
  );
  await assert.rejects(session.write(into, columns, "select '1' as v"), code('MILL_WRITE_TYPE_MISMATCH'));
  await assert.rejects(
    session.write(into, columns, 'select 1.5::DOUBLE as v'),
    code('MILL_WRITE_TYPE_MISMATCH'),
  );
  await assert.rejects(
    session.write(into, columns, 'select unnest([1, null]::BIGINT[]) as v'),
    code('MILL_WRITE_NULL'),
  );
  const late =
    'select case when range < 500000 then range else error(range::VARCHAR) end::BIGINT as v from range(600000)';
  await assert.rejects(session.write(into, columns, late), code('MILL_SQL_FAILED'));
  assert.deepEqual(readdirSync(into), []);
});

test('values are bound in their types', async () => {
  const at = new Date('2024-02-29T12:34:56.789Z');
  const [row] = await session.rows(
    'select ? as s, ? as d, ? as i, ? as b, ? as n, ? as t, ? as big, ? as z',
    ["x'; drop table y; --", 1.5, 7, true, null, at, 2n ** 80n, -0],
  );
  assert.deepEqual(row, {
    s: "x'; drop table y; --",
    d: 1.5,
    i: 7,
    b: true,
    n: null,
    t: at,
    big: 2n ** 80n,
    z: -0,
  });
  assert.deepEqual(await session.rows('select range as r from range(5) limit ?', [2]), [{ r: 0 }, { r: 1 }]);
});

test('a number too large for a float stays a bigint', async () => {
  assert.deepEqual(
    await session.rows('select 9007199254740991 as a, 9007199254740993 as b, sum(1::BIGINT) as c'),
    [{ a: 9007199254740991, b: 9007199254740993n, c: 1n }],
  );
});

test('other types become the nearest column', async () => {
  const columns = await session.columns(
    `select (-5)::HUGEINT as huge, -12345.67::DECIMAL(20, 2) as big_decimal, 1.25::DECIMAL(3, 2) as decimal, DATE '1969-12-31' as day,
            TIMESTAMP_NS '1969-12-31 23:59:59.999999999' as nanos, TIMESTAMPTZ '2024-01-01 00:00:00+02' as zoned,
            200::UTINYINT as small, [1, null] as list, '12:00:00'::TIME as clock`,
  );
  assert.deepEqual(
    columns.map((c) => [c.name, c.type, c.values[0]]),
    [
      ['huge', 'integer', -5],
      ['big_decimal', 'double', -12345.67],
      ['decimal', 'double', 1.25],
      ['day', 'timestamp', -86_400_000_000],
      ['nanos', 'timestamp', -1],
      ['zoned', 'timestamp', Date.UTC(2023, 11, 31, 22) * 1000],
      ['small', 'integer', 200],
      ['list', 'string', '[1, NULL]'],
      ['clock', 'string', '12:00:00'],
    ],
  );
});

test("errors of SQL keep DuckDB's words, without the statement", async () => {
  for (const run of [
    () => session.rows('select amuont from (select 1 as amount)'),
    () => session.describe('select amuont from (select 1 as amount)'),
    () => session.run('select amuont from (select 1 as amount)'),
    () => session.columns('select amuont from (select 1 as amount)'),
  ])
    await assert.rejects(run, (error: MillraceError) => {
      assert.equal(error.code, 'MILL_SQL_FAILED');
      assert.match(error.message, /^Binder Error: Referenced column "amuont" not found.*"amount"/);
      assert.doesNotMatch(error.message, /LINE 1/);
      return true;
    });
  // One that comes only with the rows.
  await assert.rejects(
    session.columns('select case when range = 9000 then error(range::VARCHAR) end from range(10000)'),
    code('MILL_SQL_FAILED'),
  );
  assert.deepEqual(await session.rows('select 1 as a'), [{ a: 1 }]);
});

test('sessions do not see each other, extensions stay out, the zone is UTC', async () => {
  const other = await engine.session();
  await session.run('create or replace temp table mine as select 1 as a');
  await assert.rejects(other.rows('from mine'), code('MILL_SQL_FAILED'));
  await assert.rejects(other.rows("from read_csv('https://localhost:1/x.csv')"), code('MILL_SQL_FAILED'));
  assert.deepEqual(await other.rows("select current_setting('TimeZone') as zone"), [{ zone: 'UTC' }]);
  other.close();
  other.close();
  assert.deepEqual(await session.rows('from mine'), [{ a: 1 }]);
});

test('columns of unequal length, and numbers that are none of the type, are refused', async () => {
  const numbers = (...list: number[]) => Float64Array.from(list);
  await assert.rejects(
    session.load('x', [
      { name: 'a', type: 'double', values: numbers(1) },
      { name: 'b', type: 'double', values: numbers(1, 2) },
    ]),
    code('MILL_BUG'),
  );
  for (const type of ['integer', 'timestamp'] as const)
    await assert.rejects(session.load('x', [{ name: 'a', type, values: numbers(0.5) }]), code('MILL_BUG'));
});

test('a result larger than the memory limit is read to its end, in order', async () => {
  const small = await openDuckDb({ memoryLimit: '64MB', threads: 2 });
  try {
    const s = await small.session();
    const rows = 1_500_000;
    const columns = Array.from({ length: 8 }, (_, i) => `range + ${i} as ${quoteName(`c${i}`)}`).join(', ');
    const read = await s.columns(`select ${columns} from range(${rows})`);
    for (const [i, column] of read.entries()) {
      const cells = column.values as Float64Array;
      assert.equal(cells.length, rows);
      assert.ok(cells.every((value, row) => value === row + i));
    }
  } finally {
    await small.close();
  }
});
