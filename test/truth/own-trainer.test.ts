import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { modelVersionOf, reproduceModel } from '../../src/assets/index.ts';
import { trainerConforms } from '../../src/conformance.ts';
import { graphOf } from '../../src/graph/index.ts';
import { gbdt, search, space } from '../../src/index.ts';
import { type Fitted, ownTrainer, type Trainer } from '../../src/trainer.ts';
import { type Bench, openBench, told } from './line.fixture.ts';
import { oneRule } from './one-rule.fixture.ts';
import { LATER, live, putPayments, type ShopChange, shop } from './training-set.fixture.ts';

trainerConforms('one rule, of a project', oneRule.open({ by: 'x' }), {
  weights: 'its borders are those of rows, whatever they weigh',
  'dull columns': 'it asks one column, which has to be there',
  'one column': 'it asks one column, which has to be there',
  'many and few': 'it asks one column, which has to be there',
});

async function open(change: ShopChange): Promise<Bench> {
  const bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
  putPayments(bench, 'a', 600);
  await bench.run(shop(change));
  return bench;
}

describe("a trainer of the project's own", () => {
  it('trains, is judged, answers from its file and is made again; another revision trains again', async () => {
    const trainer = oneRule({ by: 'amount' });
    const bench = await open({ trainer });
    const { workspace } = bench;
    try {
      const first = live(bench, 'fraud');
      const model = modelVersionOf(first);
      assert.deepEqual(model.trainer, { trainer: 'one_rule', options: { by: 'amount' }, own: 1 });
      assert.ok((model.evaluation.figures.rocAuc as number) > 0.6, `${model.evaluation.figures.rocAuc}`);
      assert.equal(model.summary.importance['amount'], 1);
      assert.equal(model.summary.importance['country'], 0);
      // The file was asked what the trainer answers: build refuses one that answers otherwise.
      assert.deepEqual(told(await bench.run(shop({ trainer }))), []);

      const again = await reproduceModel(workspace, graphOf(shop({ trainer })), first);
      assert.equal(again.same, true, JSON.stringify(again));

      const raised = ownTrainer<{ by: string }>('one_rule', {
        revision: 2,
        create: (options) => oneRule.open(options),
      })({ by: 'amount' });
      const result = await bench.run(shop({ trainer: raised }));
      assert.deepEqual(told(result), ['fraud rebuild published']);
      await assert.rejects(reproduceModel(workspace, graphOf(shop({ trainer: raised })), first), {
        code: 'MILL_REPRODUCE_IMPOSSIBLE',
        message: /revision 1 of its own trainer 'one_rule' any more/,
      });
      assert.equal(
        (await reproduceModel(workspace, graphOf(shop({ trainer: raised })), live(bench, 'fraud'))).same,
        true,
      );
    } finally {
      await bench.close();
    }
  });

  it('is searched as ours are', async () => {
    const parameters = { by: 'amount', bins: space.int(2, 30) };
    const trainer = search(oneRule, parameters, { trials: 6, folds: { folds: 3, by: 'random' } });
    const bench = await open({ trainer });
    try {
      const { summary } = modelVersionOf(live(bench, 'fraud'));
      assert.equal(summary.search?.trainer, 'one_rule');
      assert.equal(summary.search?.done, 6);
      assert.equal(summary.search?.chosen['by'], 'amount');
      const graph = graphOf(shop({ trainer }));
      assert.equal((await reproduceModel(bench.workspace, graph, live(bench, 'fraud'))).same, true);
    } finally {
      await bench.close();
    }
  });
});

describe('a trainer that is none', () => {
  const real = oneRule.open({ by: 'amount' });
  /** The trainer above with something in it done wrong. */
  const wrong = (fitted: (right: Fitted) => Partial<Record<keyof Fitted, unknown>>): Trainer => ({
    tasks: real.tasks,
    fit: async (input) => {
      const right = await real.fit(input);
      return { ...right, ...fitted(right) } as Fitted;
    },
  });
  const cases: Record<string, [create: () => unknown, code: string, message: RegExp]> = {
    'gives nothing': [() => undefined, 'MILL_TRAINER_INVALID', /create\(\) gives no trainer/],
    'learns nothing that there is': [
      () => ({ ...real, tasks: ['fortune'] }),
      'MILL_TRAINER_INVALID',
      /it learns 'fortune'; there are binary, multiclass/,
    ],
    'does not take its options': [
      () => {
        throw new RangeError('bins is 0');
      },
      'MILL_TRAIN_OPTION_INVALID',
      /The trainer 'mine' does not take its options: bins is 0/,
    ],
    'throws when it learns': [
      () => ({ tasks: ['binary'], fit: () => Promise.reject(new TypeError('x is not a function')) }),
      'MILL_TRAINER_BROKEN',
      /fit\(\) throws: x is not a function/,
    ],
    'learns no model': [
      () => ({ tasks: ['binary'], fit: async () => undefined }),
      'MILL_TRAINER_BROKEN',
      /fit\(\) gives no model/,
    ],
    'answers too few rows': [
      () => wrong(({ predict }) => ({ predict: async (c: never) => (await predict(c)).subarray(1) })),
      'MILL_TRAINER_BROKEN',
      /predict\(\) gives \d+ numbers for \d+ rows; wanted \d+/,
    ],
    'answers what is no probability': [
      () => wrong(({ predict }) => ({ predict: async (c: never) => (await predict(c)).map((p) => p + 1) })),
      'MILL_TRAINER_BROKEN',
      /predict\(\) gives 1\.\d+ for row 0; wanted a probability, 0 to 1/,
    ],
    'writes no file': [
      () => wrong(() => ({ toOnnx: () => 'model' })),
      'MILL_TRAINER_BROKEN',
      /toOnnx\(\) gives no bytes/,
    ],
    'writes what is no file': [
      () => wrong(() => ({ toOnnx: () => new Uint8Array([1, 2, 3]) })),
      'MILL_ONNX_FILE',
      /protobuf parsing failed/,
    ],
    'says nothing of how it went': [
      () => wrong(() => ({ summary: {} })),
      'MILL_TRAINER_BROKEN',
      /its summary has no rounds/,
    ],
  };
  for (const [name, [create, code, message]] of Object.entries(cases))
    it(`one that ${name} is told as that, and nothing is published`, async () => {
      const trainer = ownTrainer('mine', { revision: 1, create: create as () => Trainer })({});
      const bench = await openBench(undefined, { MILLRACE_CLOCK: LATER });
      putPayments(bench, 'a', 200);
      try {
        const result = await bench.run(shop({ trainer }));
        const [problem] = result.steps.flatMap(({ problems }) => problems);
        assert.equal(problem?.code, code, JSON.stringify(problem));
        assert.match(problem.message, message);
        assert.equal(bench.workspace.state.live('fraud'), undefined);
        assert.ok(bench.workspace.state.live('again'), 'what does without it goes on');
      } finally {
        await bench.close();
      }
    });

  it('a name that is taken, or a revision that is none, is refused where it is declared', () => {
    const create = () => real;
    for (const name of ['gbdt', 'search', '', 'a b', 'x'.repeat(65)])
      assert.throws(() => ownTrainer(name, { revision: 1, create }), { code: 'MILL_TRAINER_INVALID' });
    assert.throws(() => ownTrainer('mine', { revision: 0.5, create }), { code: 'MILL_TRAINER_INVALID' });
    assert.throws(() => ownTrainer('mine', { revision: 1, create: gbdt() as never }), {
      code: 'MILL_TRAINER_INVALID',
    });
  });
});
