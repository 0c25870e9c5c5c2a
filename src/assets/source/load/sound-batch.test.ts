import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { col, contractOf, openBench, type SourceBench } from './source.fixture.ts';

let bench: SourceBench;
before(async () => {
  bench = await openBench();
});
after(() => bench.close());

test('sound files go straight to the table: rows by load, order of delivery, keys in any order', async () => {
  const contract = contractOf([col('id', 'integer'), col('n', 'integer')], { key: ['id'] });
  bench.put('sound/1.csv', 'id,n\n3,1\n1,2\n2,3\n');
  bench.put('sound/2.csv', 'id,n\n');
  bench.put('sound/3.csv', 'id,n\n9,4\n8,5\n');
  const many = { batchFiles: 2 };
  const first = await bench.load(contract, { glob: 'sound/[12].csv' }, many);
  assert.deepEqual(
    first.loads.map(({ rows, quarantined }) => [rows, quarantined]),
    [
      [3, 0],
      [0, 0],
    ],
  );
  // Once more with a file beyond: the keys that are there are taken, in a batch of its own and in the first alike.
  const second = await bench.load(contract, { glob: 'sound/*.csv' }, { ...many, firstLoad: 3 });
  assert.deepEqual(
    second.loads.map(({ rows, quarantined }) => [rows, quarantined]),
    [
      [0, 3],
      [0, 0],
      [2, 0],
    ],
  );
  const state = bench.lake.table('t')!;
  assert.deepEqual(
    await bench.session.rows(
      `select id, n, _load from ${bench.session.scan(state, { rowId: true })} order by _row_id`,
    ),
    [
      { id: 3, n: 1, _load: 1 },
      { id: 1, n: 2, _load: 1 },
      { id: 2, n: 3, _load: 1 },
      { id: 9, n: 4, _load: 5 },
      { id: 8, n: 5, _load: 5 },
    ],
  );
});
