import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { graphOf } from '../../src/graph/index.ts';
import {
  col,
  endpoint,
  entity,
  features,
  files,
  gbdt,
  logistic,
  model,
  project,
  source,
} from '../../src/index.ts';
import { createServer } from '../../src/server/index.ts';
import { openBench } from './line.fixture.ts';

function trips() {
  const trips = source('trips', {
    from: files('trips.csv'),
    columns: {
      trip_id: col.string(),
      carrier: col.string(),
      minutes: col.double(),
      weather: col.string(),
      at: col.timestamp(),
      late: col.boolean(),
    },
    key: 'trip_id',
    eventTime: 'at',
  });
  const airline = entity('airline', { key: 'carrier' });
  const recent = features('recent', {
    entity: airline,
    from: trips,
    compute: ({ mean, count, last }) => ({
      mean_1d: mean('minutes').over('1d'),
      trips_1d: count().over('1d'),
      weather: last('weather').over('1d'),
    }),
  });
  const labels = { from: trips, target: 'late', at: 'at' } as const;
  const lateness = model('lateness', {
    labels,
    inputs: [recent],
    trainer: gbdt({ trees: 30, minLeafRows: 5 }),
  });
  const plain = model('plain', { labels, inputs: [recent], trainer: logistic() });
  const board = endpoint('board', { model: lateness });
  const dull = endpoint('dull', { model: plain });
  return project('trips', { trips, airline, recent, lateness, plain, board, dull });
}

function write(folder: string): void {
  const lines = ['trip_id,carrier,minutes,weather,at,late'];
  for (let i = 0; i < 600; i++) {
    const minutes = 20 + 15 * Math.sin(i / 40) + (i % 7);
    const at = new Date(Date.UTC(2026, 0, 1) + i * 1_200_000).toISOString();
    lines.push(`t${i},c${i % 4},${minutes},${['sun', 'rain', ''][i % 3]},${at},${minutes > 25}`);
  }
  writeFileSync(join(folder, 'trips.csv'), `${lines.join('\n')}\n`);
}

test('a prediction tells why when asked: what each input adds, and all of it together is the score', async () => {
  const bench = await openBench();
  try {
    write(bench.folder);
    assert.equal((await bench.run(trips())).ok, true);
    const app = await createServer(graphOf(trips()), bench.workspace);
    try {
      const ask = async (url: string) => {
        const response = await app.inject({ method: 'POST', url, payload: { carrier: 'c1' } });
        return { status: response.statusCode, body: response.json<Record<string, never>>() };
      };
      const { body } = await ask('/v1/predict/board?explain=true');
      const { probability, attribution } = body as unknown as {
        probability: number;
        attribution: { base: number; score: number; shares: Record<string, number> };
      };
      assert.deepEqual(Object.keys(attribution.shares).sort(), ['mean_1d', 'trips_1d', 'weather']);
      const sum = Object.values(attribution.shares).reduce((a, b) => a + b, attribution.base);
      assert.ok(Math.abs(sum - attribution.score) < 1e-9);
      assert.ok(Math.abs(1 / (1 + Math.exp(-attribution.score)) - probability) < 1e-5, `${probability}`);
      assert.equal('attribution' in (await ask('/v1/predict/board')).body, false);
      assert.equal((await ask('/v1/predict/board?explain=maybe')).status, 400);
      const dull = await ask('/v1/predict/dull?explain=true');
      assert.deepEqual([dull.status, dull.body['code']], [422, 'MILL_MODEL_UNEXPLAINED']);
    } finally {
      await app.close();
    }
  } finally {
    await bench.close();
  }
});
