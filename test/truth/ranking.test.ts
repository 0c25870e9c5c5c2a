import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { modelVersionOf } from '../../src/assets/index.ts';
import { graphOf } from '../../src/graph/index.ts';
import {
  col,
  endpoint,
  entity,
  features,
  files,
  gbdt,
  metric,
  model,
  project,
  source,
} from '../../src/index.ts';
import { createServer } from '../../src/server/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { openBench } from './line.fixture.ts';

const ITEMS = 30;

/** Users look at items; some items are liked by all, and each user likes one sort. */
function write(folder: string): void {
  const visits = ['visit_id,user_id,item_id,bought,at'];
  for (let i = 0; i < 1500; i++) {
    const [user, item] = [i % 11, (i * 7919) % ITEMS];
    const bought = item < 4 || (item % 5 === user % 5 && i % 3 > 0);
    visits.push(
      `v${i},u${user},i${item},${bought},${new Date(Date.UTC(2026, 0, 1) + i * 600_000).toISOString()}`,
    );
  }
  writeFileSync(join(folder, 'visits.csv'), `${visits.join('\n')}\n`);
  writeFileSync(
    join(folder, 'items.csv'),
    `item_id,listed_at\n${Array.from({ length: ITEMS }, (_, i) => `i${i},2026-01-01T00:00:00Z`).join('\n')}\n`,
  );
}

function shop(top = 5) {
  const visits = source('visits', {
    from: files('visits.csv'),
    columns: {
      visit_id: col.string(),
      user_id: col.string(),
      item_id: col.string(),
      bought: col.boolean(),
      at: col.timestamp(),
    },
    key: 'visit_id',
    eventTime: 'at',
  });
  const items = source('items', {
    from: files('items.csv'),
    columns: { item_id: col.string(), listed_at: col.timestamp() },
    key: 'item_id',
  });
  const item = entity('item', { key: 'item_id' });
  const both = entity('both', { key: ['user_id', 'item_id'] });
  const itemShare = features('item_share', {
    entity: item,
    from: visits,
    compute: ({ share, row }) => ({ item_bought: share(row.bought.is(true)).over('3d') }),
  });
  const pairShare = features('pair_share', {
    entity: both,
    from: visits,
    compute: ({ share, count, row }) => ({
      pair_bought: share(row.bought.is(true)).over('7d'),
      pair_seen: count().over('7d'),
    }),
  });
  const taste = model('taste', {
    labels: { from: visits, target: 'bought', at: 'at' },
    inputs: [itemShare, pairShare],
    trainer: gbdt({ trees: 20 }),
  });
  const one = endpoint('one', { model: taste });
  const recommend = endpoint('recommend', { model: taste, rank: { item: 'item_id', among: items, top } });
  return project('shop', { visits, items, item, both, itemShare, pairShare, taste, one, recommend });
}

test('an endpoint that ranks answers as if each item were asked for, best first', async () => {
  const bench = await openBench();
  try {
    write(bench.folder);
    assert.equal((await bench.run(shop())).ok, true);
    const app = await createServer(graphOf(shop()), bench.workspace);
    try {
      const ask = async (name: string, payload: object) => {
        const response = await app.inject({ method: 'POST', url: `/v1/predict/${name}`, payload });
        return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
      };
      for (const user_id of ['u3', 'nobody']) {
        const alone: { item_id: string; score: number }[] = [];
        for (let i = 0; i < ITEMS; i++) {
          const { body } = await ask('one', { user_id, item_id: `i${i}` });
          alone.push({ item_id: `i${i}`, score: body['probability'] as number });
        }
        alone.sort((a, b) => b.score - a.score || (a.item_id < b.item_id ? -1 : 1));
        const { status, body } = await ask('recommend', { user_id });
        assert.equal(status, 200, JSON.stringify(body));
        assert.deepEqual(body['ranked'], alone.slice(0, 5));
      }
      const { status } = await ask('recommend', { user_id: 'u3', item_id: 'i3' });
      assert.equal(status, 400, 'the item is not asked for');
      // Without a run: what is ranked is what is live, and one more item is there with the next version of the dataset.
      writeFileSync(
        join(bench.folder, 'items.csv'),
        'item_id,listed_at\ni7,2026-01-01T00:00:00Z\ni0,2026-01-01T00:00:00Z\n',
      );
      const result = await bench.run(shop());
      assert.deepEqual(
        result.steps.map(({ step }) => step.asset),
        ['items'],
      );
      const fewer = (await ask('recommend', { user_id: 'u3' })).body['ranked'] as { item_id: string }[];
      assert.deepEqual(fewer.map(({ item_id }) => item_id).sort(), ['i0', 'i7']);
    } finally {
      await app.close();
    }
  } finally {
    await bench.close();
  }
});

test('a gate on catalogue coverage is judged on what differs within lists: items, not who asks', async () => {
  const bench = await openBench();
  try {
    const asked = ['id,list,user_id,item_id,grade,at'];
    for (let i = 0; i < 2_400; i++) {
      const [list, item] = [Math.floor(i / 12), i % 12 === 0 ? 39 : (i * 7) % 39];
      const at = new Date(Date.UTC(2026, 0, 1) + list * 600_000).toISOString();
      asked.push(`a${i},l${list},u${list % 9},i${item},${item % 3 === 0 ? 1 : 0},${at}`);
    }
    writeFileSync(join(bench.folder, 'asked.csv'), `${asked.join('\n')}\n`);
    const rows = source('asked', {
      from: files('asked.csv'),
      columns: {
        ...{ id: col.string(), list: col.string(), user_id: col.string(), item_id: col.string() },
        ...{ grade: col.integer(), at: col.timestamp() },
      },
      key: 'id',
      eventTime: 'at',
    });
    const both = entity('both', { key: ['user_id', 'item_id'] });
    const seen = features('seen', {
      entity: both,
      from: rows,
      compute: ({ count }) => ({ seen: count().over('1d') }),
    });
    const taste = model('taste', {
      labels: { from: rows, target: 'grade', at: 'at', group: 'list' },
      inputs: [seen],
      trainer: gbdt({ trees: 3 }),
      gates: [metric.coverage.atLeast(0.5)],
    });
    assert.equal((await bench.run(project('lists', { rows, both, seen, taste }))).ok, true);
    const { evaluation } = modelVersionOf(bench.workspace.state.live('taste') as Version);
    // Of every list all but two items are among the first ten; there are 40 in all, whoever asks.
    const { coverage } = evaluation.figures;
    assert.ok(coverage && coverage > 0.9 && coverage <= 1, `${coverage}`);
    assert.equal((coverage * 40) % 1, 0);
  } finally {
    await bench.close();
  }
});
