import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  col,
  entity,
  features,
  files,
  type Project,
  project,
  requestFeatures,
  source,
  trainingSet,
} from '../../src/index.ts';
import { ask } from './digest.fixture.ts';
import { openBench, put } from './line.fixture.ts';

/** A training set over assets of these names. */
function named(names: {
  readonly from: string;
  readonly features: string;
  readonly request: string;
}): Project {
  const views = source(names.from, {
    from: files('views.csv'),
    columns: { user: col.string(), at: col.timestamp(), amount: col.double(), bought: col.boolean() },
    eventTime: 'at',
  });
  const user = entity('user', { key: 'user' });
  const habits = features(names.features, {
    entity: user,
    from: views,
    compute: ({ count }) => ({ n: count().over('lifetime') }),
  });
  const offer = requestFeatures(names.request, {
    request: { amount: col.double() },
    uses: { habits },
    compute: ({ request, habits }) => ({ each: request.amount / habits.n }),
  });
  const set = trainingSet('rows', {
    labels: { from: views, target: 'bought', at: 'at' },
    inputs: [habits, offer],
  });
  return project('names', { views, user, habits, offer, set }) as unknown as Project;
}

test('assets have the names that their makers like, also those of what rows are put together from', async () => {
  const rows = Array.from({ length: 6 }, (_, i) => `u,2026-01-0${i + 1}T00:00:00Z,${i * 2},${i % 2 === 0}`);
  for (const names of [
    { from: 'events', features: 'asks', request: 'answers' },
    { from: 'dataset', features: 'found', request: 'asks' },
    { from: 'asks', features: 'events', request: 'select' },
  ]) {
    const bench = await openBench();
    try {
      put(bench.folder, 'views.csv', `user,at,amount,bought\n${rows.join('\n')}\n`);
      const { steps } = await bench.run(named(names));
      assert.deepEqual(
        steps.flatMap(({ problems }) => problems.map(({ message }) => message)),
        [],
      );
      assert.deepEqual(
        await ask(bench.workspace, 'rows', (t) => `select n, each from ${t} order by n`),
        rows.map((_, n) => ({ n, each: n === 0 ? null : 2 })),
      );
    } finally {
      await bench.close();
    }
  }
});
