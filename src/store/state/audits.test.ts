import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDatabase } from '../database.ts';
import { type Audited, openAudits } from './audits.ts';
import { stateMigrations } from './schema.ts';

test('the newest answers of whoever was asked are kept, each with what was found last', () => {
  const database = openDatabase(':memory:');
  database.migrate('state', stateMigrations);
  const audits = openAudits(database, 3);
  const audited = (n: number, more: Partial<Audited> = {}): Audited => ({
    ...{ answer: `p${n}`, asked: 'e', model: 'm', asOf: n, at: 100 + n, features: [] },
    ...more,
  });
  for (const n of [5, 1, 4, 2, 3]) audits.put(audited(n));
  audits.put(audited(9, { asked: 'other', model: 'm' }));
  const ids = (found: Audited[]) => found.map(({ answer }) => answer);
  assert.deepEqual(ids(audits.newest({ asked: 'e' }, 10)), ['p5', 'p4', 'p3']);
  assert.deepEqual(ids(audits.newest({ model: 'm' }, 2)), ['p9', 'p5']);
  const features = [
    { asset: 'a', feature: 'f', equal: null, equalNow: false, cause: 'x', causeNow: null, detail: { n: 1 } },
  ];
  audits.put(audited(4, { at: 500, features }));
  assert.deepEqual(audits.newest({ asked: 'e' }, 2)[1], audited(4, { at: 500, features }));
  database.close();
});
