import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root } from '../house/tree.ts';
import { line, NOW, newFolder, openBench, putFirstFiles, putLaterFiles } from '../truth/line.fixture.ts';
import { eventsIn, type LineageEvent, newAjv } from '../truth/openlineage.fixture.ts';

// Our events before others: the classes of the official Python client, and the standard's own JSON schema.

const python = join(root, 'node_modules', '.cache', 'services', 'python', 'bin', 'python');
const hasClient = existsSync(python) && spawnSync(python, ['-c', 'import openlineage.client']).status === 0;
const noClient = !hasClient && 'no Python with openlineage-python; `npm run test:services` sets it up';

/** No registry carries the schema files; who has the standard's repository says where its folder spec/ is. */
const spec = process.env['OPENLINEAGE_SPEC'] ?? '';
const noSpec =
  !existsSync(join(spec, 'OpenLineage.json')) &&
  'OPENLINEAGE_SPEC does not name the folder spec/ of OpenLineage';

describe('events of a whole line, good and bad', { skip: noClient && noSpec ? noClient : false }, () => {
  const folder = newFolder();
  let text: string;
  let events: LineageEvent[];
  before(async () => {
    putFirstFiles(folder);
    const env = {
      ...{ MILLRACE_CLOCK: NOW, MILLRACE_OPENLINEAGE: 'file:events.ndjson' },
      OPENLINEAGE_PARENT_ID: 'airflow/dag.task/3f5e83fa-3480-44ff-99c5-ff943904e5e8',
    };
    const bench = await openBench(folder, env);
    const nominal = { start: Date.UTC(2026, 0, 8) * 1000, end: Date.UTC(2026, 0, 9) * 1000 };
    await bench.run(line(), { nominal });
    putLaterFiles(folder);
    await bench.run(line({ minAuc: 0.99999 }));
    await bench.close();
    text = readFileSync(join(folder, 'events.ndjson'), 'utf8');
    events = eventsIn(text);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('the official Python client knows every member and every schema', { skip: noClient }, () => {
    const script = join(import.meta.dirname, 'openlineage-client.py');
    const done = spawnSync(python, [script], { input: text, encoding: 'utf8' });
    assert.equal(done.status, 0, done.stderr);
    const found = JSON.parse(done.stdout) as { events: number; facets: object; faults: string[] };
    assert.deepEqual(found.faults, []);
    assert.equal(found.events, events.length);
    for (const key of [
      'parent',
      'columnLineage',
      'lineage',
      'version',
      'test',
      'nominalTime',
      'errorMessage',
    ])
      assert.ok(key in found.facets, key);
  });

  test("the standard's own JSON schema takes every event and every facet", { skip: noSpec }, () => {
    const ajv = newAjv();
    for (const file of ['OpenLineage.json', ...readdirSync(join(spec, 'facets')).map((f) => `facets/${f}`)])
      if (file.endsWith('.json')) ajv.addSchema(JSON.parse(readFileSync(join(spec, file), 'utf8')));
    const isEvent = ajv.getSchema('https://openlineage.io/spec/2-0-2/OpenLineage.json');
    assert.ok(isEvent);
    for (const event of events) {
      assert.ok(isEvent(event), JSON.stringify(isEvent.errors));
      const datasets = [...event.inputs, ...event.outputs];
      const facets = [event.run, event.job, ...datasets].flatMap((part) =>
        [
          ...[part.facets, 'inputFacets' in part ? part.inputFacets : undefined],
          'outputFacets' in part ? part.outputFacets : undefined,
        ].flatMap((found) => Object.entries(found ?? {})),
      );
      for (const [key, facet] of facets) {
        const isFacet = ajv.getSchema(facet['_schemaURL'] as string);
        assert.ok(isFacet, `${key}: no schema at ${facet['_schemaURL']}`);
        assert.ok(isFacet(facet), `${key}: ${JSON.stringify(isFacet.errors)}`);
      }
    }
  });
});
