import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MillraceError } from '../../base/index.ts';
import { openDatabase } from '../database.ts';
import { checkCatalog, type Lake, openLake, orphans, type StagedFile } from './index.ts';

// This file is also what the other processes run: `node <this file> <role> <folder>`.

const columns = [{ name: 'id', type: 'integer', nullable: false }] as const;
const WRITERS = 4;
const COMMITS = 12;

function open(folder: string) {
  const database = openDatabase(join(folder, 'state.sqlite'));
  return { database, lake: openLake(database, join(folder, 'data')) };
}

function staged(lake: Lake, table: string, rows: number): StagedFile {
  const path = join(lake.folderOf(table), `ducklake-${randomUUID()}.parquet`);
  writeFileSync(path, 'four');
  return { path, rows, bytes: 4, footerBytes: 2, hasRowIds: false, stats: [] };
}

/** Appends to one table, and adds one to a "counter" that is another table's number of rows: read, replace, try again. */
function write(folder: string): void {
  const { database, lake } = open(folder);
  for (let i = 0; i < COMMITS; i++) {
    const file = staged(lake, 'log', 3);
    lake.commit(lake.head(), [{ kind: 'append', table: 'log', files: [file] }], {}, () => {
      database.run('insert into told values (?)', [file.path]);
    });
    while (!counted(lake));
  }
  database.close();
}

function counted(lake: Lake): boolean {
  const before = lake.table('counter')!;
  const file = staged(lake, 'counter', before.rows + 1);
  try {
    lake.commit(before.snapshot, [{ kind: 'replace', table: 'counter', keep: [], files: [file] }]);
    return true;
  } catch (error) {
    if (error instanceof MillraceError && error.problems[0]?.retry) return false;
    throw error;
  }
}

/** Stops for ever at one place of a commit, telling that it is there. */
function hang(folder: string, place: string): void {
  const { database, lake } = open(folder);
  const file = staged(lake, 'log', 3);
  const stop = () => {
    process.stdout.write(`${file.path}\n`);
    // Blocks the thread, so that the transaction stays open.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  };
  if (place === 'before') stop();
  lake.commit(lake.head(), [{ kind: 'append', table: 'log', files: [file] }], {}, () => {
    database.run('insert into told values (?)', [file.path]);
    stop();
  });
}

const [role, folderGiven] = process.argv.slice(2);
if (role === 'write') write(folderGiven!);
else if (role === 'before' || role === 'within') hang(folderGiven!, role);
else if (role === 'open') open(folderGiven!).database.close();
else tests();

function start(job: string, folder: string): ChildProcess {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawn(process.execPath, ['--conditions=source', import.meta.filename, job, folder], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function prepared(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const { database, lake } = open(folder);
  database.run('create table told (path text)');
  lake.commit(0, [
    { kind: 'create', table: 'log', columns, files: [] },
    { kind: 'create', table: 'counter', columns, files: [] },
  ]);
  database.close();
  return folder;
}

function tests(): void {
  test('processes that make a new lake at once make one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
    const codes = await Promise.all(
      Array.from({ length: WRITERS }, async () => (await once(start('open', folder), 'exit'))[0]),
    );
    assert.deepEqual(codes, Array(WRITERS).fill(0));
    const { database, lake } = open(folder);
    assert.equal(lake.head(), 0);
    assert.deepEqual(checkCatalog(database), []);
    database.close();
    rmSync(folder, { recursive: true });
  });

  test('processes that commit at once lose nothing and double nothing', async () => {
    const folder = prepared();
    const codes = await Promise.all(
      Array.from({ length: WRITERS }, async () => (await once(start('write', folder), 'exit'))[0]),
    );
    assert.deepEqual(codes, Array(WRITERS).fill(0));
    const { database, lake } = open(folder);
    const log = lake.table('log')!;
    assert.equal(log.rows, WRITERS * COMMITS * 3);
    // Row ids tile the table: every range begins where the one before ended.
    assert.deepEqual(
      log.files.map((f) => f.rowIdStart),
      log.files.map((_, i) => i * 3),
    );
    assert.deepEqual(
      database
        .all<{ path: string }>('select path from told')
        .map((r) => r.path)
        .sort(),
      log.files.map((f) => f.path).sort(),
    );
    assert.equal(lake.table('counter')!.rows, WRITERS * COMMITS);
    assert.equal(lake.head(), 1 + 2 * WRITERS * COMMITS);
    assert.deepEqual(checkCatalog(database), []);
    database.close();
    rmSync(folder, { recursive: true });
  });

  for (const place of ['before', 'within'])
    test(`a process killed ${place} its commit leaves an orphan and nothing else`, async () => {
      const folder = prepared();
      const child = start(place, folder);
      const [line] = await once(child.stdout!, 'data');
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      assert.equal((await exited)[1], 'SIGKILL');
      const { database, lake } = open(folder);
      assert.equal(lake.head(), 1);
      assert.equal(lake.table('log')!.rows, 0);
      assert.deepEqual(database.all('select * from told'), []);
      assert.deepEqual(orphans(lake, database), [String(line).trim()]);
      assert.deepEqual(checkCatalog(database), []);
      lake.commit(1, [{ kind: 'append', table: 'log', files: [staged(lake, 'log', 1)] }]);
      assert.deepEqual(checkCatalog(database), []);
      database.close();
      rmSync(folder, { recursive: true });
    });
}
