import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Columns, col, contractSpec, promisesOf } from '../contract/index.ts';
import { source } from './declare.ts';
import { files } from './files/declare.ts';
import { sourceKind } from './kind.ts';
import { sourceLineage } from './lineage.ts';
import { checkPostgres } from './postgres/check.ts';
import { postgres } from './postgres/declare.ts';

const nodeOf = (columns: Columns) => {
  const [node] = source('items', { from: files('*.jsonl'), columns })['~'].nodes;
  return { ...node, asset: undefined } as unknown as Parameters<typeof sourceLineage>[0];
};

test('a column with another place is another column: of the version, to those who read it, and in its promise', () => {
  const at = (place: string) => ({
    id: col.string(),
    city: col.string().nullable().at(place),
    zip: col.string(),
  });
  const [before, after] = [nodeOf(at('customer.city')), nodeOf(at('customer.address.city'))];
  const definition = (node: typeof before) => JSON.stringify(sourceKind.definition?.(node.body));
  assert.notEqual(definition(before), definition(after));
  const by = (node: typeof before, column: string) => sourceLineage(node)?.columns[column]?.by;
  assert.notDeepEqual(by(before, 'city'), by(after, 'city'));
  assert.deepEqual(by(before, 'zip'), by(after, 'zip'), 'and no other column is');
  assert.deepEqual(sourceLineage(before)?.rows, sourceLineage(after)?.rows, 'nor are there other rows');
  assert.equal(promisesOf(contractSpec({ columns: at('customer.city') }))['city']?.at, '/customer/city');
});

test('a database gives cells, so nothing lies within one', () => {
  const spec = postgres({ url: 'postgres://host/db', table: 'orders' });
  const faults = (columns: Columns) =>
    checkPostgres(spec, contractSpec({ columns })).map(({ message }) => message);
  assert.deepEqual(faults({ city: col.string() }), []);
  assert.deepEqual(faults({ city: col.string().at('customer.city') }), [
    "Column 'city' says where it lies in a JSON object, but a database gives cells.",
  ]);
});
