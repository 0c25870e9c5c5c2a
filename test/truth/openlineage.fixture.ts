import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import type { LineageEvent } from '../../src/graph/openlineage/event.ts';
import { root } from '../house/tree.ts';
import { eventSchema } from './openlineage-schema.fixture.ts';

export type { LineageEvent } from '../../src/graph/openlineage/event.ts';

export function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  (formats as unknown as (ajv: Ajv2020) => void)(ajv);
  const own = readFileSync(join(root, 'docs', 'reference', 'openlineage-facets.json'), 'utf8');
  return ajv.addSchema(JSON.parse(own));
}

const isEvent = newAjv().compile<LineageEvent>(eventSchema);

/** Faults of an event by our schema of events; empty when there is none. */
export function faultsOf(event: unknown): string[] {
  if (isEvent(event)) return [];
  return (isEvent.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** Events of a file, one a line; every line has to be an event. */
export function eventsIn(text: string): LineageEvent[] {
  const lines = text.split('\n');
  assert.equal(lines.pop(), '', 'the last line is whole');
  const events = lines.map((line) => JSON.parse(line) as LineageEvent);
  for (const event of events) assert.deepEqual(faultsOf(event), []);
  return events;
}

/** What became of each run among these events, by job: `START COMPLETE`. Asserts that every one begins once, and ends once, after that. */
export function outcomesOf(
  events: readonly LineageEvent[],
  options: { open?: boolean } = {},
): Map<string, string[]> {
  const runs = Map.groupBy(events, (event) => event.run.runId);
  const found = new Map<string, string[]>();
  for (const [id, told] of runs) {
    const types = told.map(({ eventType }) => eventType);
    assert.equal(types[0], 'START', `${id} begins`);
    assert.ok(types.length === 2 || (options.open && types.length === 1), `${id}: ${types}`);
    assert.notEqual(types[1], 'START', `${id} begins once`);
    const names = new Set(told.map(({ job }) => job.name));
    assert.equal(names.size, 1);
    const [name] = names as unknown as [string];
    found.set(name, [...(found.get(name) ?? []), types.join(' ')]);
    const parent = told[0]?.run.facets['parent'] as { run: { runId: string } } | undefined;
    if (parent === undefined) continue;
    // A step lies within its run.
    const around = events.flatMap(({ run }, i) => (run.runId === parent.run.runId ? [i] : []));
    const within = events.flatMap(({ run }, i) => (run.runId === id ? [i] : []));
    assert.ok((around[0] as number) < (within[0] as number), `${name} begins in its run`);
    if (around[1] !== undefined) assert.ok((within.at(-1) as number) < around[1], `${name} ends in its run`);
  }
  return found;
}
