import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { type ColumnDef, MillraceError } from '../base/index.ts';
import { type Database, openDatabase } from '../store/database.ts';
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
  type TableState,
} from '../store/lake/index.ts';
import { changesSql, compactTable, type Engine, openDuckDb, type Session } from './index.ts';

const columns: readonly ColumnDef[] = [
  { name: 'id', type: 'integer', nullable: false },
  { name: 'v', type: 'integer', nullable: true },
];
const code =
  (wanted: string, said = /./) =>
  (error: unknown) =>
    error instanceof MillraceError && error.code === wanted && said.test(error.message);

let engine: Engine;
let session: Session;
let folder: string;
let database: Database;
let lake: Lake;

before(async () => {
  engine = await openDuckDb({ threads: 1 });
  session = await engine.session();
});
after(() => engine.close());

beforeEach((context) => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  database = openDatabase(join(folder, 'state.db'));
  lake = openLake(database, join(folder, 'lake'));
  (context as unknown as { after(work: () => void): void }).after(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });
});

const at = (snapshot?: number): TableState => lake.table('t', snapshot) as TableState;
const commit = (...changes: LakeChange[]): number => lake.commit(lake.head(), changes);
const rows = (table: TableState, order = '_row_id') =>
  session.rows<Record<string, unknown>>(
    `select * from ${session.scan(table, { rowId: true })} order by ${order}`,
  );
const write = (sql: string, rowId = false) =>
  session.write(lake.folderOf('t'), at()?.columns ?? columns.map((c, i) => ({ id: i + 1, ...c })), sql, {
    rowId,
  });
const create = async (sql: string): Promise<number> =>
  commit({ kind: 'create', table: 't', columns, files: await write(sql) });
const append = async (sql: string): Promise<number> =>
  commit({ kind: 'append', table: 't', files: await write(sql) });

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
  assert.ok(compactions > 1, `${compactions} compactions`);
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

test('the change feed goes by what the columns are now, and knows another table of the same name', async () => {
  const first = await create('select i::BIGINT as id, i * 10 as v from range(3) t(i)');
  commit({ kind: 'renameColumn', table: 't', column: 'v', to: 'w' });
  commit({ kind: 'widenColumn', table: 't', column: 'w', type: 'double' });
  commit({ kind: 'addColumn', table: 't', column: { name: 'v', type: 'string' } });
  const altered = lake.head();
  const feed = (from: number | undefined, to = lake.head()) =>
    session.rows<Record<string, unknown>>(
      `select * from ${changesSql(session, from === undefined ? undefined : at(from), at(to))} order by all`,
    );
  assert.deepEqual(await feed(first), [], 'no row has changed');
  const scan = session.scan(at(), { rowId: true });
  const files = await write(
    `select id, w, case when id = 1 then 'one' end as v, _row_id from ${scan} where id > 0`,
    true,
  );
  commit({ kind: 'replace', table: 't', keep: [], files });
  assert.deepEqual(await feed(altered), [
    { _change: 'delete', _row_id: 0, id: 0, w: 0, v: null },
    { _change: 'update_postimage', _row_id: 1, id: 1, w: 10, v: 'one' },
    { _change: 'update_preimage', _row_id: 1, id: 1, w: 10, v: null },
  ]);
  assert.deepEqual(await feed(first), await feed(altered));
  assert.deepEqual(
    (await feed(undefined)).map((row) => [row['_change'], row['id']]),
    [
      ['insert', 1],
      ['insert', 2],
    ],
  );
  const dropped = lake.head();
  commit({ kind: 'drop', table: 't' });
  // Its second column is an integer now, where there was a text of that name.
  await create('select 1::BIGINT as id, 10::BIGINT as v');
  assert.deepEqual(
    (await feed(dropped)).map((row) => [row['_change'], row['id']]),
    [
      ['delete', 1],
      ['delete', 2],
      ['insert', 1],
    ],
  );
});

type Twin = Map<number, { id: number; v: number | null }>;

test('the change feed between any two snapshots is the difference of the rows', async () => {
  const op = fc.oneof(
    fc.record({ op: fc.constant('append' as const), n: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ op: fc.constant('update' as const), mod: fc.nat(2), add: fc.constantFrom(0, 1, 1) }),
    fc.record({ op: fc.constant('delete' as const), mod: fc.nat(3) }),
    fc.record({ op: fc.constant('compact' as const) }),
  );
  let updates = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(op, { minLength: 4, maxLength: 7, size: 'max' }), async (plan) => {
      if (lake.table('t')) commit({ kind: 'drop', table: 't' });
      const start = await create('select i::BIGINT as id, nullif(i, 0)::BIGINT as v from range(4) t(i)');
      const history = new Map<number, Twin>([
        [start, new Map([0, 1, 2, 3].map((id) => [id, { id, v: id || null }]))],
      ]);
      let next = 4;
      for (const step of plan) {
        const twin: Twin = new Map(history.get(lake.head()));
        if (step.op === 'append') {
          await append(`select i::BIGINT as id, i::BIGINT as v from range(${next}, ${next + step.n}) t(i)`);
          for (let i = 0; i < step.n; i++, next++) twin.set(next, { id: next, v: next });
        } else if (step.op === 'compact') {
          if (!(await compactTable(session, lake, 't'))) continue;
        } else {
          const scan = session.scan(at(), { rowId: true });
          const files = await write(
            step.op === 'update'
              ? `select id, case when id % 3 = ${step.mod} then v + ${step.add} else v end as v, _row_id from ${scan}`
              : `select * from ${scan} where id % 4 <> ${step.mod}`,
            true,
          );
          commit({ kind: 'replace', table: 't', keep: [], files });
          for (const [rowId, { id, v }] of [...twin])
            if (step.op === 'delete' && id % 4 === step.mod) twin.delete(rowId);
            else if (step.op === 'update' && id % 3 === step.mod && v !== null)
              twin.set(rowId, { id, v: v + step.add });
        }
        if (lake.head() > [...history.keys()].at(-1)!) history.set(lake.head(), twin);
      }
      for (const [from, then] of history)
        for (const [to, now] of history) {
          const wanted = difference(then, now);
          updates += wanted.filter((text) => text.startsWith('update_post')).length;
          const found = await session.rows<Record<string, unknown>>(
            `select * from ${changesSql(session, at(from), at(to))}`,
          );
          assert.deepEqual(
            found.map((r) => `${r['_change']} ${r['_row_id']} ${r['id']} ${r['v']}`).sort(),
            wanted,
          );
        }
      assert.deepEqual(checkCatalog(database), []);
    }),
    { numRuns: 12 },
  );
  assert.ok(updates > 10);
});

function difference(then: Twin, now: Twin): string[] {
  const found: string[] = [];
  const say = (change: string, rowId: number, { id, v }: { id: number; v: number | null }) =>
    found.push(`${change} ${rowId} ${id} ${v}`);
  for (const [rowId, row] of now) {
    const old = then.get(rowId);
    if (!old) say('insert', rowId, row);
    else if (old.v !== row.v) {
      say('update_preimage', rowId, old);
      say('update_postimage', rowId, row);
    }
  }
  for (const [rowId, row] of then) if (!now.has(rowId)) say('delete', rowId, row);
  return found.sort();
}
