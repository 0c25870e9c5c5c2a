import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { root } from '../house/tree.ts';
import { line, NOW, newFolder, openBench, putFirstFiles, putLaterFiles } from './line.fixture.ts';
import { eventsIn, type LineageEvent, outcomesOf } from './openlineage.fixture.ts';

const GOLDEN = join(root, 'test', 'golden', 'openlineage');

/** The line of every kind, run twice: the second time with more files, and a gate that the model does not pass. */
describe('the events of a whole line', () => {
  const folder = newFolder();
  let events: LineageEvent[];
  before(async () => {
    putFirstFiles(folder);
    const env = { MILLRACE_CLOCK: NOW, MILLRACE_OPENLINEAGE: 'file:out/events.ndjson' };
    const bench = await openBench(folder, env);
    const one = { concurrency: 1 };
    const lost: unknown[] = [];
    const onEvent = (event: { event: string }) => event.event === 'lineage-lost' && lost.push(event);
    assert.equal((await bench.run(line(), { ...one, onEvent })).ok, true);
    putLaterFiles(folder);
    assert.equal((await bench.run(line({ minAuc: 0.99999 }), { ...one, onEvent })).ok, false);
    await bench.close();
    assert.deepEqual(lost, []);
    events = eventsIn(readFileSync(join(folder, 'out', 'events.ndjson'), 'utf8'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('each run and each step begins once and ends once; what did not pass has failed', () => {
    assert.deepEqual(Object.fromEntries(outcomesOf(events)), {
      line: ['START COMPLETE', 'START FAIL'],
      'line.payments': ['START COMPLETE', 'START COMPLETE'],
      'line.reports': ['START COMPLETE', 'START COMPLETE'],
      'line.outcomes': ['START COMPLETE', 'START COMPLETE'],
      'line.activity': ['START COMPLETE', 'START COMPLETE'],
      'line.surprise': ['START COMPLETE'],
      'line.fraud_training': ['START COMPLETE', 'START COMPLETE'],
      'line.fraud': ['START COMPLETE', 'START FAIL'],
      'line.screen': ['START COMPLETE'],
    });
  });

  test('they are, ids and times aside, what is kept', () => {
    for (const event of normalized(events, folder)) {
      const file = join(GOLDEN, `${event.name}.json`);
      const text = `${JSON.stringify(event.event, null, 2)}\n`;
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text);
      assert.ok(existsSync(file), `${file} is missing; UPDATE_GOLDEN=1 writes it`);
      assert.equal(text, readFileSync(file, 'utf8'), file);
    }
  });

  test('no value of a row is in them', () => {
    const text = JSON.stringify(events);
    // A hash may begin like a value, and goes on.
    for (const value of ['p0-1', 'c3', 'bad-0', 'worse-0', 'much', 'never', '2026-01-01'])
      assert.ok(!new RegExp(`["' ]${value}(?![0-9a-f])`).test(text), value);
  });

  test('a table is at the snapshot that has it, and its columns lead to where they come from', () => {
    const made = events.find(
      ({ eventType, job }) => eventType === 'COMPLETE' && job.name === 'line.outcomes',
    );
    const [output] = made?.outputs ?? [];
    const versions = (made?.inputs ?? []).map(({ name, facets }) => [name, facets?.['version']]);
    for (const [, version] of versions)
      assert.match((version as { datasetVersion: string }).datasetVersion, /^\d+$/);
    const lineage = output?.facets?.['columnLineage'];
    assert.ok(lineage);
    const fields = lineage['fields'] as unknown as Record<
      string,
      { inputFields: { name: string; field: string }[] }
    >;
    const from = (column: string) => fields[column]?.inputFields.map(({ name, field }) => `${name}.${field}`);
    assert.deepEqual(from('amount'), ['line.payments.amount']);
    assert.deepEqual(from('is_fraud'), ['line.reports.payment_id']);
  });
});

const kept = [
  'line complete',
  'line fail',
  'line.payments complete',
  'line.outcomes start',
  'line.outcomes complete',
  'line.activity complete',
  'line.fraud_training complete',
  'line.fraud fail',
  'line.screen complete',
];

/** Events of every sort, with ids, times, sizes and folders as what they stand for. */
function normalized(
  events: readonly LineageEvent[],
  folder: string,
): { name: string; event: LineageEvent }[] {
  const seen = new Set<string>();
  return events.flatMap((event) => {
    const name = `${event.job.name} ${event.eventType.toLowerCase()}`;
    if (!kept.includes(name) || seen.has(name)) return [];
    seen.add(name);
    const text = JSON.stringify(event)
      .replaceAll(folder, '/project')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}/g, '01900000-0000-7000-8000-000000000000')
      .replaceAll(/"run":"[0-9a-z]{20}"/g, '"run":"0123456789abcdefghjk"')
      .replaceAll(/"fingerprint":"[0-9a-f]{32}"/g, '"fingerprint":"…"')
      .replaceAll(/pkg:npm\/millrace@[^"]+/g, 'pkg:npm/millrace@1.0.0')
      .replaceAll(/"(version|openlineageAdapterVersion)":"\d+\.\d+\.\d+"/g, '"$1":"1.0.0"')
      .replaceAll(/"size":\d+/g, '"size":1000')
      // Figures of a model differ from machine to machine in their last digits.
      .replaceAll(/("\w+":)-?\d+\.\d{4,}(?:e-?\d+)?/g, '$10.5')
      .replaceAll(/"actual":"-?\d+\.\d+(e-?\d+)?"/g, '"actual":"0.5"');
    return [{ name, event: JSON.parse(text) as LineageEvent }];
  });
}

test('the facets of our own that are documented are those that are told', () => {
  const told = readFileSync(join(root, 'src', 'graph', 'openlineage', 'event.ts'), 'utf8');
  const documented = readFileSync(join(root, 'docs', 'reference', 'openlineage-facets.json'), 'utf8');
  const schema = JSON.parse(documented) as { $defs: object; properties: Record<string, { $ref: string }> };
  const names = [...told.matchAll(/^ {2}(\w+): '(Millrace\w+Facet)',$/gm)];
  assert.deepEqual(
    Object.fromEntries(names.map(([, key, name]) => [`millrace_${key}`, `#/$defs/${name}`])),
    Object.fromEntries(Object.entries(schema.properties).map(([key, { $ref }]) => [key, $ref])),
  );
  assert.deepEqual(
    Object.keys(schema.$defs).sort(),
    ['BaseFacet', ...names.map(([, , name]) => name as string)].sort(),
  );
});
