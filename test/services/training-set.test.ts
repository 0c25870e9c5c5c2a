import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exportTrainingSet, trainingSetVersionOf } from '../../src/assets/index.ts';
import { root } from '../house/tree.ts';
import { ask } from '../truth/digest.fixture.ts';
import { openBench } from '../truth/line.fixture.ts';
import { LATER, live, putPayments, shop } from '../truth/training-set.fixture.ts';

// An export before its readers: pandas and pyarrow.

const python = join(root, 'node_modules', '.cache', 'services', 'python', 'bin', 'python');
const hasReader = existsSync(python) && spawnSync(python, ['-c', 'import pyarrow, pandas']).status === 0;
const skip = !hasReader && 'no Python with pyarrow and pandas; `npm run test:services` sets it up';

interface Told {
  readonly types: Record<string, string>;
  readonly rows: number;
  readonly split: Record<string, number>;
  readonly weight: number;
  readonly first: Record<string, unknown>;
  readonly sum: number;
  readonly nulls: Record<string, number>;
}

test('pandas and pyarrow read an export: types, rows, values and parts', { skip }, async () => {
  const bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
  try {
    putPayments(bench, 'a', 1_500);
    await bench.run(shop({ negatives: { share: 0.5 } }));
    const version = live(bench, 'fraud_rows');
    const folder = join(bench.folder, 'out');
    await exportTrainingSet(bench.workspace, version, folder);
    const done = spawnSync(python, [join(import.meta.dirname, 'training-set.py'), folder], {
      encoding: 'utf8',
    });
    assert.equal(done.status, 0, done.stderr);
    const found = JSON.parse(done.stdout) as { parquet: Told; arrow: Told; same: boolean; pandas: number };
    const { parts, manifest } = trainingSetVersionOf(version);
    const [row] = await ask<{ sum: number; weight: number; nulls: number; first: number; last: string }>(
      bench.workspace,
      'fraud_rows',
      (t) =>
        `select sum(amount) as sum, sum(_weight) as weight, count(*) - count(jump) as nulls, arg_min(amount, paid_at) as first, min(paid_at)::VARCHAR as last from ${t}`,
    );
    for (const told of [found.parquet, found.arrow]) {
      assert.equal(told.rows, manifest.rows);
      assert.deepEqual(told.split, {
        train: parts.train.rows,
        validation: parts.validation.rows,
        test: parts.test.rows,
      });
      assert.ok(Math.abs(told.sum - (row?.sum ?? 0)) < 1e-6);
      assert.equal(told.weight, row?.weight);
      assert.equal(told.nulls['jump'], row?.nulls);
      assert.equal(told.first['amount'], row?.first);
      assert.equal(told.first['is_fraud'], false);
      assert.equal(String(told.first['paid_at']).slice(0, 19), row?.last.replace(' ', 'T').slice(0, 19));
      for (const [name, type] of Object.entries({
        card: 'string',
        is_fraud: 'bool',
        paid_at: 'timestamp[us, tz=UTC]',
        amount: 'double',
        n: 'int64',
        _split: 'string',
        _weight: 'double',
      }))
        assert.equal(told.types[name], type, name);
    }
    assert.ok(found.same);
    assert.equal(found.pandas, manifest.rows);
  } finally {
    await bench.close();
  }
});
