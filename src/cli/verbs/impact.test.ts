import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { DONE } from '../exit.ts';
import type { VerbContext } from '../verb.ts';
import { impactVerb } from './impact.ts';
import { planVerb } from './plan.ts';
import { runVerb } from './run.ts';

let folder: string;
let lines: string[];
let results: unknown[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  writeFileSync(join(folder, 'trips.csv'), 'id,city,minutes,began\na,x,5,2026-01-01\nb,y,7,2026-01-02\n');
  lines = [];
  results = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A project of which the file is imported anew each time. */
function declare(name: string, minutes: string, more = ''): VerbContext {
  const text = `
import { col, entity, features, files, project, source, sql, table } from '${new URL('../../index.ts', import.meta.url).href}';
const trips = source('trips', {
  from: files('trips.csv'), key: 'id', eventTime: 'began',
  columns: { id: col.string(), city: col.string(), minutes: ${minutes}, began: col.timestamp()${more} },
});
const long = table('long', {
  columns: { id: col.string(), began: col.timestamp() }, key: 'id', eventTime: 'began',
  query: sql\`select id, began from \${trips} where minutes > 1\`,
});
const cities = table('cities', {
  columns: { city: col.string(), n: col.integer() }, key: 'city',
  query: sql\`select city, count(*) as n from \${trips} group by city\`,
});
const city = entity('city', { key: 'city' });
const busy = features('busy', { entity: city, from: trips, compute: ({ sum }) => ({ spent: sum('minutes').over('2d') }) });
export default project('trips', { trips, long, cities, city, busy });
`;
  writeFileSync(join(folder, name), text);
  return {
    projectFile: join(folder, name),
    untilStopped: () => new Promise(() => {}),
    terminal: {
      ...{ json: false, width: 100, moving: false, progress() {}, aside() {}, problem() {} },
      line: (said = '') => void lines.push(stripVTControlCharacters(said)),
      result: (value) => void results.push(value),
    },
  };
}

test('impact names what a column reaches, direct and indirect, and the rest not', async () => {
  const context = declare('one.ts', 'col.double()');
  assert.equal(await impactVerb(context, 'trips.minutes'), DONE);
  assert.deepEqual(lines, [
    'trips.minutes reaches 2 assets, 0 models and 0 endpoints.',
    '  indirect  long  table     indirectly id, began',
    '  direct    busy  features  spent',
  ]);
  assert.deepEqual(results[0], {
    ...{ ok: true, asset: 'trips', column: 'minutes' },
    reached: [
      {
        ...{ asset: 'long', kind: 'table', how: 'indirect', through: ['trips'], live: null },
        columns: { id: 'indirect', began: 'indirect' },
      },
      {
        ...{ asset: 'busy', kind: 'features', how: 'direct', through: ['trips'], live: null },
        columns: { spent: 'direct' },
      },
    ],
  });
  lines = [];
  await impactVerb(context, 'busy');
  assert.deepEqual(lines, ['busy reaches nothing.']);
  await assert.rejects(impactVerb(context, 'trips.minute'), /no column 'minute'; it has 'minutes'/);
  await assert.rejects(impactVerb(context, 'trip'), /no asset 'trip'; it has 'trips'/);
});

test('a plan says what breaks what, and what is safe', async () => {
  const first = declare('one.ts', 'col.double()');
  await runVerb(first, [], {});
  const told = async (context: VerbContext): Promise<string[]> => {
    lines = [];
    assert.equal(await planVerb(context, [], {}), DONE);
    return lines.filter((line) => /breaking|safe/.test(line)).map((line) => line.trim());
  };
  assert.deepEqual(await told(declare('two.ts', 'col.integer()')), [
    'breaking: minutes double → integer (read by long, busy); reaches 3 assets, no model',
  ]);
  const [step] = (results.at(-1) as { steps: Record<string, unknown>[] }).steps;
  assert.equal(step?.['effect'], 'breaking');
  assert.equal(step['outline'], undefined);
  assert.deepEqual(await told(declare('three.ts', 'col.double()', ', note: col.string().nullable()')), [
    'safe: note is added; nothing else is rebuilt',
  ]);
  assert.deepEqual(await told(declare('four.ts', 'col.double().between(0, 9)')), [
    'breaking: minutes has a tighter rule (read by long, busy); reaches 3 assets, no model',
  ]);
});

test('only takes inputs as they are live; downstream goes on to what is built from it', async () => {
  const first = declare('one.ts', 'col.double()');
  const assets = (): string[] =>
    (results.at(-1) as { steps: { asset: string; action: string }[] }).steps.map(
      ({ asset, action }) => `${asset} ${action}`,
    );
  await planVerb(first, ['cities'], {});
  assert.deepEqual(assets(), ['trips create', 'cities create']);
  await planVerb(first, ['cities'], { only: true });
  assert.deepEqual(assets(), ['cities hold']);
  await planVerb(first, ['trips'], { only: true, downstream: true });
  assert.deepEqual(assets(), ['trips create', 'long create', 'cities create', 'busy create']);
  await runVerb(first, [], {});
  writeFileSync(join(folder, 'trips.csv'), 'id,city,minutes,began\nc,x,5,2026-01-03\n');
  await planVerb(first, ['long'], { only: true });
  assert.deepEqual(assets(), []);
  await planVerb(first, ['long'], {});
  assert.deepEqual(assets(), ['trips extend', 'long rebuild']);
  await runVerb(first, ['trips'], { only: true });
  await planVerb(first, ['long'], { only: true });
  assert.deepEqual(assets(), ['long rebuild']);
  await assert.rejects(planVerb(first, [], { only: true }), /--only goes with the names of assets/);
});
