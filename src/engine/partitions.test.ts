import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { spoil } from '../../test/house/every-catalog.ts';
import type { ColumnDef } from '../base/index.ts';
import {
  checkCatalog,
  expireSnapshots,
  type FilePartition,
  lakeFiles,
  orphans,
  type PartitionPart,
  partitionFolder,
  removeScheduled,
  type StagedFile,
} from '../store/lake/index.ts';
import { changesSql, compactTable, gather } from './index.ts';
import { code, commit, database, folder as home, lake, session } from './kept-lake.fixture.ts';

const columns: readonly ColumnDef[] = [
  { name: 'n', type: 'integer', nullable: false },
  { name: 'k/=.. "é', type: 'string', nullable: true },
  { name: 'x', type: 'double', nullable: true },
  { name: 'ok', type: 'boolean', nullable: true },
  { name: 'at', type: 'timestamp', nullable: true },
];
const TEXT = columns[1]!.name;

async function make(by: readonly PartitionPart[]): Promise<void> {
  if (lake.table('t')) commit({ kind: 'drop', table: 't' });
  commit({ kind: 'create', table: 't', columns, partitionBy: by, files: [] });
}

const table = (snapshot?: number) => lake.table('t', snapshot)!;
const write = (sql: string, rowId = false): Promise<StagedFile[]> =>
  session.write(lake.folderOf('t'), table().columns, sql, {
    rowId,
    ...(table().partitionedBy ? { partitionBy: table().partitionedBy! } : {}),
  });
const append = async (sql: string): Promise<number> =>
  commit({ kind: 'append', table: 't', files: await write(sql) });

type Row = readonly [text: string | null, x: string | null, ok: boolean | null, at: number | null];
const texts = [
  '',
  '.',
  '..',
  '../../x',
  'a/b',
  'a\\b',
  '%',
  'k=v',
  '😀é',
  'x'.repeat(10_240),
  "it's; --",
  '\n',
  'a\0b',
  'Ä',
  'a',
  'A',
  '[x]*?',
  'NULL',
  '__HIVE_DEFAULT_PARTITION__',
  'x'.repeat(17_000),
];
const instants = [0, -1, 86_400_000_000, 1.7e15, 1.7e15 + 3.6e9, -8e15];
const row: fc.Arbitrary<Row> = fc.tuple(
  fc.option(fc.constantFrom(...texts)),
  fc.option(fc.constantFrom('0.0', '-0.0', 'nan', 'inf', '1e+300', '0.1')),
  fc.option(fc.boolean()),
  fc.option(fc.constantFrom(...instants)),
) as fc.Arbitrary<Row>;
const part: fc.Arbitrary<PartitionPart> = fc.oneof(
  fc.constantFrom(TEXT, TEXT, 'x', 'ok', 'at').map((column) => ({ column, transform: 'identity' as const })),
  fc
    .constantFrom('year', 'month', 'day', 'hour')
    .map((transform) => ({ column: 'at', transform }) as PartitionPart),
);
const parts = fc.uniqueArray(part, {
  minLength: 1,
  maxLength: 3,
  selector: (p) => `${p.column} ${p.transform}`,
});

/** The value of a part, worked out here: the slow twin of the engine's. */
function valueIn({ column, transform }: PartitionPart, [text, x, ok, at]: Row): string | null {
  if (column === TEXT) return text;
  if (column === 'x') return x;
  if (column === 'ok') return ok === null ? null : String(ok);
  if (at === null) return null;
  const date = new Date(Math.floor(at / 1000));
  switch (transform) {
    case 'year':
      return String(date.getUTCFullYear());
    case 'month':
      return String(date.getUTCMonth() + 1);
    case 'day':
      return String(date.getUTCDate());
    case 'hour':
      return String(date.getUTCHours());
    case 'identity': {
      const micros = String(((at % 1e6) + 1e6) % 1e6).padStart(6, '0');
      const whole = new Date(Math.floor(at / 1e6) * 1000).toISOString().slice(0, 19).replace('T', ' ');
      return micros === '000000' ? whole : `${whole}.${micros.replace(/0+$/, '')}`;
    }
  }
}

const literal = (value: string | null): string =>
  value === null
    ? 'null'
    : value
        .split('\0')
        .map((piece) => `'${piece.replaceAll("'", "''")}'`)
        .join(' || chr(0) || ');
const sqlOf = (rows: readonly Row[]): string =>
  rows
    .map(
      ([text, x, ok, at], i) =>
        `select ${i}::BIGINT as n, (${literal(text)})::VARCHAR as "${TEXT.replace('"', '""')}",
          ${literal(x)}::DOUBLE as x, ${ok}::BOOLEAN as ok, ${at === null ? 'null' : `make_timestamp(${at})`}::TIMESTAMP as at`,
    )
    .join(' union all ');

test('each partition is one file with its rows in their order, whatever the values', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 12 }), parts, async (rows, by) => {
      await make(by);
      await append(sqlOf(rows));
      const wanted = new Map<string, number[]>();
      for (const [n, one] of rows.entries()) {
        const values = by.map((p) => valueIn(p, one));
        const isOdd = values.some((v) => v !== null && (v.includes('\0') || v.length > 16_384));
        const key = isOdd ? 'none' : JSON.stringify(values);
        wanted.set(key, [...(wanted.get(key) ?? []), n]);
      }
      const found = new Map<string, number[]>();
      for (const file of table().files) {
        const key = file.partition ? JSON.stringify(file.partition.values) : 'none';
        assert.ok(!found.has(key), 'one file for each');
        const own = await session.rows<{ n: number }>(
          `select n from ${session.scan({ ...table(), files: [file] })}`,
        );
        found.set(
          key,
          own.map(({ n }) => n),
        );
        assert.equal(file.rows, own.length);
        const path = relative(lake.folderOf('t'), file.path).split('/');
        assert.ok(
          path.every((name) => name !== '..' && name !== '.' && name.length <= 255) && existsSync(file.path),
        );
        assert.equal(path.length, key === 'none' ? 1 : by.length + 1);
      }
      assert.deepEqual(new Map([...found].sort()), new Map([...wanted].sort()));
      assert.deepEqual(checkCatalog(database), []);
      assert.deepEqual(orphans(lake, database), []);
    }),
    { numRuns: 30 },
  );
});

test('folders are named as DuckLake names them', () => {
  const states = columns.map((column, i) => ({ id: i + 1, ...column }));
  const folder = (...of: readonly (readonly [columnId: number, transform: string, value: string | null])[]) =>
    partitionFolder(states, {
      keys: of.map(([columnId, transform]) => ({ columnId, transform })),
      values: of.map(([, , value]) => value),
    });
  assert.equal(folder([3, 'identity', null]), 'x=__HIVE_DEFAULT_PARTITION__');
  assert.equal(folder([3, 'identity', 'a/b..=é😀 %25&']), 'x=a%2Fb..%3D%C3%A9%F0%9F%98%80%20%2525%26');
  assert.equal(folder([5, 'year', '99'], [5, 'month', '1'], [3, 'identity', '']), 'year=99/month=1/x=');
  assert.equal(folder([2, 'bucket(4)', '2'], [3, 'bucket(8)', '0']), 'bucket=2/bucket_x=0');
  assert.equal(folder([2, 'identity', '..']), 'k%2F%3D..%20%22%C3%A9=..');
  assert.match(folder([3, 'identity', 'é'.repeat(10_000)]), /^x=(%C3%A9){24}(%C3)?\.[0-9a-f]{12}$/);
});

test('too many partitions are refused before anything is written, and a null is still a null', async () => {
  await make([{ column: 'n', transform: 'identity' }]);
  const many = (count: number, n = 'i') =>
    `select ${n}::BIGINT as n, null::VARCHAR as "${TEXT.replace('"', '""')}", 1::DOUBLE as x, true as ok, null::TIMESTAMP as at from range(${count}) t(i)`;
  await assert.rejects(
    write(many(1001)),
    code('MILL_WRITE_PARTITIONS', /1,001 partitions; .* at most 1,000/),
  );
  await assert.rejects(
    write(many(4, 'case when i < 2 then null else i end')),
    code('MILL_WRITE_NULL', /2 rows/),
  );
  assert.deepEqual(readdirSync(lake.folderOf('t')), [], 'nothing is left');
  // A file lies where a folder is to be: the third of four.
  writeFileSync(join(lake.folderOf('t'), 'n=2'), '');
  await assert.rejects(write(many(4)), /EEXIST|ENOTDIR/);
  const files = readdirSync(lake.folderOf('t'), { recursive: true }).filter((f) =>
    `${f}`.endsWith('.parquet'),
  );
  assert.deepEqual(files, []);
  rmSync(join(lake.folderOf('t'), 'n=2'));
  assert.deepEqual(await write(many(0)), []);
  await append(many(60));
  assert.equal(table().files.length, 60);
  // A part that another writer computes: the rows lie in no partition.
  spoil(join(home, 'state.db'));
  database.run("update ducklake_partition_column set transform = 'bucket(4)'");
  const [file] = await write(many(5));
  assert.equal(file?.partition, undefined);
  commit({ kind: 'append', table: 't', files: [file!] });
  assert.equal(table().files.length, 61);
});

const day = 86_400_000_000;
const monthly = [
  { column: 'at', transform: 'year' },
  { column: 'at', transform: 'month' },
] as const;
/** One row a day. */
const days = (count: number, from: number): string =>
  `select ${from} + i as n, 'a' as "${TEXT.replace('"', '""')}", 1::DOUBLE as x, true as ok, make_timestamp(i * ${day}) as at from range(${count}) t(i)`;

test('of two years by the month, a range reads the files of its months', async () => {
  await make(monthly);
  for (let i = 0; i < 2; i++) await append(days(731, i * 731));
  assert.equal(table().files.length, 2 * 24 + 2);
  const read = (from: number, to: number) =>
    lake.pruned(table(), [{ column: 'at', min: from, max: to - 1 }]).files;
  const march = [59 * day, 90 * day] as const;
  assert.equal(read(...march).length, 2);
  assert.equal(read(march[0] - 1, march[1]).length, 2, 'no event is in the last microsecond of February');
  database.run('delete from ducklake_file_column_stats');
  assert.equal(read(...march).length, 2, 'the partition alone tells');
  assert.equal(read(march[0] - 1, march[1]).length, 4);
});

test('small files are gathered within their partition', async () => {
  await make(monthly);
  for (let i = 0; i < 8; i++) await append(days(i % 2 === 0 ? 32 : 31, 40 * i));
  const shape = (files: readonly { rows: number; partition?: FilePartition }[]) =>
    files.map((file) => [file.partition?.values.join(), file.rows]);
  const gathered = await gather(session, lake.folderOf('t'), table());
  // Eight files of January, of February four.
  assert.deepEqual(shape(gathered!.files), [['1970,1', 8 * 31]]);
  assert.equal(gathered!.keep.length, 4);
  commit({ kind: 'replace', table: 't', keep: gathered!.keep, files: gathered!.files });
  assert.deepEqual(checkCatalog(database), []);
});

test('partitions live through compaction, other partitions, roll-back, expiry and the change feed', async () => {
  await make(monthly);
  const rows = (from: number): string => days(90, from);
  const first = await append(rows(0));
  await append(rows(90));
  commit({ kind: 'partition', table: 't', by: [{ column: TEXT, transform: 'identity' }] });
  await append(rows(180));
  await append(rows(270));
  const old = lake.head();
  const all = () => session.rows(`select * from ${session.scan(table(), { rowId: true })} order by _row_id`);
  const before = await all();
  assert.equal(before.length, 360);
  const shape = (snapshot?: number) => table(snapshot).files.map((f) => [f.partition?.values.join(), f.rows]);
  const done = await compactTable(session, lake, 't');
  assert.equal(done?.from.length, 8);
  const compacted = [
    ['1970,1', 62],
    ['1970,2', 56],
    ['1970,3', 62],
    ['a', 180],
  ];
  assert.deepEqual(shape(), compacted);
  assert.deepEqual(await all(), before);
  assert.deepEqual(await session.rows(`select * from ${changesSql(session, table(old), table())}`), []);
  assert.deepEqual(checkCatalog(database), []);
  assert.equal(await compactTable(session, lake, 't'), undefined);
  // Back to what was before: by ids of files that have ended.
  const then = table(first).files;
  commit(
    { kind: 'partition', table: 't', by: [] },
    { kind: 'replace', table: 't', keep: then.map((f) => f.id), files: [] },
  );
  assert.deepEqual(
    shape(),
    then.map((f) => [f.partition?.values.join(), f.rows]),
  );
  assert.equal((await all()).length, 90);
  await append(rows(360));
  assert.equal(table().files.at(-1)?.partition, undefined);
  const late = Date.now() * 1000 + 1e9;
  expireSnapshots(database, { now: () => late }, { olderThan: late, keep: 1, needed: () => [] });
  assert.deepEqual(checkCatalog(database), []);
  assert.equal(removeScheduled(lake, database, late + 1).length, 9);
  assert.deepEqual(orphans(lake, database), []);
  assert.equal((await all()).length, 180);
  const left = readdirSync(join(lake.folderOf('t')), { recursive: true }).filter((f) =>
    `${f}`.endsWith('.parquet'),
  );
  assert.equal(left.length, 4);
  assert.deepEqual(
    lakeFiles(lake, database).map(({ path, bytes }) => [path, bytes]),
    table()
      .files.map(({ path, bytes }) => [path, bytes])
      .toSorted(),
  );
});
