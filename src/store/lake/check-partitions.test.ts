import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Database } from '../database.ts';
import { checkCatalog, expireSnapshots, type Lake } from './index.ts';
import { code, staged, withLake } from './lake.fixture.ts';

const columns = [
  { name: 'id', type: 'integer', nullable: false },
  { name: 'country', type: 'string', nullable: true },
  { name: 'at', type: 'timestamp', nullable: true },
] as const;
const by = [
  { column: 'country', transform: 'identity' },
  { column: 'at', transform: 'month' },
] as const;

/** A file of one partition, with the bounds that such a file has. */
function file(lake: Lake, country: string | null, month: string | null) {
  const bounds = country === null ? {} : { min: country, max: country };
  return staged(lake, 't', 2, {
    stats: [
      { columnId: 2, valueCount: country === null ? 0 : 2, nullCount: country === null ? 2 : 0, ...bounds },
    ],
    partition: {
      keys: [
        { columnId: 2, transform: 'identity' },
        { columnId: 3, transform: 'month' },
      ],
      values: [country, month],
    },
  });
}

/** Snapshots 1 to 4: a table with partition 2; two files; partition 3, then none. */
function partitioned(lake: Lake): void {
  lake.commit(0, [{ kind: 'create', table: 't', columns, partitionBy: by, files: [] }]);
  lake.commit(1, [{ kind: 'append', table: 't', files: [file(lake, 'DE', '3'), file(lake, null, null)] }]);
  lake.commit(2, [{ kind: 'partition', table: 't', by: [{ column: 'at', transform: 'year' }] }]);
  lake.commit(3, [{ kind: 'partition', table: 't', by: [] }]);
}

const wrongs: readonly (readonly [sql: string, said: RegExp])[] = [
  ['delete from ducklake_partition_column', /has 2 partition values for 0 columns/],
  ['delete from ducklake_partition_info where partition_id = 3', /partition 3: it has columns, but no row/],
  [
    'update ducklake_partition_info set end_snapshot = null where partition_id = 2',
    /partitioned in two ways at one snapshot/,
  ],
  [
    "update ducklake_partition_column set transform = 'decade' where partition_id = 3",
    /'decade' is no transform/,
  ],
  [
    "update ducklake_partition_column set transform = 'bucket(0)' where partition_id = 3",
    /'bucket\(0\)' is no transform/,
  ],
  ['update ducklake_partition_column set column_id = 9 where partition_id = 3', /there is no column 9/],
  [
    'update ducklake_partition_column set partition_key_index = 2 where partition_key_index = 1',
    /not numbered from 0/,
  ],
  ['update ducklake_partition_column set table_id = 7 where partition_id = 3', /or of table 7/],
  ['update ducklake_data_file set partition_id = 9 where data_file_id = 0', /no partition 9 then/],
  ['update ducklake_data_file set partition_id = 3 where data_file_id = 0', /no partition 3 then/],
  [
    'update ducklake_data_file set partition_id = null where data_file_id = 0',
    /there is no such file with a partition/,
  ],
  ['delete from ducklake_file_partition_value where data_file_id = 0', /has 0 partition values for 2/],
  [
    'insert into ducklake_file_partition_value values (0, 1, 1, null)',
    /has 3 partition values for 2 columns/,
  ],
  [
    "update ducklake_file_partition_value set partition_value = '13' where data_file_id = 0",
    /'13' is no month/,
  ],
  [
    "update ducklake_file_partition_value set partition_value = 'FR' where data_file_id = 0 and partition_key_index = 0",
    /its partition value is 'FR', but there is 'DE'/,
  ],
  [
    "update ducklake_file_partition_value set partition_value = 'FR' where data_file_id = 1 and partition_key_index = 0",
    /'FR', but 2 of 2 rows are null/,
  ],
  [
    "update ducklake_snapshot_changes set changes_made = '' where snapshot_id = 3",
    /does not say 'altered_table:1'/,
  ],
  ['delete from ducklake_schema_versions where begin_snapshot = 4', /has no row for table 1/],
  ['update ducklake_snapshot set schema_version = 2 where snapshot_id = 4', /schema_version did not/],
  [
    'update ducklake_table set end_snapshot = 4; update ducklake_partition_info set end_snapshot = null where partition_id = 3',
    /partition 3: it lives longer than table 1/,
  ],
  ['update ducklake_snapshot set next_catalog_id = 3 where snapshot_id > 2', /catalog id 3/],
];

test('a sound partitioned table is passed, and each single wrong is reported', () =>
  withLake((lake, database) => {
    partitioned(lake);
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
  }));

const rowsOf = (database: Database, sql: string) =>
  database.all<object>(sql).map((row) => Object.values(row));

test('partitions in the catalog as DuckLake has them: ids, spans, values, schema versions, changes', () =>
  withLake((lake, database) => {
    partitioned(lake);
    assert.deepEqual(rowsOf(database, 'select * from ducklake_partition_info'), [
      [2, 1, 1, 3],
      [3, 1, 3, 4],
    ]);
    assert.deepEqual(rowsOf(database, 'select * from ducklake_partition_column'), [
      [2, 1, 0, 2, 'identity'],
      [2, 1, 1, 3, 'month'],
      [3, 1, 0, 3, 'year'],
    ]);
    assert.deepEqual(rowsOf(database, 'select * from ducklake_file_partition_value'), [
      [0, 1, 0, 'DE'],
      [0, 1, 1, '3'],
      [1, 1, 0, null],
      [1, 1, 1, null],
    ]);
    assert.deepEqual(
      rowsOf(
        database,
        'select schema_version, next_catalog_id, changes_made from ducklake_snapshot join ducklake_snapshot_changes using (snapshot_id) where snapshot_id > 0',
      ),
      [
        [1, 3, 'created_table:"main"."t"'],
        [1, 3, 'inserted_into_table:1'],
        [2, 4, 'altered_table:1'],
        [3, 4, 'altered_table:1'],
      ],
    );
    const parts = (snapshot?: number) =>
      lake.table('t', snapshot)?.partitionedBy?.map((key) => `${key.transform} ${key.columnId}`);
    assert.deepEqual([1, 2, 3, 4].map(parts), [
      ['identity 2', 'month 3'],
      ['identity 2', 'month 3'],
      ['year 3'],
      undefined,
    ]);
    assert.deepEqual(
      lake.table('t')?.files.map((f) => f.partition?.values),
      [
        ['DE', '3'],
        [null, null],
      ],
    );
  }));

test('what a table cannot be partitioned by is refused; what it is partitioned by stays', () =>
  withLake((lake) => {
    partitioned(lake);
    const refused = (wanted: string, ...change: Parameters<Lake['commit']>[1]) =>
      assert.throws(() => lake.commit(lake.head(), change), code(wanted));
    const partition = (...parts: (readonly [string, 'identity' | 'year'])[]) =>
      ({
        kind: 'partition',
        table: 't',
        by: parts.map(([column, transform]) => ({ column, transform })),
      }) as const;
    refused('MILL_LAKE_PARTITION_INVALID', partition(['none', 'identity']));
    refused('MILL_LAKE_PARTITION_INVALID', partition(['country', 'year']));
    refused('MILL_LAKE_PARTITION_INVALID', partition(['at', 'year'], ['at', 'year']));
    refused('MILL_LAKE_PARTITION_INVALID', partition(...Array(9).fill(['id', 'identity'])));
    refused('MILL_BUG', {
      kind: 'append',
      table: 't',
      files: [
        staged(lake, 't', 1, {
          partition: { keys: [{ columnId: 1, transform: 'identity' }], values: ['1'] },
        }),
      ],
    });
    const head = lake.commit(lake.head(), [partition(['country', 'identity'])]);
    refused('MILL_LAKE_COLUMN_INVALID', { kind: 'dropColumn', table: 't', column: 'country' });
    lake.commit(head, [
      { kind: 'renameColumn', table: 't', column: 'country', to: 'land' },
      partition(['at', 'year']),
    ]);
    lake.commit(head + 1, [{ kind: 'dropColumn', table: 't', column: 'land' }]);
  }));

test('a partitioned table rolled back, dropped in its own commit, and expired leaves what it must', () =>
  withLake((lake, database) => {
    partitioned(lake);
    const old = lake.table('t')!.files;
    lake.commit(4, [{ kind: 'replace', table: 't', keep: [], files: [] }]);
    lake.commit(5, [{ kind: 'replace', table: 't', keep: old.map((f) => f.id), files: [] }]);
    assert.deepEqual(
      lake.table('t')?.files.map((f) => f.partition),
      old.map((f) => f.partition),
      'a file that comes back has its partition',
    );
    lake.commit(6, [
      { kind: 'append', table: 't', files: [file(lake, 'FR', '1')] },
      { kind: 'replace', table: 't', keep: [], files: [] },
      { kind: 'append', table: 't', files: [file(lake, 'ES', '1')] },
      { kind: 'partition', table: 't', by },
      { kind: 'drop', table: 't' },
    ]);
    assert.deepEqual(checkCatalog(database), []);
    lake.commit(7, [
      { kind: 'create', table: 't', columns, partitionBy: by, files: [file(lake, 'FR', '1')] },
      { kind: 'drop', table: 't' },
    ]);
    assert.deepEqual(checkCatalog(database), []);
    const late = Date.now() * 1000 + 1e9;
    expireSnapshots(database, { now: () => late }, { olderThan: late, keep: 1, needed: () => [] });
    for (const name of ['info', 'column'])
      assert.deepEqual(database.all(`select * from ducklake_partition_${name}`), [], name);
    assert.deepEqual(database.all('select * from ducklake_file_partition_value'), []);
  }));
