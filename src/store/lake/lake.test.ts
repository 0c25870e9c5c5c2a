import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { spoil } from '../../../test/house/every-catalog.ts';
import { fixedClock, type MillraceError } from '../../base/index.ts';
import { openDatabase } from '../database.ts';
import { checkCatalog, type LakeChange, openLake, orphans, type StagedFile } from './index.ts';
import { code, columns, staged, withLake } from './lake.fixture.ts';

test('a commit moves other state with it, or neither moves', () =>
  withLake((lake, database) => {
    database.run('create table other (snapshot integer)');
    const make: LakeChange = { kind: 'create', table: 't', columns, files: [staged(lake, 't', 3)] };
    assert.throws(
      () =>
        lake.commit(0, [make], {}, (snapshot) => {
          database.run('insert into other values (?)', [snapshot]);
          throw new Error('no');
        }),
      /^Error: no$/,
    );
    assert.deepEqual([lake.head(), lake.tables(), database.all('select * from other')], [0, [], []]);
    const note = { author: 'ann', message: "it's" };
    assert.equal(
      lake.commit(0, [make], note, (snapshot) => {
        // The new state can be seen from inside.
        assert.equal(lake.table('t')?.rows, 3);
        database.run('insert into other values (?)', [snapshot]);
      }),
      1,
    );
    assert.deepEqual(database.all('select * from other'), [{ snapshot: 1 }]);
    assert.deepEqual(
      database.get('select author, commit_message from ducklake_snapshot_changes where snapshot_id = 1'),
      { author: 'ann', commit_message: "it's" },
    );
    assert.equal(
      lake.commit(1, [], {}, (snapshot) => assert.equal(snapshot, 1)),
      1,
    );
    assert.equal(lake.head(), 1);
  }));

test('appends from one base add up; anything else about one table does not', () =>
  withLake((lake) => {
    lake.commit(0, [{ kind: 'create', table: 't', columns, files: [] }]);
    const append = (): LakeChange => ({ kind: 'append', table: 't', files: [staged(lake, 't', 2)] });
    lake.commit(1, [append()]);
    lake.commit(1, [append()]);
    assert.deepEqual(
      lake.table('t')?.files.map((f) => f.rowIdStart),
      [0, 2],
    );
    assert.throws(
      () => lake.commit(2, [{ kind: 'replace', table: 't', keep: [], files: [] }]),
      (error: MillraceError) => error.code === 'MILL_LAKE_CONFLICT' && error.problems[0]?.retry === true,
    );
    lake.commit(3, [{ kind: 'replace', table: 't', keep: [], files: [] }]);
    assert.throws(() => lake.commit(3, [append()]), code('MILL_LAKE_CONFLICT'));
  }));

test('an older state can be put back and appended to; files and row ids are what they were', () =>
  withLake((lake) => {
    lake.commit(0, [{ kind: 'create', table: 't', columns, files: [staged(lake, 't', 2)] }]);
    const old = lake.table('t')!;
    lake.commit(1, [{ kind: 'replace', table: 't', keep: [], files: [staged(lake, 't', 5)] }]);
    const fresh = staged(lake, 't', 1);
    lake.commit(2, [{ kind: 'replace', table: 't', keep: old.files.map((f) => f.id), files: [fresh] }]);
    const now = lake.table('t')!;
    assert.deepEqual(
      now.files.map((f) => [f.path, f.rowIdStart]),
      [
        [old.files[0]!.path, 0],
        [fresh.path, 7],
      ],
    );
    assert.notEqual(now.files[0]!.id, old.files[0]!.id);
    assert.deepEqual(lake.table('t', 1), old);
    assert.equal(lake.table('t', 2)?.rows, 5);
  }));

test('snapshots are found by time, also when the clock goes back', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const database = openDatabase(join(folder, 'state.sqlite'));
  const second = 1_000_000;
  let lake = openLake(database, join(folder, 'data'), fixedClock(100 * second));
  for (const [i, at] of [200, 150, 300.000001].entries()) {
    lake = openLake(database, join(folder, 'data'), fixedClock(at * second));
    lake.commit(i, [{ kind: 'create', table: `t${i}`, columns, files: [] }]);
  }
  assert.deepEqual(
    [99, 100, 199, 200, 300, 300.000001, 1e9].map((at) => lake.at(at * second)),
    [undefined, 0, 0, 2, 2, 3, 3],
  );
  assert.deepEqual(checkCatalog(database), []);
  database.close();
  rmSync(folder, { recursive: true });
});

test('names that cannot be are refused, and hostile ones stay inside the data folder', () =>
  withLake((lake) => {
    const make =
      (table: string, some: readonly { name: string; type: 'string'; nullable: boolean }[]) => () =>
        lake.commit(lake.head(), [{ kind: 'create', table, columns: some, files: [] }]);
    const column = (n: string) => ({ name: n, type: 'string' as const, nullable: true });
    for (const bad of ['', 'a\0b', 'x'.repeat(1001)])
      assert.throws(make(bad, [column('a')]), code('MILL_LAKE_NAME_INVALID'));
    for (const bad of [
      [],
      [column('')],
      [column('a'), column('A')],
      [column('_ROW_ID')],
      [column('_ducklake_internal_x')],
    ])
      assert.throws(make('t', bad), code('MILL_LAKE_COLUMN_INVALID'));
    const folders = new Set<string>();
    for (const table of [
      'a',
      '..',
      '../a',
      '/etc',
      'a/b',
      'a\\b',
      '.',
      'ä',
      'a b',
      'a_b',
      '💥',
      'con:x',
      'x'.repeat(999),
    ]) {
      make(table, [column('a')])();
      const folder = lake.folderOf(table);
      assert.match(folder.slice(lake.dataPath.length), /^main\/[A-Za-z0-9._-]{1,80}$/);
      assert.ok(!folder.slice(lake.dataPath.length).includes('..'));
      folders.add(folder);
    }
    assert.equal(folders.size, 13);
  }));

test('a file that is lost, committed twice, or not the one that was written is refused', () =>
  withLake((lake) => {
    const file = staged(lake, 't', 2);
    lake.commit(0, [{ kind: 'create', table: 't', columns, files: [file] }]);
    const append = (f: StagedFile) => () => lake.commit(1, [{ kind: 'append', table: 't', files: [f] }]);
    assert.throws(append(file), code('MILL_BUG'));
    assert.throws(append({ ...staged(lake, 't', 1), bytes: 5 }), code('MILL_LAKE_FILE_LOST'));
    const gone = staged(lake, 't', 1);
    rmSync(gone.path);
    assert.throws(append(gone), code('MILL_LAKE_FILE_LOST'));
    const ids = { columnId: 2_147_483_540, valueCount: 1, nullCount: 0, min: '2', max: '2' };
    assert.throws(append({ ...staged(lake, 't', 1), hasRowIds: true, stats: [ids] }), code('MILL_BUG'));
    assert.throws(
      () => lake.commit(1, [{ kind: 'replace', table: 't', keep: [99], files: [] }]),
      code('MILL_BUG'),
    );
    assert.throws(() => lake.table('t', 2), code('MILL_LAKE_SNAPSHOT_UNKNOWN'));
    assert.throws(() => lake.commit(2, []), code('MILL_LAKE_SNAPSHOT_UNKNOWN'));
    assert.equal(lake.head(), 1);
  }));

test('statistics of a table bound those of its files, by the order of the type', () =>
  withLake((lake, database) => {
    const some = [
      { name: 's', type: 'string', nullable: true },
      { name: 'i', type: 'integer', nullable: true },
      { name: 'd', type: 'double', nullable: true },
      { name: 't', type: 'timestamp', nullable: true },
      { name: 'b', type: 'boolean', nullable: true },
    ] as const;
    const stats = (bounds: readonly (readonly [string?, string?])[], hasNan = false) =>
      bounds.map(([min, max], i) => ({
        columnId: i + 1,
        valueCount: min === undefined ? 0 : 2,
        nullCount: min === undefined ? 2 : 0,
        ...(min === undefined ? {} : { min, max: max! }),
        ...(i === 2 ? { hasNan } : {}),
      }));
    const first = stats([
      ['\uFFFD', '\uFFFD'],
      ['9', '10'],
      ['-inf', '2.5'],
      ['1999-12-31 23:59:59.5', '2000-01-01 00:00:00'],
      ['0', '0'],
    ]);
    const second = stats(
      [
        ['\u{1F600}', '\u{1F600}'],
        ['-11', '9'],
        ['1e-7', '1e20'],
        ['1999-12-31 23:59:59.25', '1999-12-31 23:59:59.3'],
        ['0', '1'],
      ],
      true,
    );
    const nulls = stats([[], [], [], [], []]);
    for (const [i, s] of [first, second, nulls].entries())
      lake.commit(lake.head(), [
        i === 0
          ? { kind: 'create', table: 't', columns: some, files: [staged(lake, 't', 2, { stats: s })] }
          : { kind: 'append', table: 't', files: [staged(lake, 't', 2, { stats: s })] },
      ]);
    assert.deepEqual(
      database
        .all<Record<string, unknown>>('select * from ducklake_table_column_stats order by column_id')
        .map((r) => [r['contains_null'], r['contains_nan'], r['min_value'], r['max_value']]),
      [
        [1, null, '\uFFFD', '\u{1F600}'],
        [1, null, '-11', '10'],
        [1, 1, '-inf', '1e20'],
        [1, null, '1999-12-31 23:59:59.25', '2000-01-01 00:00:00'],
        [1, null, '0', '1'],
      ],
    );
  }));

test('orphans are the files that no commit took', () =>
  withLake((lake, database) => {
    const [taken, left, ended] = [staged(lake, 'a/b', 1), staged(lake, 'a/b', 1), staged(lake, 'a/b', 1)];
    lake.commit(0, [{ kind: 'create', table: 'a/b', columns, files: [taken, ended] }]);
    lake.commit(1, [{ kind: 'replace', table: 'a/b', keep: [0], files: [] }]);
    assert.deepEqual(orphans(lake, database), [left.path]);
  }));

test('what another DuckLake writer left that we do not read is refused, not overlooked', () => {
  const odd: readonly string[] = [
    "insert into ducklake_delete_file values (1, 1, 1, null, 0, 'd.puffin', 1, 'puffin', 1, 9, 4, null, null)",
    "update ducklake_data_file set mapping_id = 3; insert into ducklake_name_mapping values (3, 0, 'id', 1, null, 1)",
    "update ducklake_data_file set encryption_key = 'k'",
    "update ducklake_column set column_type = 'uint64' where column_id = 2",
  ];
  for (const statements of odd) {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
    const database = openDatabase(join(folder, 'state.sqlite'));
    const lake = openLake(database, join(folder, 'data'));
    lake.commit(0, [{ kind: 'create', table: 't', columns, files: [staged(lake, 't', 1)] }]);
    for (const sql of statements.split('; ')) database.run(sql);
    spoil(join(folder, 'state.sqlite'));
    assert.throws(() => lake.table('t'), code('MILL_LAKE_UNSUPPORTED'), statements);
    database.close();
    rmSync(folder, { recursive: true });
  }
});

test('a moved project finds its files; a catalog of another layout is not touched', () =>
  withLake((lake, database, folder) => {
    lake.commit(0, [{ kind: 'create', table: 't', columns, files: [staged(lake, 't', 1)] }]);
    const moved = openLake(database, join(folder, 'elsewhere'));
    assert.ok(moved.table('t')!.files[0]!.path.startsWith(join(folder, 'elsewhere', 'main', 't')));
    database.run("update ducklake_metadata set value = '2.0' where key = 'version'");
    assert.throws(() => openLake(database, join(folder, 'data')), code('MILL_LAKE_VERSION'));
    database.run("update ducklake_metadata set value = '1.0' where key = 'version'");
  }));
