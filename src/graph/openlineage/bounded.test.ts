import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { faultsOf } from '../../../test/truth/openlineage.fixture.ts';
import type { Lineage } from '../lineage.ts';
import type { Step } from '../plan.ts';
import { graphOf } from '../project.ts';
import { declared } from '../told.fixture.ts';
import { bounded, bytesOf } from './bounded.ts';
import type { LineageEvent } from './event.ts';
import type { Facts } from './facts.ts';
import { type Open, tellingOf } from './telling.ts';

const MEGABYTE = 1_000_000;

/** The end of a step that makes a table of so many columns from another of as many. */
function endWith(columns: readonly string[], from: (column: string) => Lineage['columns'][string]) {
  const { nodes } = graphOf(declared({ a: '', b: 'a' }));
  const lineage: Lineage = {
    rows: { by: null, from: columns.slice(0, 3).map((column) => ({ input: 'a', column })) },
    columns: Object.fromEntries(columns.map((name) => [name, from(name)])),
  };
  const facts: Facts = {
    ...{ lake: 'file:///lake/', live: () => undefined, version: () => undefined },
    ...{ written: () => undefined, inLake: () => false },
    node: (asset) => nodes.get(asset),
    portrait: () => ({ type: 'TABLE', columns: columns.map((name) => ({ name, type: 'double' })) }),
    lineage: (asset) => (asset === 'b' ? lineage : undefined),
  };
  const keys = new Set<string>();
  const open: Open = {
    add: (key) => keys.add(key),
    delete: (key) => keys.delete(key),
    has: (key) => keys.has(key),
    all: () => [...keys],
  };
  const naming = { namespace: 'millrace', project: 'test' };
  const telling = tellingOf({ run: '01kedeeb00je19xge91g', naming }, facts, open);
  const step = { asset: 'b', kind: 'told', action: 'create', bytes: 0 } as unknown as Step;
  const result = { step, outcome: 'published', checks: [], note: '', problems: [], seconds: 1 } as const;
  const [, end] = [
    ...telling.heard({ event: 'step-started', step }, 0),
    ...telling.heard({ event: 'step-finished', result }, 0),
  ];
  return end as LineageEvent;
}

const dropped = ({ run }: LineageEvent): unknown => run.facets['millrace_dropped']?.['facets'];
const outputFacets = ({ outputs: [output] }: LineageEvent): string[] =>
  Object.keys(output?.facets ?? {}).sort();

const wide = (count: number, width = 0): string[] =>
  Array.from({ length: count }, (_, i) => `column_${i}`.padEnd(width, 'x'));

test('a few columns are told with all there is to say', () => {
  const event = endWith(wide(50), (column) => ({
    ...{ by: null, direct: [{ input: 'a', column }], indirect: [] },
  }));
  assert.deepEqual([faultsOf(event), dropped(event)], [[], undefined]);
  assert.deepEqual(outputFacets(event), [
    ...['columnLineage', 'dataSource', 'datasetType', 'lineage', 'schema'],
  ]);
});

test('5,000 columns: the event is there, below 1 MB, and says that it does not say where they come from', () => {
  const event = endWith(wide(5_000), (column) => ({
    ...{ by: null, direct: [{ input: 'a', column }], indirect: [] },
  }));
  assert.ok(bytesOf(event) < MEGABYTE, `${bytesOf(event)}`);
  assert.deepEqual(faultsOf(event), []);
  assert.deepEqual(dropped(event), ['outputs[].facets.lineage', 'outputs[].facets.columnLineage']);
  const schema = event.outputs[0]?.facets?.['schema'];
  assert.ok(schema);
  assert.equal((schema['fields'] as unknown[]).length, 5_000);
});

test('5,000 columns of 200 letters: the schemas go too', () => {
  const event = endWith(wide(5_000, 200), (column) => ({
    ...{ by: null, direct: [{ input: 'a', column }], indirect: [] },
  }));
  assert.ok(bytesOf(event) < MEGABYTE);
  assert.deepEqual(faultsOf(event), []);
  assert.deepEqual(outputFacets(event), ['dataSource', 'datasetType']);
});

test('everything from everything is not even written out', () => {
  const event = endWith(wide(5_000), () => ({
    ...{ by: null, direct: [{ input: 'a', column: null }], indirect: [] },
  }));
  assert.ok(bytesOf(event) < MEGABYTE);
  assert.deepEqual(dropped(event), ['outputs[0].facets.columnLineage']);
});

test('whatever the bound, the event stays one that names its run and job, and says what is gone', () => {
  const event = endWith(wide(60), (column) => ({
    ...{ by: null, direct: [{ input: 'a', column }], indirect: [] },
  }));
  const whole = bytesOf(event);
  fc.assert(
    // 1916: a bound that the event keeps, and with the word of what is gone did not.
    fc.property(fc.oneof(fc.constant(1916), fc.integer({ min: 0, max: whole + 10 })), (most) => {
      const less = bounded(event, [], most);
      assert.deepEqual(faultsOf(less), []);
      assert.deepEqual(
        [less.run.runId, less.job.name, less.eventType],
        [...[event.run.runId, event.job.name, 'COMPLETE']],
      );
      assert.equal(dropped(less) === undefined, whole <= most);
      assert.ok(bytesOf(less) <= most || (less.inputs.length === 0 && less.outputs.length === 0));
    }),
  );
});
