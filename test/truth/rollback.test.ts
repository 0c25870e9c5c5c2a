import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AggregateSpec, openServing, servedBy } from '../../src/assets/index.ts';
import { graphOf, type Project, rollback } from '../../src/graph/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { ask, assetNames, digest } from './digest.fixture.ts';
import { type Bench, line, NOW, openBench, putFirstFiles, putLaterFiles, told } from './line.fixture.ts';

/** What the live endpoint looks up for a card is what the declaration it was trained with makes of the rows. */
async function servesAsTrained({ workspace }: Bench, project: Project): Promise<void> {
  const live = workspace.state.live('screen') as Version;
  const serving = await openServing(graphOf(project), workspace, servedBy(live));
  try {
    const [lookup] = serving.plan.lookups;
    const spent = lookup?.body.features.find(({ name }) => name === 'spent');
    const days = ((spent as AggregateSpec).window as number) / 86_400_000_000;
    for (const card of ['c1', 'c4', 'c8']) {
      const answer = await serving.answer({ card_id: card, amount: 50 }, workspace.clock.now());
      const dataset = workspace.state.version(answer.states['activity'] as string) as Version;
      assert.equal(dataset.asset, 'payments');
      const [row] = await ask<{ total: number }>(
        workspace,
        'payments',
        (rows) =>
          `select coalesce(sum(amount), 0) as total from ${rows}
           where card_id = '${card}' and paid_at >= timestamp '${NOW.slice(0, 19)}' - interval ${days} day`,
      );
      assert.equal(answer.features['activity']?.['spent'], row?.total, `${live.id} of ${card}`);
    }
  } finally {
    await serving.close();
  }
}

test('after a roll-back of features, no model is trained with one declaration and served with another', async () => {
  const bench = await openBench();
  const { state } = bench.workspace;
  try {
    putFirstFiles(bench.folder);
    await bench.run(line());
    await servesAsTrained(bench, line());
    // Another window on a coarser grid: the state of one cannot answer for the other.
    const edited = line({ spentOver: '20d' });
    await bench.run(edited);
    assert.equal(state.live('fraud')?.id, 'fraud@2');
    await servesAsTrained(bench, edited);
    assert.deepEqual(rollback(bench.workspace, 'activity'), { from: 'activity@2', to: 'activity@1' });
    await servesAsTrained(bench, edited);
    const result = await bench.run(edited);
    assert.ok(result.steps.every(({ outcome }) => outcome === 'held'));
    const waits = result.steps.find(({ step }) => step.asset === 'fraud_training');
    assert.deepEqual(waits?.step.reasons, ['activity stays at activity@1, which was declared otherwise']);
    await servesAsTrained(bench, edited);
    // With the old declaration back, everything is found again.
    const back = await bench.run(line());
    assert.ok(back.steps.every(({ step, outcome }) => step.action === 'reuse' && outcome === 'published'));
    assert.equal(state.live('fraud')?.id, 'fraud@1');
    await servesAsTrained(bench, line());
  } finally {
    await bench.close();
  }
});

test('a bad load is taken back by one roll-back: everything made of it goes back as it was', async () => {
  const bench = await openBench();
  try {
    putFirstFiles(bench.folder);
    await bench.run(line());
    const before = await digest(bench.workspace, assetNames);
    putLaterFiles(bench.folder);
    await bench.run(line());
    for (const source of ['payments', 'reports']) rollback(bench.workspace, source);
    const result = await bench.run(line());
    assert.deepEqual(
      told(result)
        .filter((text) => !text.endsWith('reuse published'))
        .sort(),
      ['payments hold held', 'reports hold held'],
    );
    assert.deepEqual(await digest(bench.workspace, assetNames), before);
    await servesAsTrained(bench, line());
  } finally {
    await bench.close();
  }
});

test('a declaration that was rolled back stays away until it is edited, whatever arrives', async () => {
  const bench = await openBench();
  const { state } = bench.workspace;
  try {
    putFirstFiles(bench.folder);
    await bench.run(line());
    const edited = line({ spentOver: '20d' });
    await bench.run(edited);
    rollback(bench.workspace, 'activity');
    putLaterFiles(bench.folder);
    const result = await bench.run(edited);
    const step = result.steps.find(({ step }) => step.asset === 'activity');
    assert.equal(step?.outcome, 'held');
    assert.deepEqual(step?.step.reasons, ['activity@2 was declared the same and was rolled back']);
    assert.equal(state.live('activity')?.id, 'activity@1');
    // New data came in all the same.
    assert.equal(state.live('payments')?.id, 'payments@2');
    await bench.run(line({ spentOver: '10d' }));
    assert.equal(state.live('activity')?.id, 'activity@3');
  } finally {
    await bench.close();
  }
});

test('without its feature state an endpoint refuses to answer, and the next run builds the state again', async () => {
  const bench = await openBench();
  const { state, online } = bench.workspace;
  try {
    putFirstFiles(bench.folder);
    await bench.run(line());
    for (const space of await online.spaces()) await online.drop(space);
    const live = state.live('screen') as Version;
    await assert.rejects(openServing(graphOf(line()), bench.workspace, servedBy(live)), {
      code: 'MILL_ENDPOINT_STATE_MISSING',
    });
    const result = await bench.run(line());
    // The state follows what is live without a step of its own.
    assert.deepEqual(told(result), []);
    await servesAsTrained(bench, line());
  } finally {
    await bench.close();
  }
});
