import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MillraceError } from '../base/index.ts';
import { openDatabase } from './database.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true }));

const code = (wanted: string) => (error: unknown) => error instanceof MillraceError && error.code === wanted;

function fresh(name: string) {
  const database = openDatabase(join(folder, `${name}.sqlite`));
  database.run('create table t (a, b text)');
  return database;
}

test('values keep their kind', () => {
  const database = fresh('values');
  const values = [1, -0.5, 'x', null, 2 ** 53 - 1, new Uint8Array([1, 2])] as const;
  for (const value of values) assert.equal(database.run('insert into t values (?, ?)', [value, 1]), 1);
  database.run('insert into t values (?, ?)', [true, false]);
  const rows = database.all<{ a: unknown; b: string }>('select * from t');
  assert.deepEqual(
    rows.map((r) => r.a),
    [...values, 1],
  );
  // A number in a text column is '1', not '1.0'.
  assert.deepEqual(new Set(rows.map((r) => r.b)), new Set(['1', '0']));
  assert.equal(database.get('select 1 from t where a = 99'), undefined);
  database.close();
});

test('durable, and readers do not wait', () => {
  const database = fresh('pragmas');
  for (const [pragma, value] of [
    ['journal_mode', 'wal'],
    ['synchronous', 2],
    ['foreign_keys', 1],
  ] as const)
    assert.equal(database.get<Record<string, unknown>>(`pragma ${pragma}`)![pragma], value);
  assert.deepEqual(database.get('pragma busy_timeout'), { timeout: 10_000 });
  const reader = openDatabase(join(folder, 'pragmas.sqlite'));
  database.transaction(() => {
    database.run("insert into t values (1, 'x')");
    assert.deepEqual(reader.all('select * from t'), []);
  });
  assert.equal(reader.all('select * from t').length, 1);
  reader.close();
  database.close();
});

test('a transaction is whole or not at all, and an inner one belongs to the outer', () => {
  const database = fresh('transactions');
  const count = () => database.get<{ n: number }>('select count(*) as n from t')!.n;
  const insert = () => database.run("insert into t values (1, 'x')");
  assert.equal(
    database.transaction(() => database.transaction(insert) + insert()),
    2,
  );
  assert.equal(count(), 2);
  const fail = () => {
    insert();
    throw new Error('no');
  };
  assert.throws(() => database.transaction(fail), /^Error: no$/);
  assert.throws(
    () =>
      database.transaction(() => {
        database.transaction(insert);
        fail();
      }),
    /^Error: no$/,
  );
  // An inner failure that is swallowed must not let the half before it through.
  assert.throws(
    () =>
      database.transaction(() => {
        insert();
        try {
          database.transaction(fail);
        } catch {}
      }),
    code('MILL_BUG'),
  );
  assert.throws(() => database.transaction(async () => insert()), code('MILL_BUG'));
  assert.equal(count(), 2);
  database.transaction(insert);
  assert.equal(count(), 3);
  database.close();
});

test('migrations run once in order, and a newer database is refused', () => {
  const path = join(folder, 'migrations.sqlite');
  const steps = [
    'create table one (a); insert into one values (1)',
    'alter table one add b',
    'insert into one values (2, 3)',
  ];
  const first = openDatabase(path);
  first.migrate('room', steps.slice(0, 1));
  first.migrate('other', []);
  first.migrate('room', steps);
  first.migrate('room', steps);
  assert.deepEqual(first.all('select * from one'), [
    { a: 1, b: null },
    { a: 2, b: 3 },
  ]);
  assert.throws(() => first.migrate('room', steps.slice(0, 2)), code('MILL_STATE_NEWER'));
  // A step that fails takes those before it along.
  assert.throws(
    () => first.migrate('third', ['create table two (a)', 'create table two (a)']),
    /already exists/,
  );
  assert.equal(first.get("select 1 from sqlite_schema where name = 'two'"), undefined);
  first.close();
});

test('what cannot be opened is named', () => {
  assert.throws(() => openDatabase(join(folder, 'no', 'such', 'folder')), code('MILL_STATE_UNREADABLE'));
  writeFileSync(join(folder, 'text'), 'this is no database, but long enough to look at'.repeat(50));
  assert.throws(() => openDatabase(join(folder, 'text')), code('MILL_STATE_UNREADABLE'));
});

test('what nobody was promised is not flushed, and only that', () => {
  const database = fresh('flush');
  const level = () => database.get<{ synchronous: number }>('pragma synchronous')?.synchronous;
  const insert = () => database.run('insert into t (a) values (1)');
  const [full, normal] = [2, 1];
  assert.equal(database.transaction(level), full);
  assert.equal(database.transaction(level, { flush: false }), normal);
  assert.equal(level(), full);
  const fail = () => {
    insert();
    throw new Error('no');
  };
  assert.throws(() => database.transaction(fail, { flush: false }), /^Error: no$/);
  assert.equal(level(), full);
  // One of either kind may hold one that needs no flush; the other way round a promise would be broken.
  database.transaction(() => database.transaction(insert, { flush: false }));
  assert.throws(
    () => database.transaction(() => database.transaction(insert), { flush: false }),
    code('MILL_BUG'),
  );
  assert.equal(database.get<{ n: number }>('select count(*) as n from t')?.n, 1);
});

test('a full disk is told as that, takes the transaction back, and is over when there is room', () => {
  const database = fresh('full');
  const pages = database.get<{ page_count: number }>('pragma page_count')?.page_count ?? 0;
  database.get(`pragma max_page_count = ${pages + 2}`);
  const fill = () =>
    database.transaction(() => {
      for (let i = 0; i < 20; i++) database.run('insert into t values (?, ?)', [i, 'x'.repeat(4000)]);
    });
  assert.throws(
    fill,
    (error) =>
      error instanceof MillraceError && error.problems[0]?.retry === true && code('MILL_STATE_FAILED')(error),
  );
  assert.deepEqual(database.all('select * from t'), []);
  database.get('pragma max_page_count = 100000');
  fill();
  assert.equal(database.all('select * from t').length, 20);
  database.close();
});
