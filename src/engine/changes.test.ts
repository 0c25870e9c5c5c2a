import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkCatalog } from '../store/lake/index.ts';
import { changesSql, compactTable } from './index.ts';
import { append, at, commit, create, database, lake, session, write } from './kept-lake.fixture.ts';

test('the change feed goes by what the columns are now, and knows another table of the same name', async () => {
  const first = await create('select i::BIGINT as id, i * 10 as v from range(3) t(i)');
  commit({ kind: 'renameColumn', table: 't', column: 'v', to: 'w' });
  commit({ kind: 'widenColumn', table: 't', column: 'w', type: 'double' });
  commit({ kind: 'addColumn', table: 't', column: { name: 'v', type: 'string' } });
  const altered = lake.head();
  const feed = (from: number | undefined, to = lake.head()) =>
    session.rows<Record<string, unknown>>(
      `select * from ${changesSql(session, from === undefined ? undefined : at(from), at(to))} order by all`,
    );
  assert.deepEqual(await feed(first), [], 'no row has changed');
  const scan = session.scan(at(), { rowId: true });
  const files = await write(
    `select id, w, case when id = 1 then 'one' end as v, _row_id from ${scan} where id > 0`,
    true,
  );
  commit({ kind: 'replace', table: 't', keep: [], files });
  assert.deepEqual(await feed(altered), [
    { _change: 'delete', _row_id: 0, id: 0, w: 0, v: null },
    { _change: 'update_postimage', _row_id: 1, id: 1, w: 10, v: 'one' },
    { _change: 'update_preimage', _row_id: 1, id: 1, w: 10, v: null },
  ]);
  assert.deepEqual(await feed(first), await feed(altered));
  assert.deepEqual(
    (await feed(undefined)).map((row) => [row['_change'], row['id']]),
    [
      ['insert', 1],
      ['insert', 2],
    ],
  );
  const dropped = lake.head();
  commit({ kind: 'drop', table: 't' });
  // Its second column is an integer now, where there was a text of that name.
  await create('select 1::BIGINT as id, 10::BIGINT as v');
  assert.deepEqual(
    (await feed(dropped)).map((row) => [row['_change'], row['id']]),
    [
      ['delete', 1],
      ['delete', 2],
      ['insert', 1],
    ],
  );
});

type Twin = Map<number, { id: number; v: number | null }>;

test('the change feed between any two snapshots is the difference of the rows', async () => {
  const op = fc.oneof(
    fc.record({ op: fc.constant('append' as const), n: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ op: fc.constant('update' as const), mod: fc.nat(2), add: fc.constantFrom(0, 1, 1) }),
    fc.record({ op: fc.constant('delete' as const), mod: fc.nat(3) }),
    fc.record({ op: fc.constant('compact' as const) }),
  );
  let updates = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(op, { minLength: 4, maxLength: 7, size: 'max' }), async (plan) => {
      if (lake.table('t')) commit({ kind: 'drop', table: 't' });
      const start = await create('select i::BIGINT as id, nullif(i, 0)::BIGINT as v from range(4) t(i)');
      const history = new Map<number, Twin>([
        [start, new Map([0, 1, 2, 3].map((id) => [id, { id, v: id || null }]))],
      ]);
      let next = 4;
      for (const step of plan) {
        const twin: Twin = new Map(history.get(lake.head()));
        if (step.op === 'append') {
          await append(`select i::BIGINT as id, i::BIGINT as v from range(${next}, ${next + step.n}) t(i)`);
          for (let i = 0; i < step.n; i++, next++) twin.set(next, { id: next, v: next });
        } else if (step.op === 'compact') {
          if (!(await compactTable(session, lake, 't'))) continue;
        } else {
          const scan = session.scan(at(), { rowId: true });
          const files = await write(
            step.op === 'update'
              ? `select id, case when id % 3 = ${step.mod} then v + ${step.add} else v end as v, _row_id from ${scan}`
              : `select * from ${scan} where id % 4 <> ${step.mod}`,
            true,
          );
          commit({ kind: 'replace', table: 't', keep: [], files });
          for (const [rowId, { id, v }] of [...twin])
            if (step.op === 'delete' && id % 4 === step.mod) twin.delete(rowId);
            else if (step.op === 'update' && id % 3 === step.mod && v !== null)
              twin.set(rowId, { id, v: v + step.add });
        }
        if (lake.head() > [...history.keys()].at(-1)!) history.set(lake.head(), twin);
      }
      for (const [from, then] of history)
        for (const [to, now] of history) {
          const wanted = difference(then, now);
          updates += wanted.filter((text) => text.startsWith('update_post')).length;
          const found = await session.rows<Record<string, unknown>>(
            `select * from ${changesSql(session, at(from), at(to))}`,
          );
          assert.deepEqual(
            found.map((r) => `${r['_change']} ${r['_row_id']} ${r['id']} ${r['v']}`).sort(),
            wanted,
          );
        }
      assert.deepEqual(checkCatalog(database), []);
    }),
    { numRuns: 12 },
  );
  assert.ok(updates > 0);
});

function difference(then: Twin, now: Twin): string[] {
  const found: string[] = [];
  const say = (change: string, rowId: number, { id, v }: { id: number; v: number | null }) =>
    found.push(`${change} ${rowId} ${id} ${v}`);
  for (const [rowId, row] of now) {
    const old = then.get(rowId);
    if (!old) say('insert', rowId, row);
    else if (old.v !== row.v) {
      say('update_preimage', rowId, old);
      say('update_postimage', rowId, row);
    }
  }
  for (const [rowId, row] of then) if (!now.has(rowId)) say('delete', rowId, row);
  return found.sort();
}
