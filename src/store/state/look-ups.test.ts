import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../database.ts';
import { type KeptLookUp, openLookUps } from './look-ups.ts';
import { stateMigrations } from './schema.ts';

const lookUp = (n: number, more: Partial<KeptLookUp> = {}): KeptLookUp => ({
  ...{ id: `l${n}`, asset: 'a', version: `a@${n}`, asOf: n, dataset: `d@${n % 2}` },
  ...{ keys: { k: 'x"; --', n }, features: { f: [n, null] }, position: { s: n } },
  ...more,
});

test('the newest look-ups of each asset are kept, and none that is a week older than the newest', () => {
  const database = openDatabase(':memory:');
  database.migrate('state', stateMigrations);
  const lookUps = openLookUps(database, 3, 100);
  const ids = (found: KeptLookUp[]) => found.map(({ id }) => id);
  lookUps.put([5, 1, 4, 2, 3].map((n) => lookUp(n)));
  lookUps.put([lookUp(9, { asset: 'other', position: null }), lookUp(5, { features: {} })]);
  assert.deepEqual(lookUps.since('a', 0), [lookUp(3), lookUp(4), lookUp(5)], 'put twice, the first stays');
  assert.deepEqual(ids(lookUps.since('a', 4)), ['l4', 'l5']);
  assert.deepEqual(lookUps.since('other', 0), [lookUp(9, { asset: 'other', position: null })]);
  assert.deepEqual(lookUps.versions('a').sort(), ['a@3', 'a@4', 'a@5', 'd@0', 'd@1']);
  lookUps.put([lookUp(104)]);
  assert.deepEqual(ids(lookUps.since('a', 0)), ['l4', 'l5', 'l104']);
  lookUps.put([lookUp(500)]);
  assert.deepEqual(ids(lookUps.since('a', 0)), ['l500']);
  assert.equal(lookUps.since('other', 0).length, 1);
  database.close();
});

test('what audits had found of predictions before look-ups were audited is still there', () => {
  const database = openDatabase(':memory:');
  const before = stateMigrations.findIndex((sql) => sql.includes('mill_audit_before'));
  database.migrate('state', stateMigrations.slice(0, before));
  database.run(`insert into mill_audit values ('p', 'e', 'm', 1, 2, '[]')`, []);
  database.migrate('state', stateMigrations);
  assert.deepEqual(
    { ...database.get('select * from mill_audit', []) },
    { answer: 'p', asked: 'e', model: 'm', as_of: 1, at: 2, features: '[]' },
  );
  database.close();
});
