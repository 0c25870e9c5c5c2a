import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blobsOf, kinds, modelVersionOf } from '../../src/assets/index.ts';
import { checked, graphOf, plan } from '../../src/graph/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { ask, assetNames, type Digest, digest } from './digest.fixture.ts';
import { line, openBench, putFirstFiles, putLaterFiles, told } from './line.fixture.ts';

interface Built {
  readonly digests: readonly Digest[];
  readonly trainingRows: readonly object[];
  readonly onnx: string;
}

/** Builds the line in an empty folder, from the first files and then from the later ones. */
async function built(): Promise<Built> {
  const bench = await openBench();
  const { workspace } = bench;
  try {
    const digests: Digest[] = [];
    for (const putFiles of [putFirstFiles, putLaterFiles]) {
      putFiles(bench.folder);
      const result = await bench.run(line());
      assert.equal(result.ok, true);
      digests.push(await digest(workspace, assetNames));
    }
    const onnx = [...blobsOf(modelVersionOf(workspace.state.live('fraud') as Version)).keys()][0] as string;
    assert.ok((await workspace.blobs.get(onnx)).length > 0);
    // In the order in which the model saw them.
    const trainingRows = await ask<object>(
      workspace,
      'fraud_training',
      (rows) => `select * from ${rows} order by _row_id`,
      { rowId: true },
    );
    return { digests, trainingRows, onnx };
  } finally {
    await bench.close();
  }
}

test('the same project over the same files gives the same rows, the same model file and the same figures', async () => {
  const [one, other] = [await built(), await built()];
  assert.ok(one.trainingRows.length > 100);
  assert.deepEqual(other, one);
});

test('the line is sound, and run walks the very list that plan gives', async () => {
  const bench = await openBench();
  try {
    const graph = await checked(line(), kinds, bench.workspace.engine);
    assert.deepEqual([...graph.nodes.keys()], [...graphOf(line()).nodes.keys()]);
    for (const putFiles of [putFirstFiles, () => {}, putLaterFiles, () => {}]) {
      putFiles(bench.folder);
      const planned = await plan(graph, kinds, bench.workspace);
      // Planning alone changes nothing that the next planning sees.
      assert.deepEqual(await plan(graph, kinds, bench.workspace), planned);
      const result = await bench.run(line());
      assert.deepEqual(result.plan, planned);
      assert.deepEqual(
        told(result).toSorted(),
        planned.steps.map(({ asset, action }) => `${asset} ${action} published`).toSorted(),
      );
      assert.equal(planned.steps.length === 0, putFiles !== putFirstFiles && putFiles !== putLaterFiles);
    }
  } finally {
    await bench.close();
  }
});

test('a model that fails its gate is never served; the endpoint goes on with the live one', async () => {
  const bench = await openBench();
  const { state } = bench.workspace;
  try {
    putFirstFiles(bench.folder);
    await bench.run(line());
    const before = await digest(bench.workspace, ['fraud', 'screen']);
    const strict = line({ minAuc: 1 });
    assert.deepEqual(told(await bench.run(strict)), ['fraud rebuild rejected', 'screen rebuild blocked']);
    assert.deepEqual(await digest(bench.workspace, ['fraud', 'screen']), before);
    assert.deepEqual(told(await bench.run(strict)), ['fraud hold held']);
    assert.equal(state.version('fraud@2')?.status, 'candidate');
    assert.deepEqual(told(await bench.run(line())), []);
  } finally {
    await bench.close();
  }
});
