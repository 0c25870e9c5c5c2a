import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { fixedClock, MillraceError } from '../../base/index.ts';
import { openDatabase } from '../database.ts';
import { openTracking } from './open.ts';
import { trackingMigrations } from './schema.ts';
import type { Metric, Tracking } from './tracking.port.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
after(() => rmSync(folder, { recursive: true }));

const refused = (wanted: string, words?: RegExp) => (error: unknown) =>
  error instanceof MillraceError &&
  error.code === wanted &&
  (words === undefined || words.test(error.message));
const UNKNOWN = 'MILL_TRACKING_UNKNOWN';
const TAKEN = 'MILL_TRACKING_TAKEN';
const INVALID = 'MILL_TRACKING_INVALID';

let opened = 0;
function fresh(): Tracking {
  return openTracking(join(folder, `${opened++}.db`), fixedClock(1_700_000_000_000_000));
}

test('experiments: Default is there, names are taken, what is deleted comes back with its runs', () => {
  const { experiments, runs, close } = fresh();
  assert.equal(experiments.get('0').name, 'Default');
  const id = experiments.create('fraud', { tags: [{ key: 'team', value: 'risk' }] });
  assert.deepEqual(experiments.get(id), {
    id: '1',
    name: 'fraud',
    location: 'mlflow-artifacts:/1',
    lifecycle: 'active',
    createdAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    tags: [{ key: 'team', value: 'risk' }],
  });
  assert.throws(() => experiments.create('fraud'), refused(TAKEN));
  assert.throws(() => experiments.byName('nobody'), refused(UNKNOWN));
  for (const wrong of ['99', 'x', '../1', '1; drop table mill_experiment', ''])
    assert.throws(() => experiments.get(wrong), refused(UNKNOWN), wrong);
  assert.equal(experiments.named('fraud').id, id);
  assert.equal(experiments.named('shop').id, '2');
  const run = runs.create({ experiment: id });
  experiments.delete(id);
  assert.equal(runs.get(run.id).lifecycle, 'deleted');
  assert.throws(() => experiments.delete(id), refused(UNKNOWN));
  assert.throws(() => experiments.named('fraud'), refused(INVALID));
  assert.throws(() => runs.create({ experiment: id }), refused(INVALID));
  assert.throws(() => experiments.setTag(id, { key: 'a', value: 'b' }), refused(INVALID));
  experiments.restore(id);
  assert.equal(runs.get(run.id).lifecycle, 'active');
  experiments.rename(id, 'fraud 2');
  assert.throws(() => experiments.rename(id, 'shop'), refused(TAKEN));
  experiments.setTag(id, { key: 'team', value: 'ops' });
  experiments.deleteTag(id, 'team');
  assert.throws(() => experiments.deleteTag(id, 'team'), refused(UNKNOWN));
  assert.deepEqual(
    experiments.search({ filter: "name LIKE 'fraud%'", view: 'all' }).items.map(({ name }) => name),
    ['fraud 2'],
  );
  assert.deepEqual(
    experiments.search({ orderBy: ['name DESC'], most: 2 }).items.map(({ name }) => name),
    ['shop', 'fraud 2'],
  );
  close();
});

test('the life of a run', () => {
  const { runs, close } = fresh();
  const run = runs.create({ experiment: '0', name: 'first', user: 'ann', startTime: 5 });
  assert.match(run.id, /^[0-9a-f]{32}$/);
  assert.equal(run.location, `mlflow-artifacts:/0/${run.id}/artifacts`);
  assert.deepEqual([run.status, run.startTime, run.endTime], ['RUNNING', 5, null]);
  assert.deepEqual(run.tags, [{ key: 'mlflow.runName', value: 'first' }]);
  assert.match(runs.create({ experiment: '0' }).name, /^[a-z]+-[a-z]+-\d+$/);
  assert.throws(
    () => runs.create({ experiment: '0', name: 'a', tags: [{ key: 'mlflow.runName', value: 'b' }] }),
    refused(INVALID, /different values/),
  );
  runs.log(run.id, { tags: [{ key: 'mlflow.runName', value: 'second' }] });
  assert.equal(runs.get(run.id).name, 'second');
  runs.update(run.id, { name: 'third' });
  assert.deepEqual(runs.get(run.id).tags, [{ key: 'mlflow.runName', value: 'third' }]);
  runs.finish(run.id);
  assert.deepEqual([runs.get(run.id).status, runs.get(run.id).endTime], ['FINISHED', 1_700_000_000_000]);
  runs.delete(run.id);
  assert.throws(() => runs.log(run.id, {}), refused(INVALID, /must be in the 'active' state/));
  assert.throws(() => runs.update(run.id, { name: 'x' }), refused(INVALID));
  assert.deepEqual(
    runs.search({ experiments: ['0'], view: 'deleted' }).items.map(({ id }) => id),
    [run.id],
  );
  runs.restore(run.id);
  assert.equal(runs.search({ experiments: ['0'] }).items.length, 2);
  assert.throws(() => runs.get('nobody'), refused(UNKNOWN));
  assert.throws(() => runs.deleteTag(run.id, 'nothing'), refused(UNKNOWN));
  close();
});

test('a batch is all or nothing, a parameter stays, and what is said again is there already', () => {
  const { runs, close } = fresh();
  const { id } = runs.create({ experiment: '0' });
  const batch = {
    metrics: [
      { key: 'loss', value: 1, timestamp: 1, step: 1 },
      { key: 'loss', value: 0.5, timestamp: 2, step: 2 },
    ],
    params: [{ key: 'lr', value: '0.1' }],
    tags: [{ key: 't', value: 'a' }],
  };
  runs.log(id, batch);
  const before = runs.get(id);
  runs.log(id, batch);
  assert.deepEqual(runs.get(id), before);
  assert.equal(runs.history(id, 'loss').items.length, 2);
  assert.throws(
    () =>
      runs.log(id, {
        params: [
          { key: 'new', value: '1' },
          { key: 'lr', value: '0.2' },
        ],
        metrics: [{ key: 'loss', value: 9, timestamp: 9, step: 9 }],
        tags: [{ key: 't', value: 'b' }],
      }),
    refused(INVALID, /'key': 'lr', 'old_value': '0.1', 'new_value': '0.2'/),
  );
  assert.deepEqual(runs.get(id), before);
  assert.equal(runs.history(id, 'loss').items.length, 2);
  close();
});

test('the latest value is the greatest by step, timestamp and value, in whatever order rows come', () => {
  const { runs, close } = fresh();
  const value = fc.constantFrom(
    0,
    1,
    -2.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.MAX_VALUE,
    5e-324,
  );
  const metric: fc.Arbitrary<Metric> = fc.record({
    key: fc.constantFrom('a', 'b/c'),
    value,
    timestamp: fc.integer({ min: 0, max: 2 }),
    step: fc.integer({ min: -1, max: 1 }),
  });
  const asZero = (x: number): number => (Number.isNaN(x) ? 0 : x);
  const isAfter = (a: Metric, b: Metric): boolean =>
    a.step !== b.step
      ? a.step > b.step
      : a.timestamp !== b.timestamp
        ? a.timestamp > b.timestamp
        : asZero(a.value) > asZero(b.value);
  fc.assert(
    fc.property(fc.array(fc.array(metric, { maxLength: 6 }), { maxLength: 4 }), (batches) => {
      const { id } = runs.create({ experiment: '0' });
      for (const metrics of batches) runs.log(id, { metrics });
      const all = batches.flat();
      for (const key of ['a', 'b/c']) {
        const rows = all.filter((row) => row.key === key);
        const latest = rows.reduce<Metric | undefined>(
          (best, row) => (best === undefined || isAfter(row, best) ? row : best),
          undefined,
        );
        const found = runs.get(id).metrics.find((row) => row.key === key);
        if (latest === undefined) assert.equal(found, undefined);
        else {
          assert.deepEqual([found?.step, found?.timestamp], [latest.step, latest.timestamp]);
          assert.equal(asZero(found?.value ?? -1), asZero(latest.value));
        }
        const distinct = new Set(rows.map((row) => `${row.timestamp} ${row.step} ${row.value}`));
        const history = runs.history(id, key).items;
        assert.deepEqual(
          new Set(history.map((row) => `${row.timestamp} ${row.step} ${row.value}`)),
          distinct,
        );
        assert.equal(history.length, distinct.size);
      }
    }),
    { numRuns: 60 },
  );
  close();
});

test('a long history comes in order and in pages', () => {
  const { runs, close } = fresh();
  const { id } = runs.create({ experiment: '0' });
  const metrics = Array.from({ length: 1_000 }, (_, i) => ({
    key: 'm',
    value: i,
    timestamp: 1_000 - i,
    step: i,
  }));
  runs.log(id, { metrics });
  const steps: number[] = [];
  let token: string | undefined;
  do {
    const page = runs.history(id, 'm', { most: 300, ...(token === undefined ? {} : { token }) });
    steps.push(...page.items.map(({ step }) => step));
    token = page.next;
  } while (token !== undefined);
  assert.deepEqual(steps, metrics.map(({ step }) => step).reverse());
  assert.deepEqual(runs.history(id, 'nothing').items, []);
  close();
});

test('inputs and outputs of a run', () => {
  const { runs, experiments, close } = fresh();
  const experiment = experiments.create('e');
  const { id } = runs.create({ experiment });
  const dataset = {
    name: 'd',
    digest: 'abc',
    sourceType: 'local',
    source: '{}',
    schema: '[]',
    tags: [{ key: 'mlflow.data.context', value: 'train' }],
  };
  runs.logInputs(id, [dataset], ['m-1', 'm-2']);
  runs.logInputs(id, [dataset], ['m-1']);
  runs.logOutputs(id, [{ model: 'm-9', step: 3 }]);
  const run = runs.get(id);
  assert.deepEqual(run.datasets, [dataset]);
  assert.deepEqual(run.modelInputs, ['m-1', 'm-2']);
  assert.deepEqual(run.modelOutputs, [{ model: 'm-9', step: 3 }]);
  const found = (filter: string) => runs.search({ experiments: [experiment], filter }).items.length;
  assert.deepEqual(
    [
      "datasets.name = 'd'",
      "datasets.digest LIKE 'ab%'",
      "dataset.context IN ('train', 'test')",
      "dataset.context = 'test'",
    ].map(found),
    [1, 1, 1, 0],
  );
  close();
});

test('logged models: status, tags, parameters, metrics by dataset, search', () => {
  const { loggedModels, runs, experiments, close } = fresh();
  const experiment = experiments.create('e');
  const run = runs.create({ experiment });
  const model = loggedModels.create({
    experiment,
    name: 'm',
    type: 'agent',
    run: run.id,
    params: [{ key: 'p', value: '1' }],
    tags: [{ key: 't', value: 'x' }],
  });
  assert.match(model.id, /^m-[0-9a-f]{32}$/);
  assert.equal(model.location, `mlflow-artifacts:/1/models/${model.id}/artifacts`);
  assert.equal(model.status, 'PENDING');
  assert.equal(loggedModels.finalize(model.id, 'READY').status, 'READY');
  loggedModels.setTags(model.id, [{ key: 't', value: 'y' }]);
  loggedModels.logParams(model.id, [{ key: 'q', value: '2' }]);
  assert.throws(() => loggedModels.logParams(model.id, [{ key: 'q', value: '3' }]), refused(INVALID));
  const metric = { key: 'auc', timestamp: 1, step: 0, model: model.id, datasetName: 'd', datasetDigest: '7' };
  runs.log(run.id, { metrics: [{ ...metric, value: 0.9 }] });
  runs.log(run.id, { metrics: [{ ...metric, value: 0.9 }] });
  assert.throws(
    () => runs.log(run.id, { metrics: [{ ...metric, value: 1, model: 'm-nobody' }] }),
    refused(UNKNOWN),
  );
  runs.log(run.id, { metrics: [{ ...metric, key: 'far', value: Number.POSITIVE_INFINITY }] });
  const { metrics } = loggedModels.get(model.id);
  assert.deepEqual(
    metrics.map(({ key, value, datasetName, run: by }) => [key, value, datasetName, by]),
    [
      ['auc', 0.9, 'd', run.id],
      ['far', Number.POSITIVE_INFINITY, 'd', run.id],
    ],
  );
  const other = loggedModels.create({ experiment, name: 'n' });
  const found = (more: object) =>
    loggedModels.search({ experiments: [experiment], ...more }).items.map(({ name }) => name);
  assert.deepEqual(found({ filter: "metrics.auc > 0.5 AND params.q = '2'" }), ['m']);
  assert.deepEqual(found({ filter: 'metrics.auc > 0.5', datasets: [{ name: 'other' }] }), []);
  assert.deepEqual(found({ datasets: [{ name: 'd', digest: '7' }] }), ['m']);
  assert.deepEqual(found({ filter: 'metrics.far = 1.7976931348623157e308 and metrics.far < 1e999' }), ['m']);
  assert.deepEqual(found({ filter: "tags.t = 'y' and name ILIKE 'M'" }), ['m']);
  assert.deepEqual(found({ orderBy: [{ field: 'metrics.auc', ascending: true }] }), ['m', 'n']);
  assert.deepEqual(
    found({
      orderBy: [
        { field: 'metrics.auc', ascending: false, datasetName: 'other' },
        { field: 'name', ascending: false },
      ],
    }),
    ['n', 'm'],
  );
  assert.throws(() => found({ orderBy: [{ field: 'colour', ascending: true }] }), refused(INVALID));
  loggedModels.deleteTag(model.id, 't');
  assert.throws(() => loggedModels.deleteTag(model.id, 't'), refused(UNKNOWN));
  loggedModels.delete(other.id);
  assert.throws(() => loggedModels.get(other.id), refused(UNKNOWN));
  assert.deepEqual(found({}), ['m']);
  close();
});

test('registered models: versions, aliases, stages, rename, and no number twice', () => {
  const { registry, close } = fresh();
  registry.create('scorer', { description: 'd', tags: [{ key: 'a', value: '1' }] });
  assert.throws(() => registry.create('scorer'), refused(TAKEN));
  assert.throws(() => registry.createVersion('nobody', { source: 's' }), refused(UNKNOWN));
  const first = registry.createVersion('scorer', { source: 's1', tags: [{ key: 'v', value: 'x' }] });
  const second = registry.createVersion('scorer', { source: 's2' });
  assert.deepEqual([first.version, second.version, first.stage], [1, 2, 'None']);
  registry.setAlias('scorer', 'champion', 1);
  assert.throws(() => registry.setAlias('scorer', 'champion', 9), refused(UNKNOWN));
  assert.equal(registry.byAlias('scorer', 'champion').source, 's1');
  registry.setAlias('scorer', 'champion', 2);
  assert.deepEqual(registry.version('scorer', 2).aliases, ['champion']);
  registry.moveVersion('scorer', 1, 'Production', false);
  registry.moveVersion('scorer', 2, 'Production', true);
  assert.equal(registry.version('scorer', 1).stage, 'Archived');
  registry.rename('scorer', 'judge');
  assert.deepEqual(registry.get('judge').aliases, [{ alias: 'champion', version: 2 }]);
  assert.deepEqual(registry.version('judge', 1).tags, [{ key: 'v', value: 'x' }]);
  assert.throws(() => registry.get('scorer'), refused(UNKNOWN));
  registry.deleteVersion('judge', 2);
  assert.throws(() => registry.byAlias('judge', 'champion'), refused(INVALID));
  assert.equal(registry.createVersion('judge', { source: 's3' }).version, 3);
  assert.deepEqual(
    registry.versions('judge').map(({ version }) => version),
    [3, 1],
  );
  registry.setVersionTag('judge', 3, { key: 'k', value: 'v' });
  registry.deleteVersionTag('judge', 3, 'k');
  assert.deepEqual(registry.version('judge', 3).tags, []);
  registry.delete('judge');
  assert.deepEqual(registry.all(), []);
  close();
});

test('versions of before their place was kept get the one that their source leads to', () => {
  const path = join(folder, 'before.db');
  const before = openDatabase(path);
  before.migrate('tracking', trackingMigrations.slice(0, 1));
  before.run("insert into mill_experiment values (1, 'e', '', 'active', 1, 1)");
  before.run(
    `insert into mill_logged_model (id, experiment, name, location, created_at, updated_at, status, status_message, type, run, lifecycle)
     values ('m-1', 1, 'm', 'mlflow-artifacts:/m', 1, 1, 'READY', '', '', '', 'active')`,
  );
  before.run("insert into mill_registered_model values ('a', '', 1, 1)");
  for (const [i, source] of ['models:/m-1', 'models:/a/1', 's3://b/x'].entries())
    before.run("insert into mill_model_version values ('a', ?, '', 1, 1, 'None', ?, '', '', '', 'active')", [
      i + 1,
      source,
    ]);
  before.close();
  const { registry, close } = openTracking(path);
  assert.deepEqual(
    registry.versions('a').map(({ location }) => location),
    ['s3://b/x', 'mlflow-artifacts:/m', 'mlflow-artifacts:/m'],
  );
  close();
});

test('two who have the same file open see and add to what the other wrote', () => {
  const path = join(folder, 'both.db');
  const [one, other] = [openTracking(path), openTracking(path)];
  const { id } = one.runs.create({ experiment: '0' });
  for (let step = 0; step < 50; step++)
    (step % 2 === 0 ? one : other).runs.log(id, {
      metrics: [{ key: 'm', value: step, timestamp: step, step }],
    });
  assert.equal(other.runs.history(id, 'm').items.length, 50);
  assert.equal(one.runs.get(id).metrics[0]?.value, 49);
  one.close();
  other.close();
  const again = openTracking(path);
  assert.equal(again.runs.history(id, 'm').items.length, 50);
  again.close();
  assert.ok(existsSync(path));
});
