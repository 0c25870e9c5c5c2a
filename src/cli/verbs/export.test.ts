import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { VerbContext } from '../verb.ts';
import { exportVerb } from './export.ts';
import { runVerb } from './run.ts';

let folder: string;
let context: VerbContext;
let last: { version?: string; files?: string[]; rows?: number };
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const rows = Array.from({ length: 120 }, (_, i) => {
    const at = new Date(Date.UTC(2026, 0, 1) + i * 3_600_000).toISOString();
    return `${i},s${i % 7},${i % 5},${(i % 5) + (i % 3) > 3},${at}`;
  });
  writeFileSync(join(folder, 'trips.csv'), `id,city,minutes,late,began\n${rows.join('\n')}\n`);
  writeFileSync(
    join(folder, 'project.ts'),
    `import { col, files, logistic, model, project, requestFeatures, source } from '${new URL('../../index.ts', import.meta.url).href}';
const trips = source('trips', {
  from: files('trips.csv'), key: 'id', eventTime: 'began',
  columns: { id: col.string(), city: col.string(), minutes: col.double(), late: col.boolean(), began: col.timestamp() },
});
const now = requestFeatures('now', {
  request: { minutes: col.double(), city: col.string() },
  compute: ({ request }) => ({ minutes_now: request.minutes, where: request.city }),
});
const guess = model('guess', { labels: { from: trips, target: 'late', at: 'began' }, inputs: [now], trainer: logistic() });
export default project('trips', { trips, now, guess });
`,
  );
  context = {
    projectFile: join(folder, 'project.ts'),
    untilStopped: () => new Promise(() => {}),
    terminal: {
      ...{ json: false, width: 100, moving: false, progress() {}, aside() {}, problem() {}, line() {} },
      result: (value: unknown) => {
        last = value as typeof last;
      },
    } as VerbContext['terminal'],
  };
  assert.equal(await runVerb(context, [], {}), 0);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test('a model, its training set and a version of it are one export', async () => {
  for (const name of ['guess', 'guess_training', 'guess_training@1', 'guess@1']) {
    const to = join(folder, `out-${name}`);
    assert.equal(await exportVerb(context, 'training-set', name, { to, format: ['parquet'] }), 0);
    assert.equal(last.version, 'guess_training@1');
    assert.equal(last.rows, 120);
    assert.deepEqual(readdirSync(to).sort(), last.files);
    const { version } = JSON.parse(readFileSync(join(to, 'manifest.json'), 'utf8')) as { version: string };
    assert.equal(version, 'guess_training@1');
  }
});

test('what is no training set is refused by name', async () => {
  const to = join(folder, 'none');
  for (const [name, code, message] of [
    ['trips', 'MILL_EXPORT_MISSING', /trips@1, of kind source, has no rows to train on/],
    ['guess_training@9', 'MILL_EXPORT_MISSING', /There is no version guess_training@9/],
    ['gess', 'MILL_ASSET_UNKNOWN', /it has 'guess'/],
  ] as const)
    await assert.rejects(exportVerb(context, 'training-set', name, { to }), { code, message });
});
