import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { type Database, openDatabase } from '../database.ts';
import { openState, type State } from './index.ts';
import { type Leases, openLeases } from './leases.ts';

let folder: string;
let database: Database;
let state: State;
/** Leases of processes on other machines: whether they live can only be told from their beat. */
let near: Leases;
let far: Leases;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  database = openDatabase(join(folder, 'state.db'));
  state = openState(database);
  near = openLeases(database, 'near.example:1');
  far = openLeases(database, 'far.example:1');
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a lease keeps others out until it is given back or runs out, and a beat renews it', () => {
  state.startRun('r1', 0);
  assert.equal(near.take('a', 'r1', 0, 30), undefined);
  assert.equal(far.take('a', 'r2', 29, 60), 'r1');
  assert.equal(far.take('b', 'r2', 29, 60), undefined, 'each asset has its own');
  near.beat('r1', 100);
  assert.equal(far.take('a', 'r2', 99, 130), 'r1');
  assert.equal(far.take('a', 'r2', 101, 130), undefined, 'silent for too long');
  near.give('a', 'r1');
  assert.equal(
    near.take('a', 'r1', 102, 130),
    'r2',
    'what was taken over is not given back by its former holder',
  );
  near.beat('r1', 999);
  assert.equal(near.take('a', 'r1', 131, 160), undefined, 'nor renewed by it');
});

test('a process of this machine that is gone holds nothing any more', () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  const gone = openLeases(database, `${hostname()}:${pid}`);
  state.startRun('r1', 0);
  gone.beat('r1', 1_000);
  gone.take('a', 'r1', 0, 1_000);
  assert.equal(near.take('a', 'r2', 1, 30), undefined);
  assert.deepEqual(near.bury(1), ['r1']);
});

test('runs of silent processes are called failed, at the time of their last word; others are left', () => {
  for (const run of ['r1', 'r2', 'r3']) state.startRun(run, 0);
  near.beat('r1', 30);
  far.beat('r2', 50);
  assert.equal(near.take('a', 'r1', 0, 30), undefined);
  assert.deepEqual(far.bury(40), ['r1', 'r3'], 'r3 never said a word');
  assert.deepEqual(
    state.runs(9).map(({ id, outcome, finishedAt }) => [id, outcome, finishedAt]),
    [
      ['r3', 'failed', 40],
      ['r2', 'running', null],
      ['r1', 'failed', 30],
    ],
  );
  assert.deepEqual(far.bury(40), []);
});

test('lines of a step are kept in order, and a step that talks without end is cut off', () => {
  const { notes } = state;
  state.startRun('r1', 0);
  state.startRun('r2', 0);
  const line = (run: string, asset: string, text: string): void =>
    notes.addLine({ run, asset, at: 1, level: 'info', text });
  line('r1', 'a', 'old');
  line('r2', 'a', 'one');
  line('r2', 'b', 'two');
  line('r2', 'a', 'three');
  const texts = (of: Parameters<typeof notes.lines>[0]): string[] => notes.lines(of).map(({ text }) => text);
  assert.deepEqual(texts({ run: 'r2' }), ['one', 'two', 'three']);
  assert.deepEqual(texts({ asset: 'a' }), ['one', 'three']);
  for (let i = 0; i < 1_010; i++) line('r1', 'c', String(i));
  assert.equal(texts({ asset: 'c' }).length, 1_000);
});
