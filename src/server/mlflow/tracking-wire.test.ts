import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import { openWire, type Wire } from './wire.fixture.ts';

let wire: Wire;
before(async () => {
  wire = await openWire();
});
after(() => wire.close());

const newExperiment = async (name: string): Promise<string> =>
  (await wire.post('experiments/create', { name })).body['experiment_id'] as string;
async function newRun(more: object = {}): Promise<string> {
  const { body } = await wire.post('runs/create', { start_time: 1, user_id: 'ann', ...more });
  return (body['run'] as { info: { run_id: string } }).info.run_id;
}
type Run = {
  info: Record<string, unknown>;
  data: { metrics: { key: string; value: unknown }[]; params: unknown[]; tags: unknown[] };
};
const runOf = async (run_id: string): Promise<Run> =>
  (await wire.get('runs/get', { run_id })).body['run'] as Run;

test('a missing experiment is told so that clients make it, a name in use so that they take it', async () => {
  const missing = await wire.get('experiments/get-by-name', { experiment_name: 'nobody' });
  assert.deepEqual([missing.status, missing.body.error_code], [404, 'RESOURCE_DOES_NOT_EXIST']);
  const id = await newExperiment('taken');
  const again = await wire.post('experiments/create', { name: 'taken' });
  assert.deepEqual([again.status, again.body.error_code], [400, 'RESOURCE_ALREADY_EXISTS']);
  const { body } = await wire.get('experiments/get-by-name', { experiment_name: 'taken' });
  assert.equal((body['experiment'] as { experiment_id: string }).experiment_id, id);
  const home = (await wire.get('experiments/get', { experiment_id: '0' })).body['experiment'] as object;
  assert.equal((home as { name: string }).name, 'Default');
});

test('both prefixes and both versions answer; what is not there is an endpoint that is not found', async () => {
  for (const prefix of ['/api/2.0', '/ajax-api/2.0', '/api/3.0', '/ajax-api/3.0']) {
    const response = await wire.app.inject(`${prefix}/mlflow/experiments/get?experiment_id=0`);
    assert.equal(response.statusCode, 200, prefix);
    const nothing = await wire.app.inject({ method: 'POST', url: `${prefix}/mlflow/traces/search` });
    assert.deepEqual([nothing.statusCode, nothing.json().error_code], [404, 'ENDPOINT_NOT_FOUND']);
  }
  // An address that cannot even be read is refused in the words of whom it was for.
  for (const path of ['/api/2.0/mlflow/runs/%ZZ', '/ajax-api/2.0/mlflow-artifacts/artifacts/%ZZ']) {
    const { statusCode, body } = await wire.app.inject(path);
    assert.deepEqual([statusCode, JSON.parse(body).error_code], [400, 'BAD_REQUEST'], path);
  }
  assert.equal((await wire.app.inject('/health')).body, 'OK');
  assert.match((await wire.app.inject('/version')).body, /^\d+\.\d+\.\d+$/);
  const { store_type, workspaces_enabled } = (await wire.app.inject('/api/3.0/mlflow/server-info')).json();
  assert.deepEqual([store_type, workspaces_enabled], ['SqlStore', false]);
});

test('the words of a refusal, for what is missing and for what is of another type', async () => {
  const run = await newRun();
  const cases: [string, object, string][] = [
    ['experiments/create', { name: 123 }, "Invalid value 123 for parameter 'name' supplied"],
    ['experiments/create', {}, "Missing value for required parameter 'name'"],
    ['experiments/create', { name: 'e', tags: '5' }, 'Invalid value "5" for parameter \'tags\' supplied'],
    [
      'runs/log-metric',
      { run_id: 31, key: 'm', value: 1, timestamp: 1 },
      "Invalid value 31 for parameter 'run_id' supplied",
    ],
    [
      'runs/log-metric',
      { run_id: run, key: 'm', value: 1, timestamp: 'foo' },
      'Invalid value "foo" for parameter \'timestamp\' supplied',
    ],
    [
      'runs/log-metric',
      { run_id: run, key: 'm', value: 'x', timestamp: 1 },
      'Invalid value "x" for parameter \'value\' supplied',
    ],
    [
      'runs/log-metric',
      { run_id: run, key: null, value: 1, timestamp: 1 },
      "Missing value for required parameter 'key'",
    ],
    [
      'runs/log-batch',
      { run_id: run, metrics: [{ value: 1, timestamp: 1 }] },
      "Missing value for required parameter 'metrics[0].key'",
    ],
    [
      'runs/log-batch',
      { run_id: run, params: [{ key: 'a/../b', value: '1' }] },
      "for parameter 'params[0].key' supplied",
    ],
    ['runs/set-tag', { run_id: run, key: 'a\nb', value: '1' }, 'Names may only contain'],
    [
      'runs/search',
      { experiment_ids: ['0'], max_results: 50_001 },
      "Invalid value 50001 for parameter 'max_results' supplied",
    ],
    ['runs/update', { run_id: run, status: 'DONE' }, 'Invalid value "DONE" for parameter \'status\''],
    ['runs/update', { run_id: run, status: 99 }, "Invalid value 99 for parameter 'status'"],
    [
      'runs/log-metric',
      { run_id: run, key: 'a\nb', value: 1, timestamp: 1 },
      'Invalid value "a\\nb" for parameter \'name\' supplied: Names may only',
    ],
    [
      'runs/log-metric',
      { run_id: run, key: 'm', value: 1, timestamp: 2 ** 60 },
      "for parameter 'timestamp' supplied: It is beyond",
    ],
    ['registered-models/create', { name: 'a/b' }, "Names cannot contain '/' or ':'"],
  ];
  for (const [path, body, words] of cases) {
    const answer = await wire.post(path, body);
    assert.equal(answer.status, 400, path);
    assert.equal(answer.body.error_code, 'INVALID_PARAMETER_VALUE');
    assert.ok(answer.body.message?.includes(words), answer.body.message);
  }
  // A number is said back as it was written.
  const { json } = await wire.app
    .inject({
      method: 'POST',
      url: '/api/2.0/mlflow/experiments/create',
      headers: { 'content-type': 'application/json' },
      payload: '{"name":"e","artifact_location":9.0}',
    })
    .then((response) => ({ json: response.json() as { message: string } }));
  assert.match(json.message, /Invalid value 9\.0 for parameter 'artifact_location'/);
});

test('metrics: NaN and infinities, numbers as texts, and what is said again', async () => {
  const run_id = await newRun({ run_name: 'm' });
  for (const [key, value] of [
    ['nan', 'NaN'],
    ['up', 'Infinity'],
    ['down', '-Infinity'],
    ['text', '0.25'],
  ])
    assert.equal(
      (await wire.post('runs/log-metric', { run_id, key, value, timestamp: '5', step: '3' })).status,
      200,
    );
  for (let i = 0; i < 2; i++)
    await wire.post('runs/log-metric', { run_id, key: 'twice', value: 1, timestamp: 5 });
  const { data, info } = await runOf(run_id);
  assert.deepEqual(Object.fromEntries(data.metrics.map(({ key, value }) => [key, value])), {
    nan: 'NaN',
    up: Number.MAX_VALUE,
    down: -Number.MAX_VALUE,
    text: 0.25,
    twice: 1,
  });
  assert.deepEqual([info['run_id'], info['run_uuid'], info['run_name']], [run_id, run_id, 'm']);
  const history = await wire.get('metrics/get-history', { run_id, metric_key: 'twice' });
  assert.equal((history.body['metrics'] as unknown[]).length, 1);
  // Found by what it is told as.
  const filter = `metrics.up = ${Number.MAX_VALUE} and metrics.down >= ${-Number.MAX_VALUE}`;
  const found = await wire.post('runs/search', { experiment_ids: ['0'], filter });
  assert.equal((found.body['runs'] as unknown[]).length, 1);
});

test('a batch has its bounds, and is all or nothing', async () => {
  const run_id = await newRun();
  const metrics = Array.from({ length: 1_001 }, (_, i) => ({ key: 'm', value: i, timestamp: i, step: i }));
  const tooMany = await wire.post('runs/log-batch', { run_id, metrics });
  assert.match(tooMany.body.message ?? '', /at most 1000 metrics. Got 1001 metrics/);
  const params = [
    { key: 'p', value: '1' },
    { key: 'p', value: '2' },
  ];
  assert.match(
    (await wire.post('runs/log-batch', { run_id, params })).body.message ?? '',
    /Duplicate parameter keys/,
  );
  assert.equal((await wire.post('runs/log-batch', { run_id, metrics: metrics.slice(1) })).status, 200);
  const conflict = { run_id, params: [{ key: 'p', value: 'x'.repeat(9_000) }] };
  assert.equal((await wire.post('runs/log-batch', conflict)).status, 200);
  const changed = await wire.post('runs/log-parameter', { run_id, key: 'p', value: '2' });
  assert.match(changed.body.message ?? '', /Changing param values is not allowed/);
  assert.equal(
    (await wire.post('runs/log-batch', { run_id, metrics: [], tags: [], params: [] })).status,
    200,
  );
});

test('what is cut is cut between characters, so that it can be said again', async () => {
  const run_id = await newRun();
  for (const [path, most, list] of [
    ['runs/log-parameter', 6_000, 'params'],
    ['runs/set-tag', 8_000, 'tags'],
  ] as const)
    for (const [key, value, kept] of [
      ['half', `x${'😀'.repeat(most)}`, `x${'😀'.repeat(most - 1)}`],
      ['whole', '😀'.repeat(most), '😀'.repeat(most)],
      ['lone', 'a\ud800', 'a\ufffd'],
    ] as const)
      for (let i = 0; i < 2; i++) {
        assert.equal((await wire.post(path, { run_id, key, value })).status, 200, key);
        const found = (await runOf(run_id)).data[list] as { key: string; value: string }[];
        assert.equal(found.find((one) => one.key === key)?.value, kept, key);
      }
  const name = '😀'.repeat(500);
  assert.equal((await wire.post('experiments/create', { name })).status, 200);
  assert.equal((await wire.post('experiments/create', { name: `${name}x` })).status, 400);
});

test('the list of what a run logged is added to whatever it holds, and copied whole', async () => {
  const key = 'mlflow.log-model.history';
  const model = { artifact_path: 'model', flavors: {}, utc_time_created: '1', run_id: 'r' };
  const historyOf = async (run_id: string): Promise<unknown[]> => {
    const tags = (await runOf(run_id)).data.tags as { key: string; value: string }[];
    return JSON.parse(tags.find((tag) => tag.key === key)?.value ?? '[]') as unknown[];
  };
  const log = (run_id: string, model_json: string) => wire.post('runs/log-model', { run_id, model_json });
  for (const value of ['nonsense', '{}', 'null', '', `${'['.repeat(7_000)}${']'.repeat(7_000)}`]) {
    const run_id = await newRun();
    await wire.post('runs/set-tag', { run_id, key, value });
    assert.equal((await log(run_id, JSON.stringify(model))).status, 200, value.slice(0, 20));
    assert.deepEqual(await historyOf(run_id), [model]);
    assert.equal((await log(run_id, `{"flavors":${'['.repeat(9_000)}${']'.repeat(9_000)}}`)).status, 400);
  }
  const [first, copy] = [await newRun(), await newRun()];
  for (let i = 0; i < 3; i++)
    await log(first, JSON.stringify({ ...model, flavors: { a: 'x'.repeat(4_000) } }));
  const { tags } = (await runOf(first)).data;
  assert.equal((await wire.post('runs/log-batch', { run_id: copy, tags })).status, 200);
  assert.deepEqual(await historyOf(copy), await historyOf(first));
  assert.deepEqual(await historyOf(await newRun({ tags })), await historyOf(first));
  const tooLong = await wire.post('runs/set-tag', { run_id: copy, key, value: 'x'.repeat(100_001) });
  assert.equal(tooLong.status, 400);
  assert.deepEqual(wire.failures, []);
});

test('between reading a list and writing it nobody else writes', async (t) => {
  const run_id = await newRun();
  const other = new DatabaseSync(join(wire.folder, '.millrace', 'tracking.db'), { timeout: 0 });
  t.after(() => other.close());
  const { runs } = wire.workspace.tracking();
  const get = runs.get;
  t.mock.method(runs, 'get', (id: string) => {
    assert.throws(() => other.exec('begin immediate'), /locked/);
    return get(id);
  });
  const model_json = JSON.stringify({ artifact_path: 'm', flavors: {}, utc_time_created: '1', run_id });
  assert.equal((await wire.post('runs/log-model', { run_id, model_json })).status, 200);
});

test('bodies that nest deeper than anything that is read are refused', async () => {
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  for (const payload of [`{"experiment_id":${deep}}`, `{"max_results":-1,"x":${deep}}`, deep]) {
    const { statusCode, body } = await wire.app.inject({
      method: 'POST',
      url: '/api/2.0/mlflow/runs/search',
      headers: { 'content-type': 'application/json' },
      payload,
    });
    assert.equal(statusCode, 400);
    assert.match(body, /nests more than 100 deep/);
  }
  assert.deepEqual(wire.failures, []);
});

test('bodies: twice in JSON, none at all, of another type, too long', async () => {
  const send = (payload: string, type: string) =>
    wire.app.inject({
      method: 'POST',
      url: '/api/2.0/mlflow/runs/search',
      headers: { 'content-type': type },
      payload,
    });
  const twice = await send(JSON.stringify(JSON.stringify({ experiment_ids: ['0'] })), 'application/json');
  assert.equal(twice.statusCode, 200);
  for (const [payload, type] of [
    ['{"experiment_ids":["0"]}', 'text/plain'],
    ['experiment_ids=0', 'application/x-www-form-urlencoded'],
    ['{', 'application/json'],
    ['[1]', 'application/json'],
    [`"${'x'.repeat(5_000_000)}"`, 'application/json'],
  ] as const) {
    const answer = await send(payload, type);
    assert.deepEqual(
      [answer.statusCode, answer.json().error_code],
      [400, 'BAD_REQUEST'],
      payload.slice(0, 30),
    );
  }
  // Everywhere else a body of this length is refused.
  const elsewhere = await wire.app.inject({
    method: 'POST',
    url: '/v1/predict/screen',
    headers: { 'content-type': 'application/json' },
    payload: `"${'x'.repeat(300_000)}"`,
  });
  assert.equal(elsewhere.statusCode, 413);
});

test('the life of a run over the wire, to deletion and back', async () => {
  const experiment_id = await newExperiment('life');
  const run_id = await newRun({ experiment_id, tags: [{ key: 'k', value: 'v' }] });
  await wire.post('runs/update', { run_id, status: 'FINISHED', end_time: 9, run_name: 'renamed' });
  const { info, data } = await runOf(run_id);
  assert.deepEqual([info['status'], info['end_time'], info['run_name']], ['FINISHED', 9, 'renamed']);
  assert.ok(data.tags.some((tag) => JSON.stringify(tag) === '{"key":"mlflow.runName","value":"renamed"}'));
  const count = async (view: string): Promise<number> =>
    (
      (await wire.post('runs/search', { experiment_ids: [experiment_id], run_view_type: view })).body[
        'runs'
      ] as []
    ).length;
  await wire.post('runs/delete', { run_id });
  assert.deepEqual([await count('ACTIVE_ONLY'), await count('DELETED_ONLY'), await count('ALL')], [0, 1, 1]);
  const refused = await wire.post('runs/set-tag', { run_id, key: 'a', value: 'b' });
  assert.match(refused.body.message ?? '', /must be in the 'active' state/);
  await wire.post('runs/restore', { run_id });
  assert.equal(await count('ACTIVE_ONLY'), 1);
  await wire.post('experiments/delete', { experiment_id });
  assert.equal(await count('ACTIVE_ONLY'), 0);
  await wire.post('experiments/restore', { experiment_id });
  assert.equal(await count('ACTIVE_ONLY'), 1);
});

test('a question that a page of another site asks through a browser is refused', async () => {
  const ask = (headers: Record<string, string>) =>
    wire.app
      .inject({ url: '/api/2.0/mlflow/experiments/get?experiment_id=0', headers })
      .then(({ statusCode }) => statusCode);
  assert.equal(await ask({ host: 'localhost:1', origin: 'http://localhost:1' }), 200);
  assert.equal(await ask({ host: '10.0.0.7:80', origin: 'http://10.0.0.7' }), 200);
  assert.equal(await ask({ host: '127.0.0.1:5000', origin: 'http://127.0.0.1:5000' }), 200);
  assert.equal(await ask({ host: 'millrace.internal' }), 403);
  assert.equal(await ask({ host: 'localhost:1', origin: 'https://evil.example' }), 403);
  assert.equal(await ask({ host: 'localhost:1', origin: 'null' }), 403);
  // A name of theirs that leads to this address, with or without its being said where the question comes from.
  assert.equal(await ask({ host: 'evil.example', origin: 'http://evil.example' }), 403);
  assert.equal(await ask({ host: 'evil.example' }), 403);
  assert.equal(await ask({ host: 'localhost', 'sec-fetch-site': 'cross-site' }), 403);
});
