import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { kinds, tracePrediction } from '../../src/assets/index.ts';
import { checked, openWorkspace, run } from '../../src/graph/index.ts';
import { createServer } from '../../src/server/index.ts';
import project from './shapes.fixture.ts';

/** Seven machines, a reading a minute in turn; some readings are known late, some never. */
function readings(): string {
  let seed = 1;
  const random = (): number => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const lines: string[] = [];
  for (let i = 0; i < 4_000; i++) {
    const t = Date.UTC(2026, 0, 1) + i * 420_000 + Math.floor(random() * 3) * 1_000;
    const late = Math.floor(random() * 3_600_000 * (random() < 0.1 ? 10 : 0.1));
    lines.push(
      JSON.stringify({
        machine: i % 7,
        temp: random() < 0.05 ? null : 20 + 5 * Math.sin(i / 200) + (i % 7) + random() * 2,
        ok: random() < 0.9,
        t: new Date(t).toISOString(),
        seen_at: random() < 0.05 ? null : new Date(t + late).toISOString(),
      }),
    );
  }
  return `${lines.join('\n')}\n`;
}

test('a project of other shapes runs, answers and is traced to equal values', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'readings.jsonl'), readings());
  const workspace = await openWorkspace(folder, { MILLRACE_CLOCK: '2026-01-20T09:07:00Z' });
  try {
    const graph = await checked(project, kinds, workspace.engine);
    const result = await run(graph, kinds, workspace);
    assert.ok(result.ok, JSON.stringify(result.steps.filter(({ outcome }) => outcome !== 'published')));
    const app = await createServer(graph, workspace);
    const ask = async (endpoint: string, payload: object): Promise<Record<string, unknown>> =>
      (await app.inject({ method: 'POST', url: `/v1/predict/${endpoint}`, payload })).json();
    const forecast = await ask('forecast', {
      machine: '3',
      load: 10,
      at: '2026-01-20T09:00:00Z',
      mode: null,
    });
    assert.ok(Math.abs((forecast['value'] as number) - 25) < 10, JSON.stringify(forecast));
    const hot = await ask('is_hot', { load: 15 });
    assert.equal(hot['decision'], true);
    const trace = await tracePrediction(graph, workspace, String(forecast['id']));
    assert.deepEqual(
      trace.features.filter((feature) => !feature.equal),
      [],
    );
    const served = Object.fromEntries(trace.features.map(({ name, served }) => [name, served]));
    assert.ok(
      (served['hours'] as number) > 5 && served['last_hour'] !== null && served['minutes'] !== null,
      JSON.stringify(served),
    );
    assert.equal(trace.loads.length, 1);
    await app.close();
  } finally {
    await workspace.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
