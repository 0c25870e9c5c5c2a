import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { type Database, openDatabase } from '../database.ts';
import { type CheckResult, type NewVersion, openState, type State } from './index.ts';
import { stateMigrations } from './schema.ts';

let folder: string;
let database: Database;
let state: State;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  database = openDatabase(join(folder, 'state.db'));
  state = openState(database);
});
afterEach(() => {
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

const newVersion = (asset: string, more: Partial<NewVersion> = {}): NewVersion => ({
  asset,
  kind: 'table',
  fingerprint: 'f',
  definition: 'd',
  inputs: {},
  snapshot: 1,
  rows: null,
  detail: null,
  status: 'published',
  createdAt: 1,
  run: 'r',
  ...more,
});

test('a version comes back as it was given, with its checks in their order', () => {
  const plain = { noNullPrototype: true };
  const aVersion = fc.record(
    {
      asset: fc.constantFrom('a', 'b', "o'x"),
      kind: fc.string(),
      fingerprint: fc.string(),
      definition: fc.string(),
      inputs: fc.dictionary(fc.string(), fc.string(), plain),
      snapshot: fc.nat(),
      rows: fc.option(fc.maxSafeNat()),
      detail: fc.jsonValue(),
      status: fc.constantFrom('published' as const, 'candidate' as const, 'rolled-back' as const),
      createdAt: fc.maxSafeInteger(),
      run: fc.string(),
    },
    plain,
  );
  const aCheck: fc.Arbitrary<CheckResult> = fc.record(
    {
      name: fc.string(),
      passed: fc.boolean(),
      severity: fc.constantFrom('block' as const, 'warn' as const),
      observed: fc.string(),
      wanted: fc.string(),
    },
    plain,
  );
  const counts = new Map<string, number>();
  fc.assert(
    fc.property(aVersion, fc.array(aCheck, { maxLength: 4 }), (given, checks) => {
      const sent = JSON.parse(JSON.stringify(given)) as NewVersion;
      const number = (counts.get(given.asset) ?? 0) + 1;
      counts.set(given.asset, number);
      const version = state.addVersion(sent, checks);
      assert.deepEqual(version, { ...sent, id: `${given.asset}@${number}`, number });
      assert.deepEqual(state.version(version.id), version);
      assert.deepEqual(state.versions(given.asset)[0], version);
      assert.deepEqual(state.byFingerprint(given.asset, given.fingerprint), version);
      assert.deepEqual(state.checks(version.id), checks);
    }),
  );
});

test('each asset counts its own versions from 1; the newest of a fingerprint is found', () => {
  for (const [asset, fingerprint] of [
    ['a', 'x'],
    ['b', 'x'],
    ['a', 'y'],
    ['a', 'x'],
  ] as const)
    state.addVersion(newVersion(asset, { fingerprint }), []);
  assert.deepEqual(
    state.versions('a').map(({ id }) => id),
    ['a@3', 'a@2', 'a@1'],
  );
  assert.equal(state.byFingerprint('a', 'x')?.id, 'a@3');
  assert.equal(state.byFingerprint('b', 'x')?.id, 'b@1');
  assert.equal(state.byFingerprint('b', 'y'), undefined);
  assert.equal(state.version('c@1'), undefined);
  assert.deepEqual(state.checks('c@1'), []);
  state.setStatus('a@3', 'rolled-back');
  assert.equal(state.version('a@3')?.status, 'rolled-back');
});

test('an alias names one version; every move is remembered, newest first', () => {
  for (let i = 0; i < 3; i++) state.addVersion(newVersion('a'), []);
  assert.equal(state.live('a'), undefined);
  state.moveAlias('a', 'a@1', 10, 'first');
  state.moveAlias('a', 'a@3', 20, 'second');
  state.moveAlias('a', 'a@2', 30, 'beside', 'challenger');
  state.moveAlias('a', 'a@2', 40, 'back');
  assert.equal(state.live('a')?.id, 'a@2');
  assert.equal(state.live('a', 'challenger')?.id, 'a@2');
  assert.deepEqual(state.aliasMoves('a'), [
    { asset: 'a', alias: 'live', from: 'a@3', to: 'a@2', at: 40, reason: 'back' },
    { asset: 'a', alias: 'challenger', from: null, to: 'a@2', at: 30, reason: 'beside' },
    { asset: 'a', alias: 'live', from: 'a@1', to: 'a@3', at: 20, reason: 'second' },
    { asset: 'a', alias: 'live', from: null, to: 'a@1', at: 10, reason: 'first' },
  ]);
  assert.deepEqual(state.aliasMoves('b'), []);
  assert.deepEqual(state.aliases('a'), [
    { alias: 'challenger', version: 'a@2' },
    { alias: 'live', version: 'a@2' },
  ]);
  state.dropAlias('a', 'challenger');
  state.dropAlias('a', 'nobody');
  assert.deepEqual(state.aliases('a'), [{ alias: 'live', version: 'a@2' }]);
  assert.equal(state.live('a', 'challenger'), undefined);
});

test('an alias cannot name a version that is not there, nor one of another asset', () => {
  state.addVersion(newVersion('a'), []);
  state.addVersion(newVersion('b'), []);
  assert.throws(() => state.moveAlias('a', 'a@2', 1, 'x'));
  assert.throws(() => state.moveAlias('a', 'b@1', 1, 'x'), {
    code: 'MILL_BUG',
    message: /'b@1' is no version of 'a'/,
  });
  assert.equal(state.live('a'), undefined);
  assert.deepEqual(state.aliasMoves('a'), []);
});

test('the status of a version that is not there cannot be set in silence', () => {
  assert.throws(() => state.setStatus('a@1', 'rolled-back'), { code: 'MILL_BUG', message: /a@1/ });
});

test('what is written in a transaction that fails was never written', () => {
  state.addVersion(newVersion('a'), []);
  state.moveAlias('a', 'a@1', 1, 'x');
  assert.throws(
    () =>
      state.transaction(() => {
        state.addVersion(newVersion('a'), [
          { name: 'n', passed: true, severity: 'warn', observed: '', wanted: '' },
        ]);
        state.moveAlias('a', 'a@2', 2, 'y');
        state.nextLoadIds(5);
        throw new Error('stop');
      }),
    { message: 'stop' },
  );
  assert.equal(state.live('a')?.id, 'a@1');
  assert.equal(state.versions('a').length, 1);
  assert.deepEqual(state.nextLoadIds(2), [1, 2]);
  // The number of the version that never was is given to the next.
  assert.equal(state.addVersion(newVersion('a'), []).id, 'a@2');
  assert.deepEqual(state.checks('a@2'), []);
});

test('load ids go up without a double; loads are found by id', () => {
  assert.deepEqual(state.nextLoadIds(2), [1, 2]);
  assert.deepEqual(state.nextLoadIds(0), []);
  assert.deepEqual(state.nextLoadIds(3), [3, 4, 5]);
  const load = (id: number) => ({
    ...{ id, asset: 'a', version: 'a@1', path: `ü ${id}'.csv`, hash: 'h', bytes: 2 ** 40 },
    ...{ rows: 1, quarantined: 0, loadedAt: 5 },
  });
  for (const id of [4, 2]) state.addLoad(load(id));
  assert.deepEqual(state.loads([2, 3, 4]), [load(2), load(4)]);
  assert.deepEqual(state.loads([]), []);
  assert.throws(() => state.addLoad(load(4)));
  state.addLoad({ ...load(3), asset: 'b' });
  assert.deepEqual(
    state.loadsIn('a', [
      [1, 2],
      [3, 9],
    ]),
    [load(2), load(4)],
  );
  assert.deepEqual(
    state.joinRanges('a', [
      [2, 2],
      [4, 4],
    ]),
    [[2, 4]],
    'what lies between is of another asset',
  );
  assert.deepEqual([state.newestLoad('a'), state.newestLoad('b'), state.newestLoad('c')], [4, 3, 0]);
  assert.equal(state.loads(Array.from({ length: 50_000 }, (_, i) => i)).length, 3);
});

test('loads that an earlier Millrace wrote one by one are read as ranges', () => {
  const old = openDatabase(join(folder, 'old.db'));
  old.migrate('state', stateMigrations.slice(0, 3));
  const insert = (id: string, kind: string, detail: string): unknown =>
    old.run(
      `insert into mill_version (id, asset, kind, number, fingerprint, definition, inputs, snapshot, rows, detail, status, created_at, run)
       values (?, ?, ?, 1, '', '', '{}', 0, 0, ?, 'published', 0, '')`,
      [id, id, kind, detail],
    );
  insert('a', 'source', '{"loads":[3,7],"statistics":{"x":1.5e300}}');
  insert('b', 'model', '{"onnx":"y"}');
  const state = openState(old);
  assert.deepEqual(state.version('a')?.detail, {
    loads: [
      [3, 3],
      [7, 7],
    ],
    statistics: { x: 1.5e300 },
  });
  assert.deepEqual(state.version('b')?.detail, { onnx: 'y' });
  old.close();
});

test('runs and steps are told as they went', () => {
  state.startRun('r1', 10);
  state.startRun('r2', 20);
  state.finishRun('r1', 30, 'failed');
  assert.deepEqual(state.runs(5), [
    { id: 'r2', startedAt: 20, finishedAt: null, outcome: 'running' },
    { id: 'r1', startedAt: 10, finishedAt: 30, outcome: 'failed' },
  ]);
  assert.equal(state.runs(1).length, 1);
  const step = (position: number) => ({
    ...{ run: 'r1', position, asset: 'a', action: 'create', reason: 'new', outcome: 'published' },
    ...{ note: '', startedAt: 1, finishedAt: 2 },
  });
  state.addStep(step(2));
  state.addStep(step(1));
  assert.deepEqual(state.steps('r1'), [step(1), step(2)]);
  assert.deepEqual(state.steps('r2'), []);
});

test('hashes of files and offsets of logs are the last that were set', () => {
  assert.equal(state.fileHash('/x'), undefined);
  state.setFileHash('/x', 'one');
  state.setFileHash('/x', 'two');
  assert.equal(state.fileHash('/x'), 'two');
  state.setLogOffset('l', 's1', 4);
  state.setLogOffset('l', 's2', 7);
  state.setLogOffset('l', 's1', 5);
  state.setLogOffset('m', 's1', 1);
  assert.deepEqual([...state.logOffsets('l')].sort(), [
    ['s1', 5],
    ['s2', 7],
  ]);
});

test('another opening of the same file finds everything again', () => {
  state.addVersion(newVersion('a', { detail: { deep: [1, null, 'x'] }, inputs: { b: 'b@1' } }), []);
  state.moveAlias('a', 'a@1', 1, 'x');
  const live = state.live('a');
  const other = openDatabase(join(folder, 'state.db'));
  assert.deepEqual(openState(other).live('a'), live);
  other.close();
});

test('of each definition the newest version, however many there are', () => {
  const add = (asset: string, definition: string) => state.addVersion(newVersion(asset, { definition }), []);
  for (const definition of ['x', 'y', 'x', 'z', 'x', 'y']) add('a', definition);
  add('b', 'w');
  assert.deepEqual(
    state.definitions('a').map(({ id, definition }) => [id, definition]),
    [
      ['a@6', 'y'],
      ['a@5', 'x'],
      ['a@4', 'z'],
    ],
  );
  assert.deepEqual(state.definitions('nobody'), []);
});
