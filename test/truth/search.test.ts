import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { contentOf, modelVersionOf } from '../../src/assets/index.ts';
import { openWorkspace } from '../../src/graph/index.ts';
import type { Version } from '../../src/store/state/index.ts';

const front = new URL('../../src/index.ts', import.meta.url).href;
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

const declared = (trials: number): string => `
import { col, entity, features, files, gbdt, model, project, search, source, space } from '${front}';
const trips = source('trips', {
  from: files('trips.csv'),
  columns: { trip_id: col.string(), carrier: col.string(), minutes: col.double(), at: col.timestamp(), late: col.boolean() },
  key: 'trip_id', eventTime: 'at',
});
const airline = entity('airline', { key: 'carrier' });
const recent = features('recent', {
  entity: airline, from: trips,
  compute: ({ count, mean, last }) => ({ trips_1d: count().over('1d'), mean_1d: mean('minutes').over('1d'), last_1d: last('minutes').over('1d') }),
});
const lateness = model('lateness', {
  labels: { from: trips, target: 'late', at: 'at' }, inputs: [recent],
  trainer: search(gbdt, { trees: 10, rate: space.float(0.01, 0.5, { log: true }), depth: space.int(1, 6) }, { trials: ${trials}, atOnce: 3 }),
});
export default project('trips', { trips, airline, recent, lateness });
`;

function trips(): string {
  const lines = ['trip_id,carrier,minutes,at,late'];
  for (let i = 0; i < 400; i++) {
    const minutes = (i * 7919) % 97;
    const at = new Date(Date.UTC(2026, 0, 1) + i * 3_600_000).toISOString();
    lines.push(`t${i},c${i % 5},${minutes},${at},${(minutes + (i % 5) * 20) % 60 > 30}`);
  }
  return `${lines.join('\n')}\n`;
}

async function mill(
  folder: string,
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['--conditions=source', main, ...args], { cwd: folder });
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (data) => (said.stdout += data));
  child.stderr.on('data', (data) => (said.stderr += data));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...said };
}

test('three processes share a search: each trial is tried once, and the run takes what they found', async () => {
  const folders = [0, 1].map(() => mkdtempSync(join(tmpdir(), 'millrace-')));
  const [shared] = folders as [string, string];
  try {
    for (const folder of folders) {
      writeFileSync(join(folder, 'trips.csv'), trips());
      writeFileSync(join(folder, 'project.ts'), declared(9));
    }
    const early = await mill(shared, 'search', 'lateness');
    assert.equal(early.code, 1, early.stderr);
    assert.match(early.stderr, /lateness_training, which lateness learns from, is not live yet/);
    const rows = await mill(shared, 'run', 'lateness_training');
    assert.equal(rows.code, 0, rows.stderr);
    const workers = await Promise.all([1, 2, 3].map(() => mill(shared, 'search', 'lateness', '--json')));
    for (const { code, stderr } of workers) assert.equal(code, 0, stderr);
    for (const folder of folders) {
      const built = await mill(folder, 'run');
      assert.equal(built.code, 0, built.stderr);
    }
    const outcomes = [];
    for (const folder of folders) {
      const workspace = await openWorkspace(folder, {});
      try {
        const live = modelVersionOf(workspace.state.live('lateness') as Version);
        const { experiments, runs } = workspace.tracking();
        const tracked = runs.search({ experiments: [experiments.byName('lateness').id] }).items;
        outcomes.push({ search: live.summary.search, model: contentOf(live.file) });
        const numbers = tracked.flatMap(({ tags }) =>
          tags.filter(({ key }) => key === 'millrace.trial').map(({ value }) => Number(value)),
        );
        assert.deepEqual(
          numbers.sort((a, b) => a - b),
          [0, 1, 2, 3, 4, 5, 6, 7, 8],
        );
      } finally {
        await workspace.close();
      }
    }
    assert.equal(outcomes[0]?.search?.done, 9);
    assert.deepEqual(outcomes[0], outcomes[1], 'three processes find what one finds');
  } finally {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
});
