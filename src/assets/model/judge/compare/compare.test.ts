import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateBinary } from '../binary/evaluate.ts';
import { evaluateMulticlass } from '../multiclass/evaluate.ts';
import { evaluateRanking } from '../ranked/evaluate.ts';
import { evaluateRegression } from '../regression/evaluate.ts';
import { drawn, evenNumbers } from '../rows.fixture.ts';
import { compareModels } from './compare.ts';

const cost = { falsePositive: 1, falseNegative: 4 };
const threshold = { champion: 0.3, challenger: 0.2 };

/** Probabilities that know less: some of each is even noise. */
function blurred(probability: Float64Array, share: number, seed: number): Float64Array {
  const even = evenNumbers(seed);
  return probability.map((p) => (1 - share) * p + share * even());
}

test('figures are those of each model by itself, and a better model is told from a worse one both ways', () => {
  const { target, probability } = drawn(3_000, 1);
  const worse = blurred(probability, 0.4, 2);
  const given = { task: 'binary', target, threshold: { champion: 0.5, challenger: 0.5 }, cost } as const;
  const forth = compareModels({ ...given, champion: worse, challenger: probability });
  const back = compareModels({ ...given, champion: probability, challenger: worse });
  const alone = evaluateBinary({ target, probability, threshold: 0.5, cost });
  assert.deepEqual(JSON.parse(JSON.stringify(forth)), forth);
  for (const [name, found] of Object.entries(forth.figures)) {
    const figure = name as 'rocAuc';
    const value = alone.figures[figure] as number;
    assert.ok(Math.abs((found.challenger as number) - value) < 1e-9, name);
    assert.ok(found.interval && found.interval.low <= (found.difference as number));
    const turned = back.figures[figure];
    if (['rocAuc', 'prAuc', 'logLoss', 'brier', 'expectedCost', 'accuracy', 'mcc'].includes(name)) {
      assert.equal(found.verdict, 'better', name);
      assert.equal(turned?.verdict, 'worse', name);
    }
    assert.ok(Math.abs((turned?.difference as number) + (found.difference as number)) < 1e-12);
  }
  const { rocAuc } = forth.figures;
  const own = alone.intervals.rocAuc;
  assert.ok(rocAuc?.interval && own && (rocAuc.pValue as number) < 1e-6);
  // Two models that are right and wrong about the same rows.
  const near = compareModels({ ...given, champion: blurred(probability, 0.05, 3), challenger: probability });
  const paired = near.figures.rocAuc?.interval;
  assert.ok(paired && paired.high - paired.low < (own.high - own.low) / 3, 'pairing narrows the interval');
});

test('two models alike are hardly ever told apart, and one is never told from itself', () => {
  const told: Record<string, number> = {};
  let any = 0;
  const times = 60;
  for (let seed = 1; seed <= times; seed++) {
    const { target, probability } = drawn(400, seed);
    const { figures } = compareModels({
      task: 'binary',
      target,
      champion: blurred(probability, 0.3, 1_000 + seed),
      challenger: blurred(probability, 0.3, 2_000 + seed),
      threshold: { champion: 0.5, challenger: 0.5 },
      replicates: 300,
    });
    for (const [name, { verdict }] of Object.entries(figures))
      if (verdict !== 'undecided') told[name] = (told[name] ?? 0) + 1;
    if (Object.values(figures).some(({ verdict }) => verdict !== 'undecided')) any++;
  }
  // Of 60 three are expected by chance; more than 8 in about 1 of 200 times.
  for (const [name, count] of Object.entries(told)) assert.ok(count <= 9, `${name}: ${count} of ${times}`);
  // Of a dozen figures looked at one by one some differ in every fourth time.
  assert.ok(any <= 8, `some figure in ${any} of ${times}`);
  const { target, probability } = drawn(400, 1);
  const self = compareModels({
    task: 'binary',
    target,
    champion: probability,
    challenger: probability,
    threshold: { champion: 0.5, challenger: 0.5 },
  });
  for (const [name, { difference, verdict }] of Object.entries(self.figures)) {
    assert.equal(difference, 0, name);
    assert.equal(verdict, 'undecided', name);
  }
});

test('entities widen the interval of a difference', () => {
  const { target, probability } = drawn(300, 4);
  const often = (values: Float64Array) =>
    Float64Array.from({ length: 1_200 }, (_, i) => values[i % 300] as number);
  const given = {
    task: 'binary',
    target: often(target),
    champion: often(blurred(probability, 0.4, 5)),
    challenger: often(probability),
    threshold,
  } as const;
  const byRow = compareModels(given).figures;
  const entities = Int32Array.from({ length: 1_200 }, (_, i) => i % 300);
  const byEntity = compareModels({ ...given, entities }).figures;
  for (const name of ['rocAuc', 'prAuc', 'logLoss', 'accuracy'] as const) {
    const [narrow, wide] = [byRow[name]?.interval, byEntity[name]?.interval];
    assert.ok(narrow && wide);
    const ratio = (wide.high - wide.low) / (narrow.high - narrow.low);
    assert.ok(ratio > 1.7 && ratio < 2.3, `${name}: ${ratio}, wanted about 2`);
  }
});

test('numbers, several classes and lists are compared too', () => {
  const even = evenNumbers(9);
  const target = Float64Array.from({ length: 900 }, () => 1 + 5 * even());
  const [near, far] = [0.5, 2].map((noise) => target.map((y) => y + noise * (even() - 0.5)));
  assert.ok(near && far);
  const numbers = compareModels({ task: 'regression', target, champion: far, challenger: near });
  assert.deepEqual(Object.keys(numbers.figures), ['rmse', 'mae', 'mape', 'r2', 'explainedVariance']);
  const alone = evaluateRegression({ target, predicted: near });
  for (const [name, { challenger, verdict }] of Object.entries(numbers.figures)) {
    assert.equal(verdict, 'better', name);
    assert.ok(Math.abs((challenger as number) - (alone.figures[name as 'rmse'] as number)) < 1e-9, name);
  }
  const classes = ['a', 'b', 'c'];
  const own = Int32Array.from({ length: 600 }, () => Math.floor(3 * even()));
  const sure = (share: number): Float64Array => {
    const shares = Float64Array.from(own, () => share + even() / 20);
    return Float64Array.from({ length: 1_800 }, (_, i) => {
      const row = Math.floor(i / 3);
      return own[row] === i % 3 ? (shares[row] as number) : (1 - (shares[row] as number)) / 2;
    });
  };
  const surer = sure(0.9);
  const many = compareModels({
    task: 'multiclass',
    target: own,
    champion: sure(0.4),
    challenger: surer,
    classes,
  });
  assert.equal(many.rows, 600);
  assert.equal(many.figures.logLoss?.verdict, 'better');
  assert.equal(many.figures.accuracy?.verdict, 'undecided');
  assert.equal(
    many.figures.logLoss?.challenger?.toFixed(12),
    evaluateMulticlass({ target: own, probabilities: surer, classes }).logLoss?.toFixed(12),
  );
  const group = Int32Array.from({ length: 2_000 }, (_, i) => Math.floor(i / 10));
  const relevance = Float64Array.from(group, () => (even() < 0.3 ? 1 : 0));
  const knowing = relevance.map((r) => r + 1.5 * even());
  const guessing = relevance.map(() => even());
  const lists = compareModels({ task: 'ranking', relevance, group, champion: guessing, challenger: knowing });
  for (const name of ['ndcg', 'map', 'mrr'] as const)
    assert.equal(lists.figures[name]?.verdict, 'better', name);
  assert.equal(
    lists.figures.map?.challenger?.toFixed(12),
    evaluateRanking({ relevance, group, score: knowing }).map?.toFixed(12),
  );
});

test('models of other rows cannot be compared', () => {
  const { target, probability } = drawn(10, 1);
  assert.throws(
    () =>
      compareModels({
        task: 'binary',
        target,
        champion: probability,
        challenger: probability.subarray(1),
        threshold,
      }),
    { code: 'MILL_JUDGE_INPUT' },
  );
});
