import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { addLogged } from '../../graph/index.ts';
import { makeShop, openShop } from '../../server/shop.fixture.ts';

const shop = makeShop(1);
after(() => shop.remove());

const mill = (...args: string[]): { status: number | null; said: string } => {
  const main = join(import.meta.dirname, '..', 'main.ts');
  const done = spawnSync(process.execPath, ['--conditions=source', main, ...args], {
    cwd: shop.folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status: done.status, said: done.stdout + done.stderr };
};

test('a model that was logged and not built is shown, is sound, and has no training set', async () => {
  const { workspace } = await openShop(shop);
  const { id } = addLogged(workspace, 'fraud', { modelId: '', runId: 'r', source: 's3://bucket/model' });
  await workspace.close();
  assert.equal(id, 'fraud@1');
  const shown = mill('show', 'fraud');
  assert.equal(shown.status, 0, shown.said);
  assert.match(shown.said, /fraud@1 +candidate/);
  assert.match(mill('show', 'fraud@1').said, /^fraud@1 {2}model, candidate, logged, not built, /);
  const looked = mill('doctor');
  assert.equal(looked.status, 0, looked.said);
  const exported = mill('export', 'training-set', 'fraud@1', '--to', 'out');
  assert.notEqual(exported.status, 0);
  assert.match(exported.said, /fraud@1, of kind model, has no rows to train on/);
});
