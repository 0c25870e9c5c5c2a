import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '../database.ts';
import { checkCatalog, openLake } from './index.ts';

/** One wrong row each, and what the checker must say of it. The lake has two tables, one dropped, and five snapshots. */
const wrongs: readonly (readonly [sql: string, said: RegExp])[] = [
  ['alter table ducklake_data_file drop column partial_max', /ducklake_data_file: its columns/],
  ["delete from ducklake_metadata where key = 'encrypted'", /'encrypted' is there 0 times/],
  ["update ducklake_metadata set value = '/tmp' where key = 'data_path'", /does not end in '\/'/],
  [
    'update ducklake_snapshot set next_file_id = 0 where snapshot_id = 4',
    /snapshot 4: next_file_id went back/,
  ],
  [
    'update ducklake_snapshot set next_file_id = 1 where snapshot_id > 0',
    /file id 1: the next to be given is 1/,
  ],
  [
    'update ducklake_snapshot set next_catalog_id = 2 where snapshot_id > 0',
    /catalog id 2: the next to be given is 2/,
  ],
  [
    "update ducklake_snapshot set snapshot_time = '2000-01-01 00:00:00+00' where snapshot_id = 3",
    /snapshot 3: it is older/,
  ],
  [
    "update ducklake_snapshot set snapshot_time = 'now' where snapshot_id = 3",
    /snapshot 3: its time is 'now'/,
  ],
  [
    'delete from ducklake_snapshot_changes where snapshot_id = 2',
    /snapshot 2: snapshot and changes do not both exist/,
  ],
  [
    "update ducklake_snapshot_changes set changes_made = 'invented:1' where snapshot_id = 2",
    /cannot be read/,
  ],
  [
    "update ducklake_snapshot_changes set changes_made = '' where snapshot_id = 2",
    /does not say 'inserted_into_table:1'/,
  ],
  [
    "update ducklake_snapshot_changes set changes_made = changes_made || ',altered_table:1' where snapshot_id = 2",
    /no row shows it/,
  ],
  [
    'update ducklake_data_file set begin_snapshot = 99 where data_file_id = 0',
    /begins at 99, which is no snapshot/,
  ],
  [
    'update ducklake_data_file set end_snapshot = begin_snapshot where data_file_id = 0',
    /ends at 1, but begins at 1/,
  ],
  ['update ducklake_data_file set row_id_start = 1 where data_file_id = 1', /their row ids overlap/],
  ['update ducklake_data_file set row_id_start = 100 where data_file_id = 1', /reach past 5/],
  [
    'update ducklake_data_file set path = (select path from ducklake_data_file where data_file_id = 0) where data_file_id = 1',
    /one path at one snapshot/,
  ],
  ["update ducklake_data_file set path = '../x' where data_file_id = 1", /no path below its table/],
  ['update ducklake_data_file set table_id = 77 where data_file_id = 1', /table 77 does not exist/],
  ['update ducklake_data_file set footer_size = 0 where data_file_id = 1', /footer 0/],
  ['update ducklake_data_file set end_snapshot = null where table_id = 2', /it lives longer than table 2/],
  [
    "update ducklake_table set table_name = 'b', end_snapshot = null where table_id = 1; update ducklake_table set end_snapshot = null",
    /both are named 'b'/,
  ],
  ['update ducklake_table set table_id = 1 where table_id = 2', /table 1: two of its versions/],
  ["update ducklake_column set column_type = 'text' where table_id = 1", /'text' is no type/],
  ['update ducklake_column set column_order = 1 where table_id = 1', /has the same place/],
  ["update ducklake_column set column_name = 'ID' where table_id = 1", /'ID' is the name of column 2 too/],
  ['update ducklake_column set column_id = 1 where table_id = 1', /column 1.1: two of its versions/],
  ['delete from ducklake_column where table_id = 1 and begin_snapshot = 1', /began without columns/],
  ['delete from ducklake_schema_versions where table_id = 1', /has no row for table 1/],
  [
    'update ducklake_snapshot set schema_version = 1 where snapshot_id = 3',
    /tables changed, schema_version did not/,
  ],
  ['update ducklake_file_column_stats set null_count = 9 where data_file_id = 0', /nulls of 3 rows/],
  [
    "update ducklake_file_column_stats set min_value = '-9' where data_file_id = 0",
    /is below the table's least/,
  ],
  [
    "update ducklake_file_column_stats set max_value = '99' where data_file_id = 0",
    /is above the table's greatest/,
  ],
  ["update ducklake_file_column_stats set min_value = '99' where data_file_id = 0", /above its greatest/],
  ['update ducklake_file_column_stats set column_id = 50 where data_file_id = 0', /there is no such column/],
  ['update ducklake_file_column_stats set data_file_id = 50 where data_file_id = 0', /there is no such file/],
  ['delete from ducklake_table_column_stats', /the table has none for that column/],
  ['delete from ducklake_table_stats where table_id = 1', /0 rows in ducklake_table_stats/],
  [
    'update ducklake_table_stats set record_count = 4 where table_id = 1',
    /its statistics say 4 rows, its files 5/,
  ],
  [
    "insert into ducklake_snapshot values (9, '2999-01-01 00:00:00+00', 1, 3, 4); insert into ducklake_snapshot_changes values (9, 'altered_table:1', null, null, null)",
    /snapshot 9: schema_version went back/,
  ],
  ['insert into ducklake_schema_versions values (44, 9, 1)', /begin_snapshot 44 is not in/],
  [
    "update ducklake_snapshot_changes set changes_made = 'rewrite_delete:9' where snapshot_id = 2",
    /does not say 'inserted_into_table:1'/,
  ],
  ['insert into ducklake_partition_info values (3, 9, 1, null)', /table_id 9 is not in ducklake_table/],
];

test('a sound catalog is passed, and each single wrong is reported', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const database = openDatabase(join(folder, 'state.sqlite'));
  const lake = openLake(database, join(folder, 'data'));
  const columns = [
    { name: 'id', type: 'integer', nullable: false },
    { name: 'note', type: 'string', nullable: true },
  ] as const;
  const file = (table: string, name: string, rows: number) => {
    const path = join(lake.folderOf(table), name);
    writeFileSync(path, 'four');
    const stats = [{ columnId: 1, valueCount: rows, nullCount: 0, min: '1', max: '7' }];
    return { path, rows, bytes: 4, footerBytes: 2, hasRowIds: false, stats };
  };
  lake.commit(0, [{ kind: 'create', table: 'a', columns, files: [file('a', '1.parquet', 3)] }]);
  lake.commit(1, [{ kind: 'append', table: 'a', files: [file('a', '2.parquet', 2)] }]);
  lake.commit(2, [{ kind: 'create', table: 'b', columns, files: [file('b', '3.parquet', 1)] }]);
  lake.commit(3, [{ kind: 'addColumn', table: 'a', column: { name: 'more', type: 'double' } }]);
  lake.commit(4, [{ kind: 'drop', table: 'b' }]);
  assert.deepEqual(checkCatalog(database), []);
  for (const [statements, said] of wrongs) {
    const undo = new Error('undo');
    assert.throws(
      () =>
        database.transaction(() => {
          for (const sql of statements.split('; ')) database.run(sql);
          const found = checkCatalog(database);
          assert.ok(
            found.some((text) => said.test(text)),
            `${statements}\n  → ${found.join('\n    ')}`,
          );
          throw undo;
        }),
      (error) => {
        if (error !== undo) throw error;
        return true;
      },
    );
  }
  assert.deepEqual(checkCatalog(database), []);
  database.close();
  rmSync(folder, { recursive: true });
});
