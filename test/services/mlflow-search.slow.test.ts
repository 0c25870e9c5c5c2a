import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type Drawn,
  drawn,
  filters,
  logged,
  orders,
} from '../../src/store/tracking/search/runs.arbitrary.ts';
import { millrace, reference, type Server, skip, versions } from './mlflow.fixture.ts';

// The same runs in MLflow's own server and in ours are found by the same searches, in the same order.

describe("searches give what MLflow's own server gives", { skip }, () => {
  let servers: readonly Server[] = [];
  before(async () => {
    servers = await Promise.all([millrace(), reference(versions[0] as string)]);
  });
  after(() => Promise.all(servers.map((server) => server.close())));

  const post = async (
    server: Server,
    path: string,
    body: object,
  ): Promise<Record<string, unknown> & { status: number }> => {
    const response = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: response.status, ...((await response.json()) as object) };
  };
  /** Logs the runs; each has a name of its own in the tag `n`, by which they are compared. */
  const fill = async (server: Server, name: string, runs: readonly Drawn[]): Promise<unknown> => {
    const { experiment_id } = await post(server, 'experiments/create', { name });
    for (const [i, one] of runs.entries()) {
      const { run, batch, end } = logged(one);
      const made = await post(server, 'runs/create', {
        experiment_id,
        // No two start together: then ids decide, which are random.
        start_time: (run.startTime ?? 0) * 1_000 + i,
        run_name: run.name,
      });
      const { run_id } = (made['run'] as { info: { run_id: string } }).info;
      const metrics = batch.metrics?.map((metric) => ({ ...metric, value: String(metric.value) }));
      const tags = [...(batch.tags ?? []), { key: 'n', value: String(i) }];
      const done = await post(server, 'runs/log-batch', { run_id, metrics, params: batch.params, tags });
      assert.equal(done.status, 200, JSON.stringify(done));
      if (end) await post(server, 'runs/update', { run_id, status: end.status, end_time: end.endTime });
    }
    return experiment_id;
  };
  const found = async (server: Server, body: object): Promise<unknown> => {
    const { status, runs = [], error_code } = await post(server, 'runs/search', body);
    if (status !== 200) return error_code;
    return (runs as { data: { tags: { key: string; value: string }[] } }[]).map(
      ({ data }) => data.tags.find(({ key }) => key === 'n')?.value,
    );
  };

  test('any filter and any order', async () => {
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(drawn, { minLength: 8, maxLength: 12 }),
        // MLflow takes a doubled quote for two.
        fc.array(
          fc.tuple(
            filters.filter((filter) => !filter.includes("''") || !/'[^' ]*''[^' ]/.test(filter)),
            orders,
          ),
          { minLength: 25, maxLength: 25 },
        ),
        async (runs, searches) => {
          const name = `e${count++}`;
          const ids = await Promise.all(servers.map((server) => fill(server, name, runs)));
          for (const [filter, order_by] of searches) {
            const answers = await Promise.all(
              servers.map((server, i) => found(server, { experiment_ids: [ids[i]], filter, order_by })),
            );
            assert.deepEqual(answers[0], answers[1], `${filter} | ${order_by}`);
          }
        },
      ),
      { numRuns: 8, endOnFailure: true },
    );
  });

  test('what one refuses, the other refuses', async () => {
    for (const filter of [
      'metrics.a > 1 OR metrics.b > 2',
      "metrics.a = 'x'",
      'params.a = 1',
      "params.a > 'x'",
      "attributes.colour = 'red'",
      "models.a = 'x'",
      "tags.a == 'x'",
      "status IN ('RUNNING')",
      'metrics.a IS NULL',
      "start_time = 'x'",
      'metrics.a',
    ]) {
      const answers = await Promise.all(
        servers.map((server) => found(server, { experiment_ids: ['0'], filter })),
      );
      assert.deepEqual(answers, ['INVALID_PARAMETER_VALUE', 'INVALID_PARAMETER_VALUE'], filter);
    }
  });

  test('the latest value of a metric is the same, whatever came in which order', async () => {
    const value = fc.constantFrom('0', '1', '-2.5', 'NaN', 'Infinity', '-Infinity');
    const metric = fc.record({
      key: fc.constantFrom('a', 'b'),
      value,
      timestamp: fc.integer({ min: 0, max: 2 }),
      step: fc.integer({ min: -1, max: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(metric, { maxLength: 6 }), { maxLength: 4 }), async (batches) => {
        const answers = await Promise.all(
          servers.map(async (server) => {
            const made = await post(server, 'runs/create', { experiment_id: '0', start_time: 1 });
            const { run_id } = (made['run'] as { info: { run_id: string } }).info;
            for (const metrics of batches) await post(server, 'runs/log-batch', { run_id, metrics });
            const run = await fetch(`${server.url}/api/2.0/mlflow/runs/get?run_id=${run_id}`);
            const { data } = ((await run.json()) as { run: { data: { metrics?: { key: string }[] } } }).run;
            return (data.metrics ?? []).toSorted((a, b) => a.key.localeCompare(b.key));
          }),
        );
        assert.deepEqual(answers[0], answers[1]);
      }),
      { numRuns: 25 },
    );
  });
});
