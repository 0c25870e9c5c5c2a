import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { kinds } from '../../assets/index.ts';
import { retire } from '../../graph/index.ts';
import { addBuilt, logModel, openWire, type Wire } from './wire.fixture.ts';

// How versions come to be: from logged models and from one another, whole or not at all.

let wire: Wire;
before(async () => {
  wire = await openWire();
});
after(() => wire.close());

const REGISTERED = 'mlflow.modelVersions';
const register = (name: string, source: string, more: object = {}) =>
  wire.post('model-versions/create', { name, source, ...more });
const filesOf = (name: string, version: string) =>
  wire.get('model-versions/get-download-uri', { name, version });
const versionsOf = async (name: string): Promise<unknown[]> =>
  (await wire.get('model-versions/search', { filter: `name = '${name}'` })).body[
    'model_versions'
  ] as unknown[];
const noteOf = (model: string): string | undefined =>
  wire.workspace
    .tracking()
    .loggedModels.get(model)
    .tags.find(({ key }) => key === REGISTERED)?.value;

test('a version keeps the files that it was registered with, whatever becomes of what it was copied from', async () => {
  const [a, b] = [await logModel(wire), await logModel(wire)];
  for (const name of ['stg', 'prod']) await wire.post('registered-models/create', { name });
  const one = { run_id: a.run_id, model_id: a.model_id };
  await register('stg', `models:/${a.model_id}`, one);
  // As copy_model_version of a client sends it.
  const copies: [string, string][] = [
    ['prod', 'models:/stg/1'],
    ['prod', 'models:/prod/1'],
    ['fraud', 'models:/prod/2'],
    ['fraud', 'models:/fraud/1'],
  ];
  for (const [name, source] of copies) assert.equal((await register(name, source, one)).status, 200, source);
  const kept = async () => {
    for (const [name, version] of [
      ['prod', '1'],
      ['prod', '2'],
      ['fraud', '1'],
      ['fraud', '2'],
    ] as const)
      assert.equal((await filesOf(name, version)).body['artifact_uri'], a.artifact_uri, `${name}/${version}`);
  };
  await kept();
  await wire.post('registered-models/rename', { name: 'stg', new_name: 'old' });
  await kept();
  await wire.ask('DELETE', 'registered-models/delete', { name: 'old' });
  await wire.post('registered-models/create', { name: 'stg' });
  await register('stg', `models:/${b.model_id}`, { run_id: b.run_id, model_id: b.model_id });
  assert.equal((await filesOf('stg', '1')).body['artifact_uri'], b.artifact_uri);
  await kept();
  await wire.ask('DELETE', `logged-models/${a.model_id}`);
  await kept();
});

test('a built version stays as long as somebody has a copy of it', async () => {
  const { state, clock } = wire.workspace;
  const [copied, passedOn, offered, gone] = [0.6, 0.7, 0.8, 0.9].map((rocAuc) =>
    addBuilt(wire, 'published', rocAuc),
  );
  for (const name of ['copies', 'last']) await wire.post('registered-models/create', { name });
  await register('copies', `models:/fraud/${copied?.number}`);
  await register('copies', `models:/fraud/${passedOn?.number}`);
  await register('last', 'models:/copies/2');
  await register('fraud', `models:/fraud/${offered?.number}`);
  await wire.ask('DELETE', 'model-versions/delete', { name: 'copies', version: '2' });
  const nothing = { young: 0, recent: 1, hourly: 0 };
  await retire(kinds, wire.workspace, { now: clock.now(), ...nothing });
  for (const version of [copied, passedOn, offered]) assert.ok(state.version(version?.id ?? ''), version?.id);
  assert.equal(state.version(gone?.id ?? ''), undefined);
  await wire.ask('DELETE', 'registered-models/delete', { name: 'copies' });
  await retire(kinds, wire.workspace, { now: clock.now(), ...nothing });
  assert.equal(state.version(copied?.id ?? ''), undefined);
});

test('a version that cannot be made whole is not made at all', async () => {
  await wire.post('registered-models/create', { name: 'whole' });
  const missing = { model_id: 'm-nothere' };
  const { model_id, run_id } = await logModel(wire);
  await wire.ask('PATCH', `logged-models/${model_id}/tags`, {
    tags: [{ key: REGISTERED, value: JSON.stringify([{ name: 'x'.repeat(99_960), version: 1 }]) }],
  });
  for (const name of ['whole', 'fraud']) {
    const before = await versionsOf(name);
    const refused = await register(name, 's3://b/x', missing);
    assert.deepEqual([refused.status, refused.body.error_code], [404, 'RESOURCE_DOES_NOT_EXIST']);
    const full = await register(name, `models:/${model_id}`, { model_id, run_id });
    assert.match(full.body.message ?? '', /exceeds the maximum length of 100000/);
    assert.deepEqual(await versionsOf(name), before);
  }
});

test('what a logged model is registered as is added to whatever its tag holds', async () => {
  await wire.post('registered-models/create', { name: 'noted' });
  for (const value of [
    'nonsense',
    '{}',
    '[1, null, {"name": 3}]',
    `${'['.repeat(9_000)}${']'.repeat(9_000)}`,
  ]) {
    const { model_id, run_id } = await logModel(wire);
    await wire.ask('PATCH', `logged-models/${model_id}/tags`, { tags: [{ key: REGISTERED, value }] });
    const made = await register('noted', `models:/${model_id}`, { model_id, run_id });
    const { version } = made.body['model_version'] as { version: string };
    assert.equal(noteOf(model_id), `[{"name": "noted", "version": ${version}}]`);
  }
  assert.deepEqual(wire.failures, []);
});

test('while a version is made and noted nobody else writes', async (t) => {
  const { model_id, run_id } = await logModel(wire);
  await wire.post('registered-models/create', { name: 'alone' });
  const other = new DatabaseSync(join(wire.folder, '.millrace', 'tracking.db'), { timeout: 0 });
  t.after(() => other.close());
  const { registry } = wire.workspace.tracking();
  const { createVersion } = registry;
  t.mock.method(registry, 'createVersion', (...said: Parameters<typeof createVersion>) => {
    assert.throws(() => other.exec('begin immediate'), /locked/);
    return createVersion(...said);
  });
  assert.equal((await register('alone', `models:/${model_id}`, { model_id, run_id })).status, 200);
});
