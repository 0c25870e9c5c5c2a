import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { systemClock } from '../base/index.ts';
import { checkCatalog, type DataFile, expireSnapshots, removeScheduled } from '../store/lake/index.ts';
import { changesSql, gather, worthGathering } from './index.ts';
import { append, at, commit, create, database, lake, rows, session, write } from './kept-lake.fixture.ts';

const fileOf = (id: number, rows: number, bytes = rows * 10): DataFile => ({
  ...{ id, path: `${id}`, rows, bytes, rowIdStart: 0, hasRowIds: false, since: 1 },
});

test('files stay few, and a row is written again at most once for each power of eight', () => {
  const sizes = fc.oneof(
    fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 600 }),
    fc.array(fc.integer({ min: 1, max: 5_000 }), { maxLength: 300 }),
  );
  fc.assert(
    fc.property(sizes, fc.constantFrom(2, 3, 8), (batches, together) => {
      /** Of each file, the most often that one of its rows was written again. */
      const again = new Map<DataFile, number>();
      let files: DataFile[] = [];
      let id = 0;
      let total = 0;
      for (const n of batches) {
        const group = worthGathering(files, { together });
        if (group.length > 0) {
          assert.ok(group.length >= together, 'no file is written again by itself');
          const sum = group.reduce((all, file) => all + file.rows, 0);
          const merged = fileOf(id++, sum);
          again.set(merged, 1 + Math.max(...group.map((file) => again.get(file) as number)));
          files = [...files.filter((file) => !group.includes(file)), merged];
        }
        const fresh = fileOf(id++, n);
        again.set(fresh, 0);
        files.push(fresh);
        total += n;
        const powers = Math.ceil(Math.log(total) / Math.log(together) + 1e-9) + 1;
        assert.ok(Math.max(...files.map((file) => again.get(file) as number)) <= powers);
        assert.ok(files.length <= (together - 1) * powers + 1, `${files.length} files of ${total} rows`);
      }
      assert.equal(
        files.reduce((all, file) => all + file.rows, 0),
        total,
      );
    }),
  );
});

test('large files are let be, and so are rows that another writer keeps in the catalog', () => {
  const large = Array.from({ length: 20 }, (_, i) => fileOf(i, 100, 16 * 1024 * 1024));
  assert.deepEqual(worthGathering(large), []);
  const inlined = Array.from({ length: 20 }, (_, i) => ({ ...fileOf(-1 - i, 1), inlined: [] }));
  assert.deepEqual(worthGathering(inlined), []);
  const seven = Array.from({ length: 7 }, (_, i) => fileOf(i, 1));
  assert.deepEqual(worthGathering(seven), []);
  assert.deepEqual(worthGathering([...large, ...seven, fileOf(7, 1)]), [...seven, fileOf(7, 1)]);
});

/** More rows as a build brings them: with what `gather` has put together, in one commit. */
async function extend(sql: string): Promise<void> {
  const table = at();
  const files = await write(sql);
  const found = await gather(session, lake.folderOf('t'), table);
  if (found === undefined) commit({ kind: 'append', table: 't', files });
  else commit({ kind: 'replace', table: 't', keep: found.keep, files: [...found.files, ...files] });
}

test('a table that grows by small commits: few files, the same rows and ids, a feed of new rows alone, older snapshots as they were', async () => {
  await create('select 0::BIGINT as id, 0::BIGINT as v');
  const told: unknown[] = [await rows(at())];
  const first = lake.head();
  for (let i = 1; i <= 75; i++) {
    const before = at();
    await extend(
      `select ${i}::BIGINT as id, case when ${i} % 3 = 0 then null else ${i * 10}::BIGINT end as v`,
    );
    const feed = await session.rows<{ _change: string; id: number; _row_id: number }>(
      changesSql(session, before, at()),
    );
    assert.deepEqual(
      feed.map(({ _change, id, _row_id }) => `${_change} ${id} #${_row_id}`),
      [`insert ${i} #${i}`],
    );
    told.push(await rows(at()));
  }
  assert.equal(at().rows, 76);
  assert.ok(at().files.length <= 15, `${at().files.length} files`);
  assert.deepEqual(
    (await rows(at())).map((row) => row['_row_id']),
    Array.from({ length: 76 }, (_, i) => i),
  );
  for (const [i, then] of told.entries()) assert.deepEqual(await rows(at(first + i)), then);
  assert.deepEqual(checkCatalog(database), []);
  // Back to an older state whose files have ended, and on from there.
  const old = at(first + 40);
  commit({
    kind: 'replace',
    table: 't',
    keep: old.files.map(({ id }) => id),
    files: await write('select 99::BIGINT as id, 1::BIGINT as v'),
  });
  assert.deepEqual(
    (await rows(at())).map((row) => row['id']),
    [...Array(41).keys(), 99],
  );
  const kept = await rows(at());
  const expiry = { olderThan: Number.MAX_SAFE_INTEGER, keep: 1, needed: () => [first + 75] };
  expireSnapshots(database, systemClock, expiry);
  assert.ok(removeScheduled(lake, database, Number.MAX_SAFE_INTEGER).length > 20);
  assert.deepEqual(await rows(at()), kept);
  assert.deepEqual(await rows(at(first + 75)), told[75]);
  assert.deepEqual(checkCatalog(database), []);
});

test('files are put together from those that are to stay, with columns that come in the same commit', async () => {
  await create('select 0::BIGINT as id, 0::BIGINT as v');
  for (let i = 1; i < 12; i++) await append(`select ${i}::BIGINT as id, ${i}::BIGINT as v`);
  const table = at();
  const keep = table.files.slice(2).map(({ id }) => id);
  const columns = [...table.columns, { id: 3, name: 'w', type: 'string', nullable: true } as const];
  const found = await gather(session, lake.folderOf('t'), table, { keep, columns });
  assert.ok(found);
  commit(
    { kind: 'addColumn', table: 't', column: { name: 'w', type: 'string' } },
    { kind: 'replace', table: 't', ...found },
  );
  assert.equal(at().files.length, 1);
  assert.deepEqual(
    await rows(at()),
    Array.from({ length: 10 }, (_, i) => ({ id: i + 2, v: i + 2, w: null, _row_id: i + 2 })),
  );
  assert.equal(await gather(session, lake.folderOf('t'), at()), undefined);
  assert.deepEqual(checkCatalog(database), []);
});
