import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ColumnDef, quoteText } from '../../src/base/index.ts';
import {
  changesSql,
  compactTable,
  type Engine,
  gather,
  openDuckDb,
  type Session,
} from '../../src/engine/index.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import {
  checkCatalog,
  expireSnapshots,
  type Lake,
  type LakeChange,
  lakeFiles,
  openLake,
  orphans,
  removeScheduled,
  type TableState,
} from '../../src/store/lake/index.ts';
import { askReference, skip } from './reference.fixture.ts';

// Both write to one lake in turn. After each step both must read the same rows, with the same row ids, at every snapshot.

const columns: readonly ColumnDef[] = [
  { name: 'id', type: 'integer', nullable: false },
  { name: 'name', type: 'string', nullable: true },
  { name: 'x', type: 'double', nullable: true },
  { name: 'ok', type: 'boolean', nullable: true },
  { name: 'seen', type: 'timestamp', nullable: true },
];
const rows = (from: number, to: number): string =>
  `select i::BIGINT as id, case when i % 3 = 0 then null else 'it''s ' || i end as name, i / 4 as x, i % 2 = 0 as ok,
   make_timestamp(1700000000123456 + i) as seen from range(${from}, ${to}) t(i)`;

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
const reference = (statements: readonly string[], inlined = 10) =>
  askReference(join(folder, 'state.db'), statements, inlined);
const write = (sql: string, rowId = false) =>
  session.write(lake.folderOf('t'), at()?.columns ?? columns.map((c, i) => ({ id: i + 1, ...c })), sql, {
    rowId,
  });
const commit = (...changes: LakeChange[]): number => lake.commit(lake.head(), changes);

/** Runs statements there, and then compares all snapshots of the table. */
async function agree(step: string, statements: readonly string[] = [], inlined = 10): Promise<void> {
  const question = (snapshot: number) =>
    `select rowid::VARCHAR, columns(*)::VARCHAR from t at (version => ${snapshot}) order by rowid`;
  // What it writes makes new snapshots: they are known only afterwards.
  if (statements.length > 0) reference(statements, inlined);
  assert.deepEqual(checkCatalog(database), [], step);
  const snapshots = database
    .all<{ id: number }>('select snapshot_id as id from ducklake_snapshot order by 1')
    .map(({ id }) => id)
    .filter((id) => lake.table('t', id) !== undefined);
  const theirs = reference(snapshots.map(question), inlined);
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

test('the reference reads every snapshot after each kind of change of ours', { skip }, async () => {
  fresh();
  commit({ kind: 'create', table: 't', columns, files: await write(rows(0, 50)) });
  for (let i = 1; i < 4; i++)
    commit({ kind: 'append', table: 't', files: await write(rows(50 * i, 50 * i + 50)) });
  await agree('appends');
  commit({ kind: 'renameColumn', table: 't', column: 'name', to: 'the "name"' });
  commit({ kind: 'addColumn', table: 't', column: { name: 'name', type: 'integer' } });
  await agree('rename, add');
  commit({ kind: 'widenColumn', table: 't', column: 'id', type: 'double' });
  commit({ kind: 'dropColumn', table: 't', column: 'ok' });
  await agree('widen, drop');
  const compacted = await compactTable(session, lake, 't');
  assert.equal(compacted?.from.length, 4);
  await agree('compaction');
  commit({
    kind: 'replace',
    table: 't',
    keep: at(2).files.map((file) => file.id),
    files: [],
  });
  await agree('roll-back');
  const late = Date.now() * 1000 + 1e9;
  expireSnapshots(database, { now: () => late } as never, { olderThan: late, keep: 2, needed: () => [3] });
  removeScheduled(lake, database, late + 1);
  await agree('expiry');
  expireSnapshots(database, { now: () => late } as never, { olderThan: late, keep: 1, needed: () => [] });
  assert.ok(removeScheduled(lake, database, late + 1).length > 0);
  await agree('more expiry');
  await agree('their insert', ["insert into t select 5, 'x', 1, null, 3 from range(20)"]);
  done();
});

test('small files that are put together in a commit that brings more: each reads what the other has written', {
  skip,
}, async () => {
  fresh();
  commit({ kind: 'create', table: 't', columns, files: await write(rows(0, 3)) });
  const extend = async (from: number): Promise<boolean> => {
    const files = await write(rows(from, from + 3));
    const found = await gather(session, lake.folderOf('t'), at());
    commit(
      found === undefined
        ? { kind: 'append', table: 't', files }
        : { kind: 'replace', table: 't', keep: found.keep, files: [...found.files, ...files] },
    );
    return found !== undefined;
  };
  let times = 0;
  for (let i = 1; i < 20; i++) if (await extend(i * 3)) times++;
  assert.equal(times, 2);
  await agree('appends with gathering');
  await agree('their deletes and inlined inserts', [
    'delete from t where id in (1, 13, 58)',
    "update t set name = 'changed' where id = 14",
    "insert into t values (1000, 'theirs', 1, true, '2020-01-01')",
  ]);
  for (let i = 21; i < 40; i++) if (await extend(i * 3)) times++;
  assert.ok(times > 3);
  await agree('gathering what they have changed');
  assert.equal(at().rows, 20 * 3 - 3 + 1 + 19 * 3);
  assert.ok(at().files.length < 16);
  commit({ kind: 'replace', table: 't', keep: at(10).files.map((file) => file.id), files: [] });
  await agree('roll-back to before');
  done();
});

test('we read every snapshot after each kind of change of the reference', { skip }, async () => {
  fresh();
  commit({ kind: 'create', table: 't', columns, files: await write(rows(0, 100)) });
  commit({ kind: 'append', table: 't', files: await write(rows(100, 200)) });
  await agree('inlined inserts', [
    "insert into t values (1000, 'it''s', 'nan', true, '2020-01-01 00:00:00.123456'), (1001, null, 'inf', null, null)",
    "insert into t values (1002, '', -0.5, false, '1960-01-01')",
  ]);
  assert.equal(at().rows, 203);
  await agree('inlined deletes and updates', [
    'delete from t where id in (7, 107, 1001)',
    "update t set name = 'changed' where id in (8, 1002)",
  ]);
  await agree('deletes and updates by file', [
    'delete from t where id between 20 and 60',
    'update t set x = x + 1 where id between 61 and 90',
    'delete from t where id between 62 and 80',
  ]);
  await agree('new columns', [
    'alter table t add column n integer',
    'alter table t rename column name to label',
    "insert into t values (2000, 'n', 1, true, null, 7)",
    'alter table t drop column ok',
    'alter table t alter column n type bigint',
    "insert into t values (2001, 'm', 1, null, 8)",
  ]);
  await agree('flush', ["call ducklake_flush_inlined_data('lake')"]);
  const given = join(folder, 'given.parquet');
  await session.run(
    `copy (select 9000 + i as id, 'given' as label, i / 2 as x from range(5) r(i)) to ${quoteText(given)} (format parquet)`,
  );
  await agree('a file taken in as it was', [
    `call ducklake_add_data_files('lake', 't', ${quoteText(given)}, allow_missing => true)`,
    'delete from t where id = 9002',
    'alter table t rename column x to y',
  ]);
  await agree('and its column renamed back', ['alter table t rename column y to x']);
  await agree('many small files', [
    'insert into t select 3000 + i, null, i, null, i from range(20) r(i)',
    'insert into t select 3100 + i, null, i, null, i from range(20) r(i)',
    'insert into t select 3200 + i, null, i, null, i from range(20) r(i)',
  ]);
  await agree('merge', ["call ducklake_merge_adjacent_files('lake')"]);
  await agree('deletes after the merge', [
    'delete from t where id between 3000 and 3015',
    'delete from t where id = 3101',
  ]);
  await agree('rewrite', ["call ducklake_rewrite_data_files('lake', 't', delete_threshold => 0.01)"]);
  await agree('views, comments, macros', [
    'create view v as select 1 as one',
    "comment on table t is 'all'",
    "comment on column t.n is 'number'",
    'create macro twice(a) as a * 2',
    'alter table t set partitioned by (n)',
    'alter table t reset partitioned by',
    'alter table t rename to u',
    'alter table u rename to t',
    'alter table t alter column n set not null'.replace(
      'alter column n set not null',
      'alter column n set default 3',
    ),
    'insert into t (id) select 4000 + i from range(30) r(i)',
  ]);
  // And we go on from there.
  commit({
    kind: 'append',
    table: 't',
    files: await write(`select 5000::DOUBLE::BIGINT as id, 'we'::VARCHAR as label, 1::DOUBLE as x,
    null::TIMESTAMP as seen, 1::BIGINT as n`),
  });
  await agree('our append');
  await agree('deletes to compact', [
    'delete from t where id between 0 and 19',
    'insert into t (id, n) values (6000, 1)',
  ]);
  await compactTable(session, lake, 't');
  await agree('our compaction');
  const kept = at();
  commit({ kind: 'replace', table: 't', keep: kept.files.slice(0, 1).map((file) => file.id), files: [] });
  await agree('our replacement');
  await agree('their expiry', [
    "select count(*) from ducklake_expire_snapshots('lake', versions => [2, 3, 4, 5, 6, 7])",
    "select count(*) from ducklake_cleanup_old_files('lake', cleanup_all => true)",
  ]);
  done();
});

test('types, schemas and views of the reference: what fits a column of ours is read, and no file of its is an orphan', {
  skip,
}, async () => {
  fresh();
  const row = (n: number) =>
    `select ${n}::TINYINT as a, ${n}::UINTEGER as b, ${n}.25::FLOAT as c, ${n}.5::DECIMAL(9, 2) as d, date '2020-01-0${n}' as e,
       timestamptz '2020-01-0${n} 00:00:00.5+02' as f, timestamp_s '2020-01-0${n} 00:00:01' as g, '[${n}]'::JSON as h,
       '${n}0000000-0000-0000-0000-000000000000'::UUID as i, true as j, timestamp_ms '1969-12-31 23:59:59.999' as k`;
  reference(
    [
      `create table types as ${row(1)} union all ${row(2)}`,
      `insert into types ${row(3)}`,
      'create schema other',
      'create table other.types as select i from range(100) r(i)',
      'create view v as select 1 as one',
      'create table nested as select [1] as l',
      'create table wide as select 1::UBIGINT as u',
    ],
    1,
  );
  assert.deepEqual(checkCatalog(database), []);
  assert.deepEqual(orphans(lake, database), []);
  assert.deepEqual(
    lakeFiles(lake, database).filter(({ path }) => !existsSync(path)),
    [],
  );
  const table = lake.table('types') as TableState;
  assert.deepEqual(
    table.columns.map((column) => column.type),
    [
      [
        'integer',
        'integer',
        'double',
        'double',
        'timestamp',
        'timestamp',
        'timestamp',
        'string',
        'string',
        'boolean',
      ],
      'timestamp',
    ].flat(),
  );
  assert.deepEqual(
    table.files.map((file) => file.inlined?.length),
    [undefined, 1],
    'one of them is kept in the catalog',
  );
  const mine = await session.rows<Record<string, unknown>>(
    `select columns(*)::VARCHAR from ${session.scan(table)} order by a`,
  );
  const wanted = [1, 2, 3].map((n) => [
    `${n}`,
    `${n}`,
    `${n}.25`,
    `${n}.5`,
    `2020-01-0${n} 00:00:00`,
    `${n === 1 ? '2019-12-31' : `2020-01-0${n - 1}`} 22:00:00.5`,
    `2020-01-0${n} 00:00:01`,
    `[${n}]`,
    `${n}0000000-0000-0000-0000-000000000000`,
    'true',
    '1969-12-31 23:59:59.999',
  ]);
  assert.deepEqual(
    mine.map((row) => Object.values(row)),
    wanted,
  );
  for (const name of ['nested', 'wide'])
    assert.throws(() => lake.table(name), { code: 'MILL_LAKE_UNSUPPORTED' }, name);
  // A file of ours would not fit a column of a narrower type.
  const [file] = await session.write(
    lake.folderOf('types'),
    table.columns,
    `select * from ${session.scan(table)}`,
  );
  assert.throws(() => commit({ kind: 'append', table: 'types', files: [file as never] }), {
    code: 'MILL_LAKE_UNSUPPORTED',
  });
  done();
});

test('the change feed is that of the reference', { skip }, async () => {
  fresh();
  commit({ kind: 'create', table: 't', columns, files: await write(rows(0, 100)) });
  const from = lake.head();
  for (const statement of [
    'delete from t where id between 20 and 60',
    "update t set name = 'changed' where id between 80 and 99",
    'insert into t select 200 + i, null, i, true, null from range(30) r(i)',
    "insert into t values (300, 'inlined', 1, true, null)",
  ]) {
    const was = lake.head();
    reference([statement]);
    const [theirs] = reference([
      `select change_type, rowid::VARCHAR, id::VARCHAR, name from ducklake_table_changes('lake', 'main', 't', ${was + 1}, ${was + 1})
        order by all`,
    ]);
    const mine = await session.rows<Record<string, unknown>>(
      `select _change, _row_id::VARCHAR as r, id::VARCHAR as id, name from ${changesSql(session, at(was), at())} order by all`,
    );
    assert.deepEqual(
      mine.map((row) => Object.values(row)),
      theirs,
      quoteText(statement),
    );
  }
  const count = await session.rows<{ change: string; n: number }>(
    `select _change as change, count(*)::INTEGER as n from ${changesSql(session, at(from), at())} group by 1 order by 1`,
  );
  assert.deepEqual(count, [
    { change: 'delete', n: 41 },
    { change: 'insert', n: 31 },
    { change: 'update_postimage', n: 20 },
    { change: 'update_preimage', n: 20 },
  ]);
  done();
});
