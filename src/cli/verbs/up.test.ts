import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DONE } from '../exit.ts';
import type { Summary } from '../summary.ts';
import type { Terminal } from '../terminal.ts';
import { upVerb } from './up.ts';

/** An entity's key that is a field of the request too: the airline of a flight, say. */
const declared = `
import { baseline, col, endpoint, entity, features, files, logistic, model, project, requestFeatures, source } from '${new URL('../../index.ts', import.meta.url).href}';
const trips = source('trips', {
  from: files('trips.csv'),
  columns: { trip_id: col.string(), carrier: col.string(), minutes: col.double(), at: col.timestamp(), late: col.boolean() },
  key: 'trip_id', eventTime: 'at',
});
const airline = entity('airline', { key: 'carrier' });
const recent = features('recent', { entity: airline, from: trips, compute: ({ count }) => ({ trips_1d: count().over('1d') }) });
const asked = requestFeatures('asked', {
  request: { carrier: col.string(), minutes: col.double() },
  compute: ({ request }) => ({ code: request.carrier, length: request.minutes }),
});
const usual = model('usual', { labels: { from: trips, target: 'late', at: 'at' }, inputs: [recent], trainer: baseline() });
const lateness = model('lateness', {
  labels: { from: trips, target: 'late', at: 'at' }, inputs: [recent, asked], trainer: logistic({ iterations: 5 }),
});
const board = endpoint('board', { model: lateness });
export default project('trips', { trips, airline, recent, asked, usual, lateness, board });
`;

test('up asks about the newest row also where a key is a field of the request', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const rows = Array.from({ length: 120 }, (_, i) => {
    const at = new Date(Date.UTC(2026, 0, 1) + i * 3_600_000).toISOString();
    return `t${i},${['UA', 'AA', 'B6'][i % 3]},${(i * 37) % 100},${at},${(i * 37) % 100 > 60}`;
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'trips.csv'), `trip_id,carrier,minutes,at,late\n${rows.join('\n')}\n`);
  writeFileSync(join(folder, 'project.ts'), declared);
  let summary: Summary | undefined;
  const terminal: Terminal = {
    json: true,
    width: 80,
    moving: false,
    line() {},
    progress() {},
    aside() {},
    problem() {},
    result(value) {
      summary = value as Summary;
    },
  };
  const code = await upVerb(
    { projectFile: join(folder, 'project.ts'), terminal, untilStopped: () => new Promise(() => {}) },
    { once: true, port: 0, host: '127.0.0.1' },
  );
  assert.equal(code, DONE);
  assert.equal(summary?.prediction?.endpoint, 'board');
  assert.ok(summary.trace?.features.every(({ equal }) => equal));
  assert.equal(
    summary.model?.['version'],
    'lateness@1',
    'the model that answered, not the first one declared',
  );
});
