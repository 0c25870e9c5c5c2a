import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { modelVersionOf, type Reproduced, reproduceModel } from '../../src/assets/index.ts';
import { graphOf } from '../../src/graph/index.ts';
import { type Bench, openBench } from './line.fixture.ts';
import { CASES, putVisits, visited } from './trainers.fixture.ts';
import { LATER, live } from './training-set.fixture.ts';

/** Whatever it is trained by, a version comes out the same again: rows, figures, predictions to the bit, and the file. */
describe('each trainer on each of its tasks is made again', () => {
  const graph = graphOf(visited(CASES));
  let bench: Bench;
  before(async () => {
    bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
    // Isotonic wants a thousand rows to calibrate by.
    putVisits(bench, 1_600);
    const { ok, steps } = await bench.run(visited(CASES));
    assert.ok(ok, JSON.stringify(steps.flatMap(({ problems }) => problems)));
  });
  after(() => bench.close());

  const again = (name: string): Promise<Reproduced> =>
    reproduceModel(bench.workspace, graph, live(bench, name));

  for (const name of Object.keys(CASES))
    test(name, async () => {
      const { state } = bench.workspace;
      const made = await again(name);
      assert.deepEqual(made.reasons, []);
      assert.ok(made.rows.same && made.rows.rows > 100);
      assert.deepEqual(
        Object.entries(made.figures).filter(([, { same }]) => !same),
        [],
      );
      assert.ok(Object.keys(made.figures).length > 2);
      assert.deepEqual([made.predictions.equal, made.predictions.furthest], [made.predictions.rows, 0]);
      assert.equal(made.file.is, made.file.was);
      assert.equal(made.same, true);
      assert.equal(state.versions(name).length, 1, 'nothing is published');
    });

  test('the table misses no trainer and no task', () => {
    const found = Object.keys(CASES).map((name) => {
      const { trainer, task } = modelVersionOf(live(bench, name));
      return `${trainer.trainer} ${task}`;
    });
    // By the trainers' own lists (trainers.ts, `tasks` of each).
    assert.deepEqual(
      [...new Set(found)].sort(),
      Object.entries({
        baseline: ['binary', 'multiclass', 'ranking', 'regression'],
        factorization: ['binary', 'ranking', 'regression'],
        gbdt: ['binary', 'multiclass', 'ranking', 'regression'],
        isolationForest: ['binary'],
        linear: ['regression'],
        logistic: ['binary', 'multiclass'],
        search: ['binary', 'regression'],
      }).flatMap(([trainer, tasks]) => tasks.map((task) => `${trainer} ${task}`)),
    );
  });

  test('how many threads grow trees makes no other model', () => {
    const file = (name: string) => modelVersionOf(live(bench, name)).file;
    assert.deepEqual(file('gbdt_one_thread'), file('gbdt_two_threads'));
  });
});
