import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import { after, before, test } from 'node:test';
import type { ColumnDef } from '../../src/base/index.ts';
import { compactTable, type Engine, openDuckDb, type Session } from '../../src/engine/index.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import {
  checkCatalog,
  expireSnapshots,
  type Lake,
  type LakeChange,
  openLake,
  partitionFolder,
  removeScheduled,
  type TableState,
} from '../../src/store/lake/index.ts';
import { askReference, skip } from './reference.fixture.ts';

// Both write into one partitioned table in turn. After each step both must read the same rows at every snapshot.

const columns: readonly ColumnDef[] = [
  { name: 'id', type: 'integer', nullable: false },
  { name: 'k', type: 'string', nullable: true },
  { name: 'seen', type: 'timestamp', nullable: true },
];
/** Eight hostile texts and a null; an event every ten days from 2023-11-14. */
const rows = (from: number, to: number): string =>
  `select i::BIGINT as id, (['', '.', '..', '../a/b', 'k=v %', '😀é', 'it''s', 'NULL', null])[(i % 9 + 1)::INTEGER] as k,
     make_timestamp((1700000000 + i * 864000)::BIGINT * 1000000) as seen from range(${from}, ${to}) t(i)`;

let folder: string;
let engine: Engine;
let session: Session;
let database: Database;
let lake: Lake;

before(async () => {
  engine = await openDuckDb({});
  session = await engine.session();
});
after(() => engine.close());

function fresh(): void {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  database = openDatabase(join(folder, 'state.db'));
  lake = openLake(database, join(folder, 'lake'));
}

function done(): void {
  database.close();
  rmSync(folder, { recursive: true, force: true });
}

const at = (snapshot?: number): TableState => lake.table('t', snapshot) as TableState;
const reference = (...statements: string[]) => askReference(join(folder, 'state.db'), statements);
const commit = (...changes: LakeChange[]): number => lake.commit(lake.head(), changes);
const write = (sql: string) =>
  session.write(lake.folderOf('t'), at().columns, sql, {
    ...(at().partitionedBy ? { partitionBy: at().partitionedBy! } : {}),
  });
const append = async (sql: string): Promise<number> =>
  commit({ kind: 'append', table: 't', files: await write(sql) });

async function agree(step: string): Promise<void> {
  assert.deepEqual(checkCatalog(database), [], step);
  const snapshots = database
    .all<{ id: number }>('select snapshot_id as id from ducklake_snapshot order by 1')
    .map(({ id }) => id)
    .filter((id) => lake.table('t', id) !== undefined);
  const theirs = reference(
    ...snapshots.map(
      (id) => `select rowid::VARCHAR, columns(*)::VARCHAR from t at (version => ${id}) order by rowid`,
    ),
  );
  for (const [i, snapshot] of snapshots.entries()) {
    const mine = await session.rows<Record<string, unknown>>(
      `select _row_id::VARCHAR, columns(* exclude _row_id)::VARCHAR
         from ${session.scan(at(snapshot), { rowId: true })} s order by s._row_id`,
    );
    assert.deepEqual(
      mine.map((row) => Object.values(row)),
      theirs[i],
      `${step}, snapshot ${snapshot}`,
    );
  }
}

/** How many files the reference opens for a query; it tells in the analyzed plan. */
function filesRead(where: string): number {
  const [plan] = reference(`explain analyze select * from t where ${where}`);
  const text = JSON.stringify(plan);
  const found = /Total Files Read: (\d+)/.exec(text);
  return found ? Number(found[1]) : 0;
}

const monthly = [
  { column: 'seen', transform: 'year' },
  { column: 'seen', transform: 'month' },
] as const;

test('the reference reads and prunes tables that we partition', { skip }, async () => {
  fresh();
  commit({ kind: 'create', table: 't', columns, partitionBy: monthly, files: [] });
  await append(rows(0, 36));
  await append(rows(36, 72));
  await agree('by month');
  const micros = (date: string) => Date.parse(`${date}Z`) * 1000;
  for (const [from, to] of [
    ['2024-03-01', '2024-04-01'],
    ['2024-03-15', '2024-06-15'],
    ['2023-01-01', '2023-11-15'],
    ['2020-01-01', '2023-01-01'],
  ] as const) {
    const range = { column: 'seen', min: micros(`${from}T00:00:00`), max: micros(`${to}T00:00:00`) - 1 };
    const mine = lake.pruned(at(), [range]).files.length;
    assert.ok(mine < at().files.length / 2);
    assert.equal(
      filesRead(`seen >= timestamp '${from}' and seen < timestamp '${to}'`),
      mine,
      `${from} ${to}`,
    );
  }
  commit({ kind: 'partition', table: 't', by: [{ column: 'k', transform: 'identity' }] });
  await append(rows(72, 108));
  await agree('by a text, whatever it is');
  assert.equal(at().files.filter((file) => file.partition?.keys.length === 1).length, 9);
  const faces = lake.pruned(at(), [{ column: 'k', min: '😀é', max: '😀é' }]).files;
  assert.equal(faces.filter((file) => file.partition?.keys.length === 1).length, 1);
  await compactTable(session, lake, 't');
  await agree('compaction');
  commit({ kind: 'renameColumn', table: 't', column: 'k', to: 'K k' });
  await append(rows(108, 120).replace(' as k,', ' as "K k",'));
  await agree('a renamed key');
  commit(
    { kind: 'partition', table: 't', by: [] },
    { kind: 'replace', table: 't', keep: at(2).files.map((file) => file.id), files: [] },
  );
  await agree('roll-back');
  reference(
    "insert into t select 500 + i, 'theirs', timestamp '2030-01-01' from range(3) r(i)",
    'alter table t set partitioned by ("K k", day(seen))',
    "insert into t select 600 + i, 'theirs', timestamp '2030-01-01' + interval (i) day from range(3) r(i)",
    'delete from t where id in (1, 601)',
    'update t set "K k" = \'moved\' where id = 602',
  );
  await agree('what they add, delete and move');
  await append(rows(700, 710).replace(' as k,', ' as "K k",'));
  await compactTable(session, lake, 't');
  await agree('we go on');
  const late = Date.now() * 1000 + 1e9;
  expireSnapshots(database, { now: () => late }, { olderThan: late, keep: 1, needed: () => [] });
  assert.ok(removeScheduled(lake, database, late + 1).length > 0);
  await agree('expiry');
  reference("call ducklake_merge_adjacent_files('lake')");
  await agree('their merge');
  done();
});

test('we read tables that the reference partitions, and name folders as it does', { skip }, async () => {
  fresh();
  reference(
    'create table t (id bigint, k varchar, seen timestamp, d double, b boolean)',
    'alter table t set partitioned by (k, year(seen), month(seen), day(seen), hour(seen))',
    `insert into t select id, k, seen, id / 2, id % 2 = 0 from (${rows(0, 18)})`,
    "insert into t values (100, 'x', 'infinity', 'inf', null), (101, 'x', '0044-03-15 (BC) 00:00:00', '-inf', null), (102, 'y', '12345-01-01', '-0.0', true)",
    'alter table t set partitioned by (d, b, seen)',
    "insert into t values (103, 'x', '0099-01-01 02:03:04.000005', '0.30000000000000004', null), (104, 'x', null, '1e300', true)",
    'alter table t set partitioned by (bucket(4, k), bucket(3, id), year(seen))',
    `insert into t select id, k, seen, id / 2, id % 2 = 0 from (${rows(200, 220)})`,
    'alter table t reset partitioned by',
    "insert into t values (105, 'x', null, 1, true)",
    'begin',
    'alter table t set partitioned by (b)',
    'alter table t set partitioned by (year(k))',
    'alter table t set partitioned by (month(seen))',
    'commit',
    "insert into t values (106, 'x', '2020-02-02', 1, true)",
    'begin',
    'create table u as select 1 as one',
    'alter table u set partitioned by (one)',
    'insert into u values (2)',
    'commit',
    'drop table u',
  );
  await agree('partitioned in every way');
  const named = at().files.filter((file) => file.partition);
  assert.equal(at().files.length - named.length, 1);
  for (const { path, partition } of named)
    assert.equal(
      partitionFolder(at().columns, partition!),
      relative(lake.folderOf('t'), dirname(path)).split(sep).join('/'),
    );
  for (const id of [0, 5, 100, 101, 102, 103, 104, 105, 106, 205]) {
    const pruned = lake.pruned(at(), [{ column: 'id', min: id, max: id }]);
    const found = await session.rows(`select id from ${session.scan(pruned)} where id = ${id}`);
    assert.equal(found.length, 1, `${id}`);
  }
  assert.equal(
    lake
      .pruned(at(), [{ column: 'k', min: 'y', max: 'y' }])
      .files.filter((f) => f.partition?.values[0] === 'x').length,
    0,
  );
  reference('alter table t set partitioned by (bucket(4, k))');
  await append(`select id, k, seen, 1::DOUBLE as d, true as b from (${rows(300, 310)})`);
  assert.equal(at().files.at(-1)?.partition, undefined, 'we do not count in buckets');
  await agree('our rows in no bucket');
  await compactTable(session, lake, 't', { leave: 0 });
  await agree('all files written again');
  reference('delete from t where id between 205 and 305', "insert into t values (107, 'x', null, 1, true)");
  await compactTable(session, lake, 't');
  await agree('and what they delete of them');
  done();
});
