import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { reportFor } from '../../assets/model/report/report.fixture.ts';
import { loggedOf, rollback } from '../../graph/index.ts';
import type { Version } from '../../store/state/index.ts';
import { addBuilt, logModel, openWire, type Wire } from './wire.fixture.ts';

let wire: Wire;
before(async () => {
  wire = await openWire();
});
after(() => wire.close());

type Entity = Record<string, unknown> & {
  version: string;
  aliases: unknown[];
  tags: { key: string; value: string }[];
};
const versionOf = (answer: { body: Record<string, unknown> }): Entity =>
  answer.body['model_version'] as Entity;
const modelOf = (answer: { body: Record<string, unknown> }): Entity =>
  answer.body['registered_model'] as Entity;

const loggedModel = () => logModel(wire);

const build = (status: Version['status'], rocAuc: number, files: object = {}) =>
  addBuilt(wire, status, rocAuc, files);

test('a model logged, registered, aliased and found again, as a script does it', async () => {
  const { run_id, model_id, artifact_uri } = await loggedModel();
  assert.equal(modelOf(await wire.post('registered-models/create', { name: 'iris' }))['name'], 'iris');
  const again = await wire.post('registered-models/create', { name: 'iris' });
  assert.deepEqual([again.status, again.body.error_code], [400, 'RESOURCE_ALREADY_EXISTS']);
  const source = `models:/${model_id}`;
  const made = versionOf(
    await wire.post('model-versions/create', { name: 'iris', source, run_id, model_id }),
  );
  assert.deepEqual(
    [made.version, made['status'], made['source'], made['model_id']],
    ['1', 'READY', source, model_id],
  );
  await wire.post('registered-models/alias', { name: 'iris', alias: 'champion', version: '1' });
  const found = versionOf(await wire.get('registered-models/alias', { name: 'iris', alias: 'champion' }));
  assert.deepEqual(found.aliases, ['champion']);
  const uri = await wire.get('model-versions/get-download-uri', { name: 'iris', version: '1' });
  assert.equal(uri.body['artifact_uri'], artifact_uri);
  const { tags } = ((await wire.get(`logged-models/${model_id}`)).body['model'] as { info: Entity }).info;
  assert.deepEqual(tags, [{ key: 'mlflow.modelVersions', value: '[{"name": "iris", "version": 1}]' }]);
  const search = await wire.get('model-versions/search', { filter: "name='iris'" });
  assert.equal((search.body['model_versions'] as unknown[]).length, 1);
  const missing = await wire.get('registered-models/alias', { name: 'iris', alias: 'nobody' });
  assert.match(missing.body.message ?? '', /alias nobody not found/);
  for (const alias of ['latest', 'v3', 'a b', 'a/b'])
    assert.equal(
      (await wire.post('registered-models/alias', { name: 'iris', alias, version: '1' })).status,
      400,
    );
  await wire.ask('DELETE', 'registered-models/alias', { name: 'iris', alias: 'champion' });
  assert.deepEqual(modelOf(await wire.get('registered-models/get', { name: 'iris' })).aliases, []);
  const staged = await wire.post('model-versions/transition-stage', {
    name: 'iris',
    version: '1',
    stage: 'production',
  });
  assert.equal(versionOf(staged)['current_stage'], 'Production');
  await wire.ask('DELETE', 'model-versions/delete', { name: 'iris', version: '1' });
  assert.equal((await wire.get('model-versions/get', { name: 'iris', version: '1' })).status, 404);
  await wire.post('registered-models/rename', { name: 'iris', new_name: 'flower' });
  await wire.ask('DELETE', 'registered-models/delete', { name: 'flower' });
  assert.equal((await wire.get('registered-models/get', { name: 'flower' })).status, 404);
});

test('a name that the project has is the model of the project: what is logged to it is a candidate', async () => {
  const { state } = wire.workspace;
  const exists = await wire.post('registered-models/create', { name: 'fraud' });
  assert.equal(exists.body.error_code, 'RESOURCE_ALREADY_EXISTS');
  const { run_id, model_id, artifact_uri } = await loggedModel();
  const made = versionOf(
    await wire.post('model-versions/create', {
      name: 'fraud',
      source: `models:/${model_id}`,
      run_id,
      model_id,
      tags: [{ key: 'who', value: 'ann' }],
      description: 'tried',
    }),
  );
  assert.equal(made.version, '1');
  const candidate = state.version('fraud@1') as Version;
  assert.deepEqual([candidate.kind, candidate.status], ['model', 'candidate']);
  assert.deepEqual(loggedOf(candidate), {
    modelId: model_id,
    runId: run_id,
    source: `models:/${model_id}`,
    location: artifact_uri,
  });
  const read = versionOf(await wire.get('model-versions/get', { name: 'fraud', version: '1' }));
  assert.equal(read['description'], 'tried');
  assert.ok(read.tags.some(({ key, value }) => key === 'who' && value === 'ann'));
  assert.ok(read.tags.some(({ key, value }) => key === 'millrace.status' && value === 'candidate'));
  assert.equal(wire.workspace.tracking().registry.all().length, 0);
  // Nobody sees it, and it has no report.
  assert.equal(state.live('fraud'), undefined);
  const live = await wire.post('registered-models/alias', { name: 'fraud', alias: 'live', version: '1' });
  assert.match(
    live.body.message ?? '',
    /fraud@1 was logged from outside and never built.*trainer: mlflow\(\{/,
  );
  // Who asks MLflow for the newest gets it, whatever its state.
  const newest = await wire.get('registered-models/get-latest-versions', { name: 'fraud' });
  assert.deepEqual(
    (newest.body['model_versions'] as Entity[]).map(({ version }) => version),
    ['1'],
  );
  assert.equal((await wire.app.inject('/reports/fraud@1')).statusCode, 404);
  assert.equal((await wire.app.inject('/')).statusCode, 200);
});

test('live moves only to what has passed its gates, and other aliases are free', async () => {
  const { state, clock } = wire.workspace;
  const first = build('published', 0.9);
  state.moveAlias('fraud', first.id, clock.now(), 'run');
  const second = build('published', 0.91);
  state.moveAlias('fraud', second.id, clock.now(), 'run');
  const failed = build('candidate', 0.5);
  assert.throws(
    () => rollback(wire.workspace, 'fraud', 'fraud@1'),
    /fraud@1 was logged from outside and never built.*trainer: mlflow\(\{/s,
  );
  const point = (alias: string, { number }: Version) =>
    wire.post('registered-models/alias', { name: 'fraud', alias, version: String(number) });
  const refused = await point('live', failed);
  assert.deepEqual([refused.status, refused.body.error_code], [400, 'INVALID_PARAMETER_VALUE']);
  assert.match(refused.body.message ?? '', new RegExp(`${failed.id} has not passed its gates`));
  assert.equal(state.live('fraud')?.id, second.id);
  assert.equal((await point('challenger', failed)).status, 200);
  assert.equal(state.live('fraud', 'challenger')?.id, failed.id);
  assert.equal((await point('live', first)).status, 200);
  assert.equal(state.live('fraud')?.id, first.id);
  assert.equal(state.version(second.id)?.status, 'rolled-back');
  assert.equal((await point('live', first)).status, 200);
  const read = versionOf(await wire.get('registered-models/alias', { name: 'fraud', alias: 'live' }));
  assert.equal(read.version, String(first.number));
  assert.deepEqual(read['model_metrics'], [
    { key: 'rocAuc', value: 0.9, timestamp: Math.floor(first.createdAt / 1000), step: 0 },
    { key: 'rows', value: 10, timestamp: Math.floor(first.createdAt / 1000), step: 0 },
  ]);
  const drop = (alias: string) => wire.ask('DELETE', 'registered-models/alias', { name: 'fraud', alias });
  assert.equal((await drop('live')).status, 400);
  assert.equal((await drop('challenger')).status, 200);
  assert.equal(state.live('fraud', 'challenger'), undefined);
});

test('a built version has its files where its source says, to be read only', async () => {
  const { blobs, state } = wire.workspace;
  const onnx = await blobs.put(Buffer.from('onnx'));
  const report = await blobs.put(Buffer.from(JSON.stringify(await reportFor('binary'))));
  const { number } = build('published', 0.95, { file: { format: 'onnx', blob: onnx }, report });
  const { source } = versionOf(
    await wire.get('model-versions/get', { name: 'fraud', version: String(number) }),
  );
  assert.equal(source, `mlflow-artifacts:/models-of-project/fraud/${number}`);
  const proxy = '/api/2.0/mlflow-artifacts/artifacts';
  const folder = `models-of-project/fraud/${number}`;
  const listed = (await wire.app.inject(`${proxy}?path=${folder}`)).json() as { files: { path: string }[] };
  assert.deepEqual(
    listed.files.map(({ path }) => path),
    ['MLmodel', 'model.onnx', 'report.html'],
  );
  assert.equal((await wire.app.inject(`${proxy}/${folder}/model.onnx`)).body, 'onnx');
  assert.match((await wire.app.inject(`${proxy}/${folder}/MLmodel`)).body, /data: model\.onnx/);
  const shown = await wire.app.inject(
    `/model-versions/get-artifact?name=fraud&version=${number}&path=report.html`,
  );
  assert.match(shown.body, new RegExp(`^<!doctype html>[^]*<h1>fraud@${number}</h1>`));
  assert.match(String(shown.headers['content-disposition']), /^attachment/);
  const address = await wire.app.listen({ host: '127.0.0.1', port: 0 });
  for (const method of ['PUT', 'DELETE'])
    assert.equal((await fetch(`${address}${proxy}/${folder}/model.onnx`, { method })).status, 400);
  for (const path of [
    'models-of-project/fraud/1/MLmodel',
    'models-of-project/nobody/1/MLmodel',
    `${folder}/x`,
  ])
    assert.equal((await wire.app.inject(`${proxy}/${path}`)).statusCode, 404, path);
  assert.ok(state.version(`fraud@${number}`));
});

test('what only the declaration can change is refused in clear words; remarks are kept', async () => {
  for (const [method, path, body] of [
    ['POST', 'registered-models/rename', { name: 'fraud', new_name: 'x' }],
    ['DELETE', 'registered-models/delete', { name: 'fraud' }],
    ['DELETE', 'model-versions/delete', { name: 'fraud', version: '1' }],
    ['POST', 'model-versions/transition-stage', { name: 'fraud', version: '1', stage: 'Production' }],
  ] as const) {
    const answer = await wire.ask(method, path, body);
    assert.equal(answer.status, 400, path);
    assert.match(answer.body.message ?? '', /is a model of the project/, path);
  }
  await wire.post('registered-models/create', { name: 'other' });
  const onto = await wire.post('registered-models/rename', { name: 'other', new_name: 'fraud' });
  assert.match(onto.body.message ?? '', /'fraud' is a model of the project/);
  await wire.post('model-versions/set-tag', { name: 'fraud', version: '1', key: 'seen', value: 'yes' });
  await wire.ask('PATCH', 'registered-models/update', { name: 'fraud', description: 'ours' });
  assert.equal(modelOf(await wire.get('registered-models/get', { name: 'fraud' }))['description'], 'ours');
  const names = (answer: { body: Record<string, unknown> }) =>
    (answer.body['registered_models'] as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(names(await wire.get('registered-models/search')), ['fraud', 'other']);
  assert.deepEqual(names(await wire.get('registered-models/search', { filter: "name LIKE 'f%'" })), [
    'fraud',
  ]);
  const tagged = await wire.get('model-versions/search', { filter: "tags.seen = 'yes'" });
  assert.deepEqual(
    (tagged.body['model_versions'] as Entity[]).map(({ name, version }) => [name, version]),
    [['fraud', '1']],
  );
  assert.equal((await wire.get('model-versions/get', { name: 'fraud', version: '99' })).status, 404);
  assert.equal(
    (await wire.post('model-versions/set-tag', { name: 'fraud', version: '99', key: 'a' })).status,
    404,
  );
});

test('what Millrace says of a version in its tags nobody else can say', async () => {
  const { number, status } = build('published', 0.97);
  const version = String(number);
  for (const [method, path, body] of [
    ['POST', 'model-versions/set-tag', { name: 'fraud', version, key: 'millrace.status', value: 'spoof' }],
    ['DELETE', 'model-versions/delete-tag', { name: 'fraud', version, key: 'millrace.status' }],
    ['POST', 'registered-models/set-tag', { name: 'fraud', key: 'millrace.asset', value: 'spoof' }],
    ['DELETE', 'registered-models/delete-tag', { name: 'fraud', key: 'millrace.asset' }],
  ] as const) {
    const answer = await wire.ask(method, path, body);
    assert.equal(answer.status, 400, path);
    assert.match(answer.body.message ?? '', /'millrace\.\w+' is said by Millrace itself/, path);
  }
  // A copy comes with the tags of what it is copied from.
  const tags = [
    { key: 'millrace.status', value: status },
    { key: 'who', value: 'ann' },
  ];
  const source = `models:/fraud/${version}`;
  const copy = versionOf(await wire.post('model-versions/create', { name: 'fraud', source, tags }));
  assert.deepEqual(copy.tags, [
    { key: 'who', value: 'ann' },
    { key: 'millrace.status', value: 'candidate' },
    { key: 'millrace.version', value: `fraud@${copy.version}` },
  ]);
});

test('a version cannot come from a file of this machine, from another host or from somebody else’s run', async () => {
  const { run_id, model_id } = await loggedModel();
  const other = await loggedModel();
  await wire.post('registered-models/create', { name: 'sources' });
  const create = (source: string, more: object = {}) =>
    wire.post('model-versions/create', { name: 'sources', source, ...more });
  for (const [source, more] of [
    ['/etc', {}],
    ['/etc', { run_id }],
    ['file:///etc/passwd', { run_id }],
    ['file:///etc', {}],
    ['file://127.0.0.1/etc', { run_id }],
    ['FILE:/etc', { run_id }],
    ['models', { run_id }],
    ['C:\\windows', {}],
    ['\\\\host\\share', {}],
    ['mlflow-artifacts:/../../etc', { run_id }],
    [`mlflow-artifacts:/0/${run_id}/artifacts/../../x`, { run_id }],
    [`mlflow-artifacts:/0/${run_id}/artifacts/%2e%2e/x`, { run_id }],
    [`mlflow-artifacts:/0/${run_id}/artifacts/%252e%252e/x`, { run_id }],
    ['mlflow-artifacts:/0', { run_id }],
    ['mlflow-artifacts:/0/other/artifacts', { run_id }],
    [`mlflow-artifacts:/0/${run_id}/artifacts`, {}],
    [`mlflow-artifacts://host/0/${run_id}/artifacts`, { run_id }],
    ['http://x/api/2.0/mlflow-artifacts/artifacts/0/other', { run_id }],
    ['http://x/api/2.0/mlflow-artifacts/artifacts/../../../etc', {}],
    ['s3://bucket/a/../b', {}],
    ['s3://bucket/a%00b', {}],
    [`runs:/${other.run_id}/model`, { run_id }],
    [`runs:/${run_id}/model`, {}],
    [`runs://host/${run_id}/model`, { run_id }],
    ['runs:/../x', { run_id: '..' }],
    ['models:/m-other', { model_id }],
    [`models:/${other.model_id}`, { model_id }],
    [`mlflow-artifacts:/0/${other.run_id}/artifacts/model`, { run_id }],
    [`models:/${model_id}`, {}],
    [`models://host/${model_id}`, { model_id }],
    ['models:/nobody/1', {}],
    ['models:/a/b/c', {}],
  ] as const) {
    const answer = await create(source, more);
    assert.ok(answer.status === 400 || answer.status === 404, `${source} ${JSON.stringify(answer)}`);
  }
  for (const [source, more] of [
    [`runs:/${run_id}/model`, { run_id }],
    [`mlflow-artifacts:/0/${run_id}/artifacts/model`, { run_id }],
    [`models:/${model_id}`, { model_id }],
    ['s3://bucket/a/b', {}],
    ['models:/sources/1', {}],
  ] as const)
    assert.equal((await create(source, more)).status, 200, source);
  const far = await wire.app.inject('/model-versions/get-artifact?name=sources&version=4&path=x');
  assert.match((far.json() as { message: string }).message, /not kept by this server/);
  const out = await wire.app.inject('/model-versions/get-artifact?name=sources&version=2&path=../../x');
  assert.equal(out.statusCode, 400);
});

test('logged models over the wire', async () => {
  const { model_id, run_id } = await loggedModel();
  await wire.ask('PATCH', `logged-models/${model_id}/tags`, { tags: [{ key: 'a b', value: '1' }] });
  await wire.post(`logged-models/${model_id}/params`, { model_id, params: [{ key: 'depth', value: '3' }] });
  await wire.post('runs/log-metric', {
    run_id,
    key: 'auc',
    value: 0.9,
    timestamp: 1,
    model_id,
    dataset_name: 'd',
    dataset_digest: '1',
  });
  const search = await wire.post('logged-models/search', {
    experiment_ids: ['0'],
    filter: "params.depth = '3' AND metrics.auc > 0.5",
    order_by: [{ field_name: 'metrics.auc', ascending: false, dataset_name: 'd' }],
  });
  const [found] = search.body['models'] as { info: Entity; data: Record<string, unknown> }[];
  assert.equal(found?.info['model_id'], model_id);
  assert.deepEqual(found?.data, {
    params: [{ key: 'depth', value: '3' }],
    metrics: [
      {
        key: 'auc',
        value: 0.9,
        timestamp: 1,
        step: 0,
        model_id,
        run_id,
        dataset_name: 'd',
        dataset_digest: '1',
      },
    ],
  });
  await wire.post('runs/outputs', { run_id, models: [{ model_id, step: '2' }] });
  const run = (await wire.get('runs/get', { run_id })).body['run'] as { outputs: object };
  assert.deepEqual(run.outputs, { model_outputs: [{ model_id, step: 2 }] });
  assert.equal(
    (await wire.ask('DELETE', `logged-models/${model_id}/tags/${encodeURIComponent('a b')}`)).status,
    200,
  );
  // The longest key that can be set, quoted.
  const key = '😀'.repeat(250);
  await wire.ask('PATCH', `logged-models/${model_id}/tags`, { tags: [{ key, value: '1' }] });
  const longest = `logged-models/${model_id}/tags/${encodeURIComponent(key)}`;
  assert.equal((await wire.ask('DELETE', longest)).status, 200);
  assert.equal((await wire.ask('DELETE', `logged-models/${model_id}`)).status, 200);
  assert.equal((await wire.get(`logged-models/${model_id}`)).status, 404);
});
