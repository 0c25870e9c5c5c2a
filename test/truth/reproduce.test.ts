import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type Comparison,
  compareModels,
  contentOf,
  type ModelVersion,
  modelVersionOf,
  type Reproduced,
  reproduceModel,
  type Trainer,
  trainingSetVersionOf,
} from '../../src/assets/index.ts';
import { MillraceError } from '../../src/base/index.ts';
import { graphOf } from '../../src/graph/index.ts';
import { gbdt, logistic } from '../../src/index.ts';
import type { Version } from '../../src/store/state/index.ts';
import { type Bench, openBench } from './line.fixture.ts';
import { LATER, live, putPayments, type ShopChange, shop } from './training-set.fixture.ts';

/** All others are in reproduce-trainers.test.ts, those from outside in reproduce-outside.test.ts. */
const TRAINERS: Readonly<Record<string, Trainer>> = {
  gbdt: gbdt({ trees: 30 }),
};

async function withShop(change: ShopChange, use: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
  try {
    putPayments(bench, 'a', 600);
    await bench.run(shop(change));
    await use(bench);
  } finally {
    await bench.close();
  }
}

const reproduced = ({ workspace }: Bench, change: ShopChange, version: Version): Promise<Reproduced> =>
  reproduceModel(workspace, graphOf(shop(change)), version);

/** A file computes in float32, its trainer did not. */
function almost(a: Comparison['figures'], b: Comparison['figures']): void {
  assert.deepEqual(Object.keys(a), Object.keys(b));
  for (const [name, { a: one, b: other }] of Object.entries(a))
    for (const [x, y] of [
      [one, b[name]?.a],
      [other, b[name]?.b],
    ])
      assert.ok(x === y || Math.abs((x as number) - (y as number)) < 1e-5, `${name}: ${x} and ${y}`);
}

/** The version as if it had remembered something else. */
function misremembered(version: Version, change: Partial<ModelVersion>): Version {
  return { ...version, detail: { ...modelVersionOf(version), ...change } as never };
}

describe('a version of a model is made again', () => {
  for (const [name, trainer] of Object.entries(TRAINERS))
    test(`${name}: rows, figures, predictions and file come out the same, whatever has come since`, () =>
      withShop({ trainer, negatives: { share: 0.5 } }, async (bench) => {
        const first = live(bench, 'fraud');
        const { manifest } = trainingSetVersionOf(live(bench, 'fraud_rows'));
        putPayments(bench, 'b', 200, 20);
        const later = { trainer: logistic({ iterations: 3 }) };
        await bench.run(shop(later));
        assert.notEqual(live(bench, 'fraud').id, first.id);
        const { state, lake } = bench.workspace;
        const before = [lake.head(), state.versions('fraud').length];
        const made = await reproduced(bench, later, first);
        assert.equal(made.rows.digest, manifest.digest);
        assert.ok(made.rows.rows > 100 && made.predictions.rows > 20);
        assert.ok(Object.values(made.figures).every(({ same }) => same));
        assert.deepEqual([made.predictions.equal, made.predictions.furthest], [made.predictions.rows, 0]);
        assert.equal(made.file.is, contentOf(modelVersionOf(first).file));
        assert.equal(made.same, true);
        assert.deepEqual(made.reasons, []);
        assert.deepEqual([lake.head(), state.versions('fraud').length], before, 'nothing is published');
      }));

  test('what is not the same is told apart, with what has changed around it', () =>
    withShop({}, async (bench) => {
      const version = live(bench, 'fraud');
      const { environment, evaluation, trainer } = modelVersionOf(version);
      assert.ok(environment && 'rocAuc' in evaluation);
      const elsewhere = { ...environment, node: '18.0.0', packages: ['numpy==1.0'] };
      const other = misremembered(version, {
        trainer: { ...trainer, options: { iterations: 2 } },
        evaluation: { ...evaluation, rocAuc: 0.123 },
        environment: elsewhere,
      });
      const made = await reproduced(bench, {}, other);
      assert.equal(made.same, false);
      assert.equal(made.rows.same, true);
      assert.equal(made.figures['rocAuc']?.same, false);
      assert.equal(made.predictions.same, false);
      assert.ok(made.predictions.furthest > 0);
      assert.equal(made.file.same, false);
      assert.deepEqual(made.reasons, [
        `Node was 18.0.0, is ${process.versions.node}`,
        'packages that are no longer there: numpy==1.0',
      ]);
    }));

  test('without its training set, or of what is no model, it cannot be made again', () =>
    withShop({}, async (bench) => {
      const refused = (code: string) => (error: unknown) =>
        error instanceof MillraceError && error.problems[0]?.code === code;
      const gone = misremembered(live(bench, 'fraud'), { trainingSet: 'fraud_rows@9' });
      await assert.rejects(reproduced(bench, {}, gone), refused('MILL_REPRODUCE_IMPOSSIBLE'));
      await assert.rejects(
        reproduced(bench, {}, live(bench, 'outcomes')),
        refused('MILL_REPRODUCE_IMPOSSIBLE'),
      );
      await assert.rejects(
        compareModels(bench.workspace, live(bench, 'fraud'), live(bench, 'outcomes')),
        refused('MILL_COMPARE_IMPOSSIBLE'),
      );
    }));
});

describe('two versions beside each other', () => {
  test('are judged on the same rows; parameters, inputs, data and importance where they differ', () =>
    withShop({}, async (bench) => {
      const first = live(bench, 'fraud');
      const other = live(bench, 'again');
      const twins = await compareModels(bench.workspace, first, first);
      assert.deepEqual([twins.parameters, twins.data.differs, twins.data.same], [{}, {}, true]);
      assert.ok(!('why' in twins.onSameRows));
      assert.equal(twins.onSameRows.agreement.alike, twins.onSameRows.rows);
      // Judged again on its own rows, a version has the figures that it had.
      almost(twins.onSameRows.figures, twins.figures);

      // Two models of one training set: the rows are those that judged each.
      const siblings = await compareModels(bench.workspace, first, other);
      assert.ok(!('why' in siblings.onSameRows));
      almost(siblings.onSameRows.figures, siblings.figures);
      assert.deepEqual(siblings.parameters['l2'], { a: null, b: 10 });
      assert.equal(siblings.data.same, true);

      putPayments(bench, 'b', 300, 20);
      await bench.run(shop({ plant: ['answer'], leakage: 'warn', trainer: gbdt({ trees: 10 }) }));
      const later = live(bench, 'fraud');
      const told = await compareModels(bench.workspace, first, later);
      assert.deepEqual(told.inputs, { added: ['hint'], removed: [], changed: [] });
      assert.deepEqual(told.parameters['trainer'], { a: 'logistic', b: 'gbdt' });
      assert.equal(told.data.same, false);
      assert.deepEqual(told.data.differs['labels'], { a: 'outcomes@1', b: 'outcomes@2' });
      assert.ok(told.importance.some(({ input, a, shift }) => input === 'hint' && a === null && shift > 0));
      assert.ok(!('why' in told.onSameRows));
      assert.equal(told.onSameRows.rows, modelVersionOf(later).parts.test.rows);
      const ofLater = (figures: Comparison['figures']): Comparison['figures'] =>
        Object.fromEntries(Object.entries(figures).map(([name, { b }]) => [name, { a: null, b }]));
      almost(ofLater(told.onSameRows.figures), ofLater(told.figures));
      // The way round: the rows of the first have no `hint`.
      const back = await compareModels(bench.workspace, later, first);
      assert.deepEqual(back.onSameRows, { why: 'fraud_rows@1 has no hint' });
    }));
});
