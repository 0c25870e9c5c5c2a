import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { logModel, openWire, type Wire } from './wire.fixture.ts';

let wire: Wire;
before(async () => {
  wire = await openWire();
});
after(() => wire.close());

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
/** Stands in a body for what JSON.stringify could not write: it would overflow the stack. */
const DEEP = '(deep)';
/** What tags and the descriptions of models may hold. */
const jsons = fc.oneof(
  fc.constantFrom(
    '',
    'nonsense',
    '{}',
    'null',
    '3',
    '[1, null]',
    '[{"name": {}, "version": []}]',
    nested(9_000),
  ),
  fc.constantFrom('[{"name": "known", "version": 1}]', '{"artifact_path":1,"flavors":{},"run_id":2}'),
  fc.json(),
);

async function post(path: string, body: object): Promise<void> {
  const response = await wire.app.inject({
    method: 'POST',
    url: `/api/2.0/mlflow/${path}`,
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(body).replaceAll(JSON.stringify(DEEP), nested(20_000)),
  });
  const { error_code, message } = response.json<{ error_code?: string; message?: string }>();
  assert.ok([200, 400, 404].includes(response.statusCode), `${response.statusCode} ${message}`);
  if (response.statusCode !== 200) assert.ok(error_code && message);
}

test('whatever is sent, the answer is one of the wire, and nothing breaks', async () => {
  const value: fc.Arbitrary<unknown> = fc.oneof(
    fc.string(),
    fc.double(),
    fc.integer(),
    fc.constantFrom(
      null,
      true,
      '',
      '__proto__',
      '../..',
      'NaN',
      '\ud800',
      DEEP,
      [DEEP],
      Number.POSITIVE_INFINITY,
      [],
      {},
      [{}],
      [null],
      [[]],
    ),
    fc.array(fc.record({ key: fc.string(), value: fc.string(), timestamp: fc.integer() })),
    jsons,
  );
  const names = [
    'run_id',
    'run_uuid',
    'experiment_id',
    'experiment_ids',
    'name',
    'key',
    'value',
    'timestamp',
    'step',
    'metrics',
    'params',
    'tags',
    'filter',
    'order_by',
    'max_results',
    'page_token',
    'status',
    'view_type',
    'datasets',
    'models',
    'version',
    'alias',
    'source',
    'stage',
    'model_json',
    'model_id',
    'new_name',
    '__proto__',
    'constructor',
  ];
  const paths = [
    'experiments/create',
    'experiments/search',
    'experiments/update',
    'runs/create',
    'runs/update',
    'runs/search',
    'runs/log-metric',
    'runs/log-batch',
    'runs/log-inputs',
    'runs/outputs',
    'runs/log-model',
    'runs/set-tag',
    'logged-models',
    'logged-models/search',
    'registered-models/create',
    'registered-models/alias',
    'model-versions/create',
    'model-versions/transition-stage',
  ];
  const { run_id, model_id } = await logModel(wire);
  const known = fc.constantFrom(run_id, model_id, 'fraud', `models:/${model_id}`);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...paths),
      fc.dictionary(fc.constantFrom(...names), fc.oneof(value, known), { maxKeys: 6 }),
      post,
    ),
    { numRuns: 500 },
  );
  assert.deepEqual(wire.failures, []);
});

test('whatever the tags hold that are read and written again, what is logged and registered after them is', async () => {
  await wire.post('registered-models/create', { name: 'known' });
  const { run_id, model_id } = await logModel(wire);
  const model = { artifact_path: 'm', flavors: {}, utc_time_created: '1', run_id };
  await fc.assert(
    fc.asyncProperty(jsons, jsons, fc.constantFrom('known', 'fraud'), async (history, registered, name) => {
      await post('runs/set-tag', { run_id, key: 'mlflow.log-model.history', value: history });
      const tags = [{ key: 'mlflow.modelVersions', value: registered }];
      await wire.ask('PATCH', `logged-models/${model_id}/tags`, { tags });
      const logged = await wire.post('runs/log-model', { run_id, model_json: JSON.stringify(model) });
      assert.equal(logged.status, 200, history.slice(0, 100));
      const source = `models:/${model_id}`;
      const made = await wire.post('model-versions/create', { name, source, run_id, model_id });
      assert.equal(made.status, 200, registered.slice(0, 100));
    }),
    { numRuns: 50 },
  );
  assert.deepEqual(wire.failures, []);
});
