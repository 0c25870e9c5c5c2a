import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDatabase } from '../store/database.ts';
import {
  checkCatalog,
  expireSnapshots,
  type Lake,
  type LakeChange,
  openLake,
  orphans,
  removeOrphans,
  removeScheduled,
  scheduledFiles,
} from '../store/lake/index.ts';
import { changesSql, compactTable, type Session } from './index.ts';
import {
  append,
  at,
  code,
  commit,
  create,
  database,
  engine,
  folder,
  lake,
  rows,
  session,
  write,
} from './kept-lake.fixture.ts';

test('columns are renamed, dropped, made again and widened; every snapshot is read by its own', async () => {
  const first = await create('select i::BIGINT as id, i * 10 as v from range(3) t(i)');
  const renamed = commit({ kind: 'renameColumn', table: 't', column: 'v', to: 'value' });
  const widened = commit({ kind: 'widenColumn', table: 't', column: 'value', type: 'double' });
  await append('select 7::BIGINT as id, 0.5 as "value"'.replace('0.5', '0.5::DOUBLE'));
  assert.deepEqual(
    (await rows(at())).map((row) => row['value']),
    [0, 10, 20, 0.5],
  );
  const dropped = commit({ kind: 'dropColumn', table: 't', column: 'value' });
  commit({ kind: 'addColumn', table: 't', column: { name: 'v', type: 'string' } });
  await append("select 8::BIGINT as id, 'new' as v");
  assert.deepEqual(
    (await rows(at())).map((row) => [row['id'], row['v']]),
    [0, 1, 2, 7].map((id): unknown[] => [id, null]).concat([[8, 'new']]),
  );
  assert.deepEqual(
    [first, renamed, widened, dropped].map((snapshot) =>
      at(snapshot).columns.map((c) => `${c.id} ${c.name} ${c.type}`),
    ),
    [
      ['1 id integer', '2 v integer'],
      ['1 id integer', '2 value integer'],
      ['1 id integer', '2 value double'],
      ['1 id integer'],
    ],
  );
  assert.deepEqual(
    at().columns.map((c) => c.id),
    [1, 3],
    'an id is never used again',
  );
  assert.deepEqual((await rows(at(renamed))).at(-1), { id: 2, value: 20, _row_id: 2 });
  assert.deepEqual(checkCatalog(database), []);
});

test('what no column can become is refused, with what is so', async () => {
  await create('select 9007199254740993::BIGINT as id, 1::BIGINT as v');
  const refused = (change: object, said: RegExp) =>
    assert.throws(
      () => commit({ table: 't', ...change } as LakeChange),
      code('MILL_LAKE_COLUMN_INVALID', said),
    );
  refused({ kind: 'widenColumn', column: 'id', type: 'double' }, /has had the value 9007199254740993/);
  refused({ kind: 'widenColumn', column: 'v', type: 'string' }, /only integer can be widened/);
  refused({ kind: 'renameColumn', column: 'V2', to: 'x' }, /no column 'V2'/);
  refused({ kind: 'renameColumn', column: 'v', to: 'ID' }, /'ID' twice/);
  refused({ kind: 'renameColumn', column: 'v', to: '_row_id' }, /kept for the lake/);
  commit({ kind: 'dropColumn', table: 't', column: 'v' });
  refused({ kind: 'dropColumn', column: 'id' }, /only column/);
  assert.deepEqual(checkCatalog(database), []);
});

test('compaction keeps rows, row ids, older snapshots and the way back', async () => {
  const first = await create('select i::BIGINT as id, i as v from range(5) t(i)');
  for (let i = 1; i < 5; i++)
    await append(`select i::BIGINT as id, i as v from range(${5 * i}, ${5 * i + 5}) t(i)`);
  const old = lake.head();
  const before = await rows(at());
  const done = await compactTable(session, lake, 't');
  assert.equal(done?.from.length, 5);
  assert.equal(at().files.length, 1);
  assert.deepEqual(await rows(at()), before);
  assert.deepEqual(await rows(at(old)), before);
  assert.equal(at(old).files.length, 5);
  assert.equal(await compactTable(session, lake, 't'), undefined, 'nothing is left to gain');
  assert.deepEqual(
    await session.rows(`select * from ${changesSql(session, at(first), at())}`).then((r) => r.length),
    20,
  );
  assert.deepEqual(await session.rows(`select * from ${changesSql(session, at(old), at())}`), []);
  await append('select 99::BIGINT as id, 0::BIGINT as v');
  assert.deepEqual((await rows(at())).at(-1), { id: 99, v: 0, _row_id: 25 });
  // Back to the first snapshot, by the ids that its files had then.
  commit({ kind: 'replace', table: 't', keep: at(first).files.map((file) => file.id), files: [] });
  assert.deepEqual(await rows(at()), before.slice(0, 5));
  assert.deepEqual(checkCatalog(database), []);
});

test('a compaction yields to a replacement that came first, and an append does not mind it', async () => {
  await create('select 1::BIGINT as id, 1::BIGINT as v');
  const base = await append('select 2::BIGINT as id, 2::BIGINT as v');
  const files = await write(`select * from ${session.scan(at(), { rowId: true })}`, true);
  const more = await write('select 3::BIGINT as id, 3::BIGINT as v');
  const from = at().files.map((file) => file.id);
  lake.commit(base, [{ kind: 'compact', table: 't', from, files }]);
  lake.commit(base, [{ kind: 'append', table: 't', files: more }]);
  assert.deepEqual(
    (await rows(at())).map((row) => [row['id'], row['_row_id']]),
    [
      [1, 0],
      [2, 1],
      [3, 2],
    ],
  );
  const again = await write(`select * from ${session.scan(at(), { rowId: true })}`, true);
  const now = at().files.map((file) => file.id);
  const at4 = lake.head();
  commit({ kind: 'replace', table: 't', keep: [], files: [] });
  assert.throws(
    () => lake.commit(at4, [{ kind: 'compact', table: 't', from: now, files: again }]),
    code('MILL_LAKE_CONFLICT'),
  );
  assert.deepEqual(checkCatalog(database), []);
});

test('expiry takes what no needed snapshot sees, files last; a commit that began before it begins again', async () => {
  const first = await create('select 1::BIGINT as id, 1::BIGINT as v');
  const second = commit({
    kind: 'replace',
    table: 't',
    keep: [],
    files: await write('select 2::BIGINT as id, 2::BIGINT as v'),
  });
  const third = commit({
    kind: 'replace',
    table: 't',
    keep: [],
    files: await write('select 3::BIGINT as id, 3::BIGINT as v'),
  });
  const fourth = await append('select 4::BIGINT as id, 4::BIGINT as v');
  const late = Date.now() * 1000 + 1e9;
  const clock = { now: () => late };
  const paths = new Map([first, second, third].map((s) => [s, at(s).files[0]?.path as string]));
  const expire = (keep: number, olderThan = late) =>
    expireSnapshots(database, clock, { olderThan, keep, needed: () => [first] });
  assert.deepEqual(expire(1, 0), [], 'none is that old');
  assert.deepEqual(expire(2), [0, second]);
  assert.deepEqual(
    (await rows(at(first))).map((row) => row['id']),
    [1],
    'a version needs it',
  );
  assert.throws(() => lake.table('t', second), code('MILL_LAKE_SNAPSHOT_UNKNOWN'));
  assert.deepEqual(checkCatalog(database), []);
  assert.throws(
    () => lake.commit(first, [{ kind: 'drop', table: 't' }]),
    code('MILL_LAKE_CONFLICT', /expired/),
  );
  assert.throws(() => lake.commit(second, []), code('MILL_LAKE_CONFLICT', /expired/));
  assert.deepEqual(orphans(lake, database), [], 'a file whose deletion is noted is no orphan');
  assert.deepEqual(removeScheduled(lake, database, late), [], 'not yet');
  assert.deepEqual(
    scheduledFiles(lake, database, late + 1).map((f) => f.path),
    [paths.get(second)],
  );
  removeScheduled(lake, database, late + 1);
  assert.deepEqual(
    [first, second, third].map((s) => existsSync(paths.get(s) as string)),
    [true, false, true],
  );
  // The files of the first come back under another id while its snapshot is needed, and stay when it no longer is.
  commit({ kind: 'replace', table: 't', keep: at(first).files.map((file) => file.id), files: [] });
  expireSnapshots(database, clock, { olderThan: late, keep: 1, needed: () => [] });
  assert.deepEqual(
    (await rows(at())).map((row) => [row['id'], row['_row_id']]),
    [[1, 0]],
  );
  removeScheduled(lake, database, late + 1);
  assert.ok(existsSync(paths.get(first) as string));
  assert.ok(!existsSync(paths.get(third) as string));
  assert.ok(fourth > third);
  commit({ kind: 'drop', table: 't' });
  expireSnapshots(database, clock, { olderThan: late, keep: 1, needed: () => [] });
  removeScheduled(lake, database, late + 1);
  for (const name of [
    'ducklake_table',
    'ducklake_column',
    'ducklake_data_file',
    'ducklake_table_stats',
    'ducklake_file_column_stats',
  ])
    assert.deepEqual(database.all(`select * from ${name}`), [], name);
  assert.ok(!existsSync(paths.get(first) as string));
  assert.deepEqual(checkCatalog(database), []);
});

test('an orphan goes when it is old, never one that a build may be about to commit', async () => {
  await create('select 1::BIGINT as id, 1::BIGINT as v');
  const [staged] = await write('select 2::BIGINT as id, 2::BIGINT as v');
  assert.deepEqual(removeOrphans(lake, database, (Date.now() - 60_000) * 1000), []);
  commit({ kind: 'append', table: 't', files: [staged as never] });
  const [left] = await write('select 3::BIGINT as id, 3::BIGINT as v');
  const gone = removeOrphans(lake, database, (Date.now() + 60_000) * 1000);
  assert.deepEqual(
    gone.map((f) => f.path),
    [left?.path],
  );
  assert.equal((await rows(at())).length, 2);
});

test('killed while it deletes, the next time does the rest; nothing that is read is gone', async () => {
  await create('select 1::BIGINT as id, 1::BIGINT as v');
  for (let v = 2; v < 5; v++)
    commit({
      kind: 'replace',
      table: 't',
      keep: [],
      files: await write(`select 1::BIGINT as id, ${v}::BIGINT as v`),
    });
  const late = Date.now() * 1000 + 1e9;
  const expiry = { olderThan: late, keep: 1, needed: () => [] };
  const killed = (work: () => void): void =>
    assert.throws(() =>
      database.transaction(() => {
        work();
        throw new Error('killed');
      }),
    );
  killed(() => assert.equal(expireSnapshots(database, { now: () => late }, expiry).length, 4));
  assert.equal((await rows(at(1))).length, 1, 'nothing has expired');
  assert.equal(expireSnapshots(database, { now: () => late }, expiry).length, 4);
  killed(() => assert.equal(removeScheduled(lake, database, late + 1).length, 3));
  assert.equal(scheduledFiles(lake, database, late + 1).length, 3, 'files are gone, their notes are not');
  assert.equal(removeScheduled(lake, database, late + 1).length, 3);
  assert.deepEqual(scheduledFiles(lake, database, late + 1), []);
  assert.deepEqual(await rows(at()), [{ id: 1, v: 4, _row_id: 3 }]);
  assert.deepEqual(checkCatalog(database), []);
});

test('appends, compaction and expiry at once: no row is lost, doubled or given another id', async () => {
  await create('select -1::BIGINT as id, null::BIGINT as v');
  const appenders = 3;
  const each = 12;
  let working = appenders;
  let compactions = 0;
  const other = async (work: (session: Session, lake: Lake) => Promise<void>): Promise<void> => {
    const own = await engine.session();
    const connection = openDatabase(join(folder, 'state.db'));
    try {
      await work(own, openLake(connection, join(folder, 'lake')));
    } finally {
      own.close();
      connection.close();
    }
  };
  const columnsNow = at().columns;
  await Promise.all([
    ...Array.from({ length: appenders }, (_, a) =>
      other(async (own, ownLake) => {
        for (let i = 0; i < each; i++) {
          const id = a * each + i;
          const sql = `select ${id}::BIGINT as id, ${id}::BIGINT as v`;
          const files = await own.write(ownLake.folderOf('t'), columnsNow, sql);
          ownLake.commit(ownLake.head(), [{ kind: 'append', table: 't', files }]);
        }
        working--;
      }),
    ),
    other(async (own, ownLake) => {
      while (working > 0) {
        if (await compactTable(own, ownLake, 't')) compactions++;
        else await new Promise(setImmediate);
      }
    }),
    other(async () => {
      while (working > 0) {
        const late = Date.now() * 1000 + 1e9;
        expireSnapshots(database, { now: () => late }, { olderThan: late, keep: 20, needed: () => [] });
        await new Promise(setImmediate);
      }
    }),
  ]);
  assert.ok(compactions > 0, `${compactions} compactions`);
  const found = await rows(at(), 'id');
  assert.deepEqual(
    found.map((row) => row['id']),
    Array.from({ length: appenders * each + 1 }, (_, i) => i - 1),
  );
  assert.deepEqual(
    found.map((row) => row['_row_id']).toSorted((a, b) => Number(a) - Number(b)),
    Array.from({ length: appenders * each + 1 }, (_, i) => i),
  );
  assert.deepEqual(checkCatalog(database), []);
});
