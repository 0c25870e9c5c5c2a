import assert from 'node:assert/strict';
import { test } from 'node:test';
import { env } from '../../../base/index.ts';
import { col, contractSpec } from '../../contract/index.ts';
import { checkPostgres } from './check.ts';
import { type PostgresOptions, postgres } from './declare.ts';
import { driver } from './driver.ts';

const contract = contractSpec({ columns: { id: col.string() } });
const said = (options: PostgresOptions, key: string[] = []) =>
  checkPostgres(postgres(options), { ...contract, key }).map(({ message }) => message);

test('faults of a PostgreSQL declaration', () => {
  const url = env('PG_URL');
  assert.deepEqual(said({ url, table: 'a.b', cursor: 'at', lookBack: '1h' }, ['id']), []);
  assert.deepEqual(
    said({ url: 'postgres://me@host/db', query: ' with x as (select 1) select * from x' }),
    [],
  );
  assert.match(
    said({ url: 'postgres://me:pw-secret@host/db', table: 'a' })[0]!,
    /^Its url holds a password\.$/,
  );
  assert.match(said({ url: 'postgres://host/db?password=pw', table: 'a' })[0]!, /holds a password/);
  assert.match(said({ url: 'mysql://host', table: 'a' })[0]!, /no postgres/);
  assert.match(said({ url })[0]!, /either a table or a query/);
  assert.match(said({ url, table: 'a', query: 'select 1' })[0]!, /either a table or a query/);
  assert.match(said({ url, table: 'a.b.c' })[0]!, /no table's name/);
  assert.match(said({ url, table: 'a.' })[0]!, /no table's name/);
  assert.match(said({ url, query: 'delete from a' })[0]!, /no SELECT/);
  assert.match(said({ url, table: 'a', lookBack: '1h' }, ['id'])[0]!, /no cursor/);
  assert.match(said({ url, table: 'a', cursor: 'at', lookBack: '1h' })[0]!, /no key/);
});

test('a driver that is not installed is said so, with what to do', async () => {
  await assert.rejects(
    driver(() => import(`${'pg'}-is-not-installed-here`)),
    /Run `npm install pg` in the project\. \[MILL_CONNECTOR_PACKAGE_MISSING\]/,
  );
  const broken = () => Promise.reject(new SyntaxError('broken'));
  await assert.rejects(driver(broken), SyntaxError);
});
