import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { graphOf, type Node, type Project } from '../../graph/index.ts';
import {
  baseline,
  col,
  entity,
  factorization,
  features,
  files,
  gbdt,
  isolationForest,
  linear,
  logistic,
  metric,
  mlflow,
  model,
  onnx,
  project,
  python,
  requestFeatures,
  search,
  source,
  space,
} from '../../index.ts';
import { checkModel } from './check.ts';
import type { ModelBody } from './spec.ts';

const payments = source('payments', {
  from: files('x/*.csv'),
  columns: {
    card: col.string(),
    amount: col.double(),
    country: col.string(),
    bad: col.boolean(),
    at: col.timestamp(),
  },
  eventTime: 'at',
});
const card = entity('card', { key: 'card' });
const seen = features('seen', {
  entity: card,
  from: payments,
  compute: ({ count }) => ({ n: count().over('1d') }),
});
const now = requestFeatures('now', {
  request: { amount: col.double(), country: col.string() },
  compute: ({ request }) => ({ amount_now: request.amount, country_now: request.country }),
});

/** What is said of a model of `bad`, or of another target, that is declared so. */
async function told(options: object, target = 'bad'): Promise<string[]> {
  const fraud = model('fraud', {
    labels: { from: payments, target, at: 'at' },
    inputs: [seen, now],
    trainer: gbdt(),
    ...options,
  } as never);
  const graph = graphOf(project('p', { payments, card, seen, now, fraud }) as unknown as Project);
  const node = graph.nodes.get('fraud') as Node<ModelBody>;
  const folder = mkdtempSync(join(tmpdir(), 'millrace-'));
  const problems = await checkModel(node, { graph, folder } as never);
  rmSync(folder, { recursive: true });
  return problems.map(({ code, message, todo }) => `${code} ${message} ${todo}`);
}

const rate = space.float(0.1, 0.2);
const searching = (options: object) => ({ trainer: search(gbdt, { rate }, options as never) });
const here = { script: 'train.py' };
const loose = (options: unknown): never => options as never;

// Types say most of it, but they are not there when a project runs.
const cases: readonly (readonly [what: string, options: object, said: RegExp, target?: string])[] = [
  ['a gate without a number', { gates: [metric.rocAuc.atLeast(loose({}))] }, /rocAuc wants \{\}/],
  ['a gate on nothing', { gates: [metric.rocAuc.atLeast(undefined as never)] }, /rocAuc wants undefined/],
  ['a gate that is none', { gates: 'rocAuc' }, /A gate is none/],
  [
    'a gate in percent',
    { gates: [metric.rocAuc.atLeast(85)] },
    /No model reaches rocAuc ≥ 85: it is a share/,
  ],
  [
    'a gate surely on a figure without an interval',
    { gates: [metric.liftAt10.atLeast(2, { surely: true })] },
    /liftAt10 surely reaches nothing: no interval is told of it\. Leave out surely, or use rocAuc, prAuc/,
  ],
  [
    'a champion surely beaten in a figure without an interval of the difference',
    { gates: [metric.topAccuracy.beatsChampion({ surely: true })] },
    /topAccuracy surely beats no champion: no interval is told of how far two models are apart in it/,
    'country',
  ],
  ['an option that there is none of', { gate: [] }, /A model has no option 'gate'/],
  ['a slice of a number', { slices: { x: { amount_now: 5 } } }, /slice 'x' says nothing of amount_now/],
  ['a gate on a text', { gates: [metric.rocAuc.atLeast('0.5' as never)] }, /rocAuc wants '0.5'/],
  ['a cost without end', { gates: [metric.expectedCost.atMost(Number.NaN)] }, /expectedCost wants NaN/],
  ['a champion beaten by NaN', { gates: [metric.rocAuc.beatsChampion({ by: Number.NaN })] }, /wants NaN/],
  ['sameness of nothing', { gates: [metric.sameness.atLeast(Number.NaN)] }, /sameness wants NaN/],
  ['an error of numbers', { gates: [metric.rmse.atMost(1)] }, /rmse does not fit .* Use rocAuc/],
  ['costs without end', { cost: { falsePositive: 1, falseNegative: 1 / 0 } }, /without end/],
  [
    'a cost of nothing known',
    { cost: { falsePositive: 1, falseNegative: 1, falsePositiv: 2 } },
    /no cost 'falsePositiv' \(nearest: 'falsePositive'\)/,
  ],
  ['an unknown calibrator', { calibrate: 'magic' }, /no calibrator 'magic'.*'sigmoid', 'isotonic'/],
  ['a calibrated number', { calibrate: 'isotonic' }, /a number cannot be calibrated/, 'amount'],
  ['half a seed', { seed: 1.5 }, /seed is 1.5/],
  ['an approval by nobody', { approval: 'yes' }, /approval is 'yes'.*'required'/],
  ['no trainer', { trainer: undefined }, /MILL_MODEL_INVALID It has no trainer.*gbdt\(\)/],
  ['a trainer that is not called', { trainer: gbdt }, /MILL_MODEL_INVALID It has no trainer/],
  ['an option of no trainer', { trainer: gbdt(loose({ tree: 3 })) }, /no option 'tree' \(there is 'trees'\)/],
  [
    'an option of another trainer',
    { trainer: logistic(loose({ trees: 3 })) },
    /no option 'trees'.*iterations/,
  ],
  [
    'a slope of no input',
    { trainer: gbdt({ monotone: { amount_then: 'increasing' } }) },
    /'amount_then'.*no input/,
  ],
  [
    'a slope of texts',
    { trainer: gbdt({ monotone: { country_now: 'increasing' } }) },
    /country_now.*categories/,
  ],
  [
    'a weight of no class',
    { trainer: gbdt({ classWeights: { yes: 2 } }) },
    /'yes', which is none of the 2 classes/,
  ],
  [
    'a slope in numbers',
    { trainer: gbdt({ monotone: loose({ amount_now: 1 }) }) },
    /is 1; wanted 'increasing' or/,
  ],
  [
    'slopes of nothing',
    { trainer: gbdt({ monotone: loose(null) }) },
    /'monotone' is null; wanted .* by input/,
  ],
  [
    'weights of nothing',
    { trainer: gbdt({ classWeights: loose(null) }) },
    /'classWeights' is null; .*'balanced'/,
  ],
  [
    'an objective in numbers',
    { trainer: gbdt({ objective: loose(5) }) },
    /'objective' is 5; wanted 'squared'/,
  ],
  ['a rate as text', { trainer: gbdt({ rate: loose('0.1') }) }, /'rate' is '0.1'; wanted a number above 0/],
  [
    'a baseline by a number',
    { trainer: baseline({ by: loose(3) }) },
    /'by' is 3; wanted the name of an input/,
  ],
  [
    'an option of no script',
    { trainer: python(loose({ ...here, param: {} })) },
    /no option 'param' \(there is 'params'/,
  ],
  [
    'a limit by another name',
    { trainer: python(loose({ ...here, timeout: '1m' })) },
    /no option 'timeout'.*time/,
  ],
  [
    'requirements at the wrong place',
    { trainer: python(loose({ ...here, env: 'requirements.txt' })) },
    /'env' is 'requirements.txt'.*env: \{ requirements/,
  ],
  [
    'requirements by another name',
    { trainer: python(loose({ ...here, env: { requirement: 'r.txt' } })) },
    /'env' has no option 'requirement' \(there is 'requirements'\)/,
  ],
  [
    'an option of no file',
    { trainer: onnx(loose({ path: 'm', input: [] })) },
    /no option 'input' \(there is 'inputs'/,
  ],
  [
    'an option of no log',
    { trainer: mlflow(loose({ experiment: 'x', run: 'y' })) },
    /no option 'run'.*experiment/,
  ],
  ['bins of no input', { trainer: linear({ bins: { amount_nov: 5 } }) }, /there is 'amount_now'/, 'amount'],
  ['a baseline by no input', { trainer: baseline({ by: 'land' }) }, /'by' names 'land'/],
  ['a baseline by numbers', { trainer: baseline({ by: 'amount_now' }) }, /a number; wanted a category/],
  [
    'a recommender of no input',
    { trainer: factorization({ user: ['card'], item: ['country_now'] }) },
    /'user' names 'card'/,
  ],
  [
    'a search past an end',
    { trainer: search(gbdt, { rate: space.float(0.5, 1.5) }) },
    /'rate' is 1.*at most 1/,
  ],
  ['a choice of nonsense', { trainer: search(gbdt, { depth: space.choice(3, 6, 99) }) }, /'depth' is 99/],
  ['a search of no option', { trainer: search(gbdt, loose({ lr: rate })) }, /no option 'lr'/],
  ['a search beside no input', { trainer: search(gbdt, { rate, monotone: { x: 'increasing' } }) }, /'x'/],
  ['an option of no search', searching({ trial: 3 }), /no option 'trial'.*trials/],
  ['a search by a grid', searching({ suggest: 'grid' }), /'suggest' of the search is 'grid'/],
  ['folds by the moon', searching({ folds: { folds: 2, by: 'moon' } }), /'folds.by' of the search is 'moon'/],
  [
    'a search of nothing',
    { trainer: search(gbdt, { trees: 5 }) },
    /MILL_SEARCH_INVALID Nothing is searched.*space.float/,
  ],
  [
    'a search over what a loss measures',
    { trainer: search(gbdt, { quantile: space.float(0.05, 0.95) }) },
    /'quantile' tries 0.05 and 0.95, each of which has a loss of its own.*one value/,
    'amount',
  ],
  [
    'a search over objectives',
    { trainer: search(gbdt, { rate, objective: space.choice('squared', 'absolute') }) },
    /'objective' tries 'squared' and 'absolute'/,
    'amount',
  ],
  [
    'a search over weights of classes',
    { trainer: search(gbdt, { classWeights: space.choice('balanced', loose({ true: 1000 })) }) },
    /'classWeights' tries 'balanced' and \{"true":1000\}/,
  ],
  ['a search without parameters', { trainer: search(gbdt, loose(undefined)) }, /Nothing is searched/],
  [
    'a search within an option',
    { trainer: search(gbdt, { monotone: loose({ amount_now: space.choice('increasing', 'decreasing') }) }) },
    /'monotone.amount_now' is a space; wanted one for 'monotone' as a whole/,
  ],
  ['folds by a number', searching({ folds: 5 }), /'folds' of the search is 5; wanted .*folds: \{ folds: 5/],
  [
    'folds with a gap',
    searching({ folds: { folds: 2, by: 'time', gap: '1d' } }),
    /'folds' .* no option 'gap'/,
  ],
  ['halving by a word', searching({ halving: 'fast' }), /'halving' of the search is 'fast'; wanted true/],
  ['a search of a script', { trainer: search(loose(python), loose({ script: 'x.py', rate })) }, /'python'/],
  ['a search of a trainer', { trainer: search(loose(gbdt()), { rate }) }, /what is no trainer.*gbdt/],
];

for (const [what, options, said, target] of cases)
  test(`check finds ${what}`, async () => {
    const found = await told(options, target);
    assert.equal(found.length, 1, found.join('\n'));
    assert.match(found[0] as string, said);
  });

test('what is declared well is left alone', async () => {
  const gates = [metric.rocAuc.atLeast(0.5, { surely: true }), metric.rocAuc.beatsChampion({ by: -0.1 })];
  const trainer = search(
    gbdt,
    { rate, trees: 10, monotone: { amount_now: 'increasing' }, classWeights: { true: 2 } },
    { trials: 2 },
  );
  const cost = { falsePositive: 1, falseNegative: 5, truePositive: 0 };
  assert.deepEqual(await told({ gates, trainer, cost, calibrate: 'sigmoid', approval: 'required' }), []);
  const slopes = space.choice<Record<string, 'increasing'>>({}, { amount_now: 'increasing' });
  assert.deepEqual(
    await told({ trainer: search(gbdt, { objective: 'poisson', monotone: slopes }) }, 'amount'),
    [],
  );
  assert.deepEqual(await told({ trainer: search(gbdt, { quantile: space.choice(0.9) }) }, 'amount'), []);
  assert.deepEqual(await told({ trainer: gbdt({ quantile: 0.9 }) }, 'amount'), []);
  assert.deepEqual(await told({ trainer: gbdt({ classWeights: { fr: 2 } }) }, 'country'), []);
});

const OPTIONS = {
  gbdt: [
    ...['trees', 'depth', 'leaves', 'rate', 'minLeafRows', 'l2', 'bins', 'earlyStopping', 'columnSample'],
    ...[
      'rowSample',
      'columnSampleByNode',
      'grow',
      'monotone',
      'threads',
      'objective',
      'quantile',
      'classWeights',
    ],
  ],
  linear: ['l1', 'l2', 'splines', 'bins', 'iterations'],
  logistic: ['l1', 'l2', 'splines', 'bins', 'iterations'],
  baseline: ['by', 'value', 'smoothing'],
  isolationForest: ['trees', 'rows', 'columnSample'],
  factorization: [...['user', 'item', 'factors', 'epochs', 'loss', 'unseen', 'l2', 'rate', 'earlyStopping']],
  python: ['script', 'env', 'params', 'time', 'memory', 'files'],
  onnx: ['path', 'inputs', 'output'],
  mlflow: ['experiment', 'name', 'inputs', 'output'],
};
const makers = { gbdt, linear, logistic, baseline, isolationForest, factorization, python, onnx, mlflow };
const needed = {
  ...{ factorization: { user: ['amount_now'], item: ['country_now'] }, python: here },
  ...{ onnx: { path: 'm.onnx' }, mlflow: { experiment: 'x' } },
};

const anything = fc.oneof(
  fc.constantFrom(null, true, false, 0, 5, -1, Number.NaN, '', 'x', '5', 'constructor', '__proto__'),
  fc.constantFrom([], {}, [null], { amount_now: null }, { amount_now: 'up' }, { constructor: 5 }, [5]),
  fc.constant(space.choice('increasing', 'decreasing')),
  fc.constant({ amount_now: space.choice('increasing', 'decreasing') }),
  // What a space is made of is nobody's to write.
  fc.jsonValue({ maxDepth: 2 }).filter((value) => !JSON.stringify(value).includes('"~"')),
);

test('whatever an option is, check says what it makes of it and does not fail', async () => {
  const options = Object.entries(OPTIONS).flatMap(([of, names]) => names.map((name) => [of, name] as const));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...options), anything, fc.nat(2), async ([of, name], value, how) => {
      const make = makers[of as keyof typeof makers] as (options: object) => never;
      const others = needed[of as keyof typeof needed] ?? {};
      const given = how === 1 ? { [name]: space.choice(value as never) } : { [name]: value };
      const trainer = how === 0 ? make({ ...others, ...given }) : search(make, { ...others, ...given });
      for (const problem of await told({ trainer })) assert.match(problem, /^MILL_\w+ \S/);
    }),
    { numRuns: 500 },
  );
});

test('whatever an option of a search is, check says what it makes of it and does not fail', async () => {
  const names = fc.constantFrom('trials', 'suggest', 'halving', 'folds', 'atOnce');
  const within = fc.oneof(anything, fc.record({ folds: anything, by: anything, first: anything }));
  await fc.assert(
    fc.asyncProperty(names, within, async (name, value) => {
      for (const problem of await told(searching({ [name]: value }))) assert.match(problem, /^MILL_\w+ \S/);
    }),
    { numRuns: 200 },
  );
});
