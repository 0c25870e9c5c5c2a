import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openServing, servedBy } from '../../src/assets/index.ts';
import { graphOf } from '../../src/graph/index.ts';
import { line, openBench, putFirstFiles, told } from './line.fixture.ts';
import { live } from './training-set.fixture.ts';

test('what a request function uses from outside itself is a reason to train again, of another type too', async () => {
  const bench = await openBench();
  try {
    putFirstFiles(bench.folder);
    assert.ok((await bench.run(line())).ok);
    assert.deepEqual(told(await bench.run(line({ outside: 0 }))), []);
    for (const outside of [3, 'much']) {
      // The live model was trained with another function, and is not asked with this one.
      await assert.rejects(
        openServing(graphOf(line({ outside })), bench.workspace, servedBy(live(bench, 'screen'))),
        {
          code: 'MILL_ENDPOINT_CODE_CHANGED',
        },
      );
      const result = await bench.run(line({ outside }));
      assert.deepEqual(
        told(result),
        ['surprise', 'fraud_training', 'fraud', 'screen'].map((asset) => `${asset} rebuild published`),
      );
    }
    // An edit taken back is what was there before.
    assert.deepEqual(
      told(await bench.run(line())),
      ['surprise', 'fraud_training', 'fraud', 'screen'].map((asset) => `${asset} reuse published`),
    );
  } finally {
    await bench.close();
  }
});
