import assert from 'node:assert/strict';
import { test } from 'node:test';
import { env } from '../../base/index.ts';
import type { Graph, Node, Outside } from '../../graph/index.ts';
import { col } from '../contract/index.ts';
import { type Connector, files, http, postgres, source, stream } from './index.ts';
import { portraySource } from './portrait.ts';
import type { SourceBody } from './spec.ts';

const SECRET = 's3cret';

function portrait(from: Connector, environment: Record<string, string> = {}) {
  const asset = source('orders', { from, columns: { id: col.string() } });
  const node = asset['~'].nodes[0] as Node<SourceBody>;
  const context = { graph: {} as Graph, folder: '/project', environment };
  const found = portraySource(node, context);
  assert.ok(!JSON.stringify(found).includes(SECRET), 'nothing secret');
  return found;
}

const outside = (from: Connector, environment?: Record<string, string>): Outside | undefined =>
  portrait(from, environment).outside?.[0];
const named = (from: Connector, environment?: Record<string, string>): string | undefined => {
  const found = outside(from, environment);
  return found && `${found.type} ${found.namespace} ${found.name}`;
};

test('files are named from the root of the machine, or of their store', () => {
  assert.deepEqual(outside(files('data/*.csv')), {
    ...{ namespace: 'file', name: '/project/data/*.csv', type: 'FILE' },
    uri: 'file:///project/data/*.csv',
  });
  assert.equal(named(files('/in/a b.csv')), 'FILE file /in/a b.csv');
  assert.equal(named(files('s3://bucket/in/*.parquet')), 'FILE s3://bucket in/*.parquet');
  assert.equal(named(files(`https://me:${SECRET}@host/a.csv?sig=${SECRET}`)), 'FILE https://host a.csv');
});

test('a PostgreSQL table by server, database and schema, wherever its address stands', () => {
  const of = (url: string, table = 'orders') => named(postgres({ url, table }));
  assert.equal(of('postgres://me@host:6543/shop'), 'TABLE postgres://host:6543 shop.public.orders');
  assert.equal(
    of('postgresql://me@host/shop', 'sales.orders'),
    'TABLE postgres://host:5432 shop.sales.orders',
  );
  assert.equal(of('postgres://me@host'), 'TABLE postgres://host:5432 me.public.orders', 'the user’s own');
  const url = env('PG_URL');
  const environment = { PG_URL: `postgres://me:${SECRET}@host/sh%20op?password=${SECRET}` };
  assert.equal(
    named(postgres({ url, table: 'orders' }), environment),
    'TABLE postgres://host:5432 sh op.public.orders',
  );
  assert.equal(outside(postgres({ url, table: 'orders' }), environment)?.uri, 'postgres://host:5432/sh%20op');
  assert.equal(named(postgres({ url, table: 'orders' })), undefined, 'not set here');
  assert.equal(named(postgres({ url, table: 'orders' }), { PG_URL: `no address ${SECRET}` }), undefined);
});

test('of a PostgreSQL query the database, and the query itself', () => {
  const found = portrait(postgres({ url: 'postgres://me@host/shop', query: 'select 1 as id' }));
  assert.deepEqual(found.query, { text: 'select 1 as id', dialect: 'postgres' });
  assert.deepEqual([found.outside?.[0]?.type, found.outside?.[0]?.name], ['DATABASE', 'shop']);
});

test('an API by its address, without what may be a key; posted rows by where they are posted', () => {
  const api = http({
    url: `https://me:${SECRET}@api.example.com:8443/v1/orders?key=${SECRET}`,
    ...{ headers: { Authorization: env('TOKEN') }, query: { token: env('TOKEN') } },
  });
  assert.deepEqual(outside(api, { TOKEN: SECRET }), {
    ...{ namespace: 'https://api.example.com:8443', name: '/v1/orders', type: 'API' },
    uri: 'https://api.example.com:8443/v1/orders',
  });
  assert.equal(named(stream()), 'STREAM millrace:ingest /v1/ingest/orders');
});
