import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask, millrace, type Server, skip, versions } from './mlflow.fixture.ts';

// Scripts as people have them, with MLflow's own clients of several versions, against our wire.

describe('scripts of MLflow with one line changed: the address', { skip }, () => {
  let server: Server;
  before(async () => {
    server = await millrace();
  });
  after(() => server.close());
  for (const version of versions) {
    const scenario = (name: string, ...more: string[]): Promise<unknown> =>
      ask(version, 'mlflow-client.py', [server.url, name, ...more]);

    test(`${version}: runs, NaN and infinities, a parameter that changes, a search`, async () => {
      assert.deepEqual(await scenario('runs'), {
        loss: 0.2,
        special: [true, true, true],
        history: [1, 1 / 2, 1 / 3, 1 / 4, 1 / 5],
        conflict: 'INVALID_PARAMETER_VALUE',
        params: { lr: '0.1', layers: '3' },
        team: 'risk',
        status: 'FINISHED',
        found: ['inner', 'outer'],
        uri: 'mlflow-artifacts',
      });
    });

    test(`${version}: 10,000 metrics by batch`, async () => {
      assert.deepEqual(await scenario('batch'), {
        history: 1_000,
        equal: true,
        latest: true,
        params: 100,
        tags: 100,
      });
    });

    test(`${version}: autolog of a scikit-learn fit`, async () => {
      assert.deepEqual(await scenario('autolog'), { params: '200', accuracy: true, datasets: 1 });
    });

    test(`${version}: a model is logged, registered, aliased, loaded and predicts`, async () => {
      const { live, ...found } = (await scenario('models')) as { live: string };
      assert.deepEqual(found, {
        equal: [true, true, true],
        tags: { checked: 'yes' },
        run: true,
        versions: ['2', '1'],
        copied: '1',
        offered: 'candidate',
        gone: [],
      });
      assert.match(live, /was logged from outside and never built, so it cannot be made live/);
    });

    test(`${version}: artifacts up and down, 64 MB among them`, async () => {
      assert.deepEqual(await scenario('artifacts', '64'), {
        listed: ['data', 'notes'],
        below: [
          ['notes/deep', true, null],
          ['notes/ü 100%.txt', false, 5],
        ],
        equal: true,
        text: 'hello',
      });
    });

    test(`${version}: what is deleted is hidden, and comes back`, async () => {
      assert.deepEqual(await scenario('lifecycle'), {
        counts: [2, 1, 3],
        hidden: [],
        name: `lifecycle ${version} renamed`,
        tags: { a: 'b', c: 'd' },
        stage: 'active',
      });
    });

    test(`${version}: lists to their end, a page at a time`, async () => {
      assert.deepEqual(await scenario('pages'), {
        sizes: [20, 20, 20, 20, 15],
        equal: true,
        models: true,
        experiment: true,
      });
    });
  }
});
