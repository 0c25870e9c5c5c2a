import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openDuckDb } from '../../../engine/index.ts';
import { queryLineage } from './query.ts';
import { queryTrees } from './query-tree.ts';

const inputs = new Map([
  ['t', ['k', 'a', 'b', 'c']],
  ['u', ['k', 'a', 'd', 'e']],
]);

test('how a column is made, and how others decide the rows, where that is sure', async () => {
  const engine = await openDuckDb({ threads: 1 });
  const session = await engine.session();
  const how = async (sql: string): Promise<string[]> => {
    const [tree] = await queryTrees(session, [sql]);
    const found = tree && queryLineage(tree, inputs);
    assert.ok(found);
    return [
      ...found.columns.map(({ name, how, identity }) => `${name}: ${identity ? 'identity' : (how ?? '?')}`),
      ...found.rows.map(({ input, column, as }) => `${input}.${column}: ${as.join(' ') || '?'}`),
    ];
  };
  assert.deepEqual(await how('select a, b + 1 as x, upper(c) as y, 1 as one from t'), [
    ...['a: identity', 'x: transformation', 'y: transformation', 'one: transformation'],
  ]);
  assert.deepEqual(await how('select k, sum(a) as s, count(*) as n from t group by k having max(b) > 1'), [
    ...['k: identity', 's: aggregation', 'n: aggregation', 't.b: filter', 't.k: group_by'],
  ]);
  assert.deepEqual(
    await how('select t.a, u.d from t join u on t.k = u.k and t.b > 0 where t.k > 1 order by u.d limit 3'),
    ['a: identity', 'd: identity', 't.b: join', 't.k: filter join', 'u.d: sort', 'u.k: join'],
  );
  assert.deepEqual(
    await how(
      'with s as (select k, sum(a) as total from t where c > 0 group by k) select total, total * 2 as twice from s',
    ),
    ['total: aggregation', 'twice: aggregation', 't.c: filter', 't.k: group_by'],
  );
  assert.deepEqual(await how('select distinct a from t'), ['a: identity', 't.a: group_by']);
  // A function that we do not know may be an aggregate; what both sides of a union make may differ.
  assert.deepEqual(await how('select geomean(a) as g from t'), ['g: ?']);
  assert.deepEqual(await how('select a from t union all select d + 1 from u'), ['a: ?']);
  assert.deepEqual(await how('select a from t intersect select d from u'), ['a: ?', 't.a: ?', 'u.d: ?']);
  assert.deepEqual(await how('select * from t join u using (k)').then((said) => said.slice(0, 2)), [
    ...['k: ?', 'a: identity'],
  ]);
  await engine.close();
});
