import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { DAY } from '../../../base/index.ts';
import type { ColumnData } from '../../../engine/index.ts';
import { ownFile } from '../fit.ts';
import type { Labelled } from '../labelled.ts';
import { openModel } from '../open-model.ts';
import { bodyOf, contextOf, labelledRows, trained } from '../report/report.fixture.ts';
import type { ModelBody } from '../spec.ts';
import { stress } from './declare.ts';
import { blanked, noisy } from './disturb.ts';
import { judgeOne, judgeStress, type Stressed } from './judge-stress.ts';
import type { StressGate } from './spec.ts';

const LEAKING = [
  { name: 'labelled rows', passed: true, severity: 'block', observed: '5', wanted: '≥ 1' },
  {
    name: 'leakage: amount alone',
    passed: false,
    severity: 'warn',
    observed: 'ROC-AUC 0.99',
    wanted: '< 0.98',
  },
] as const;
const CLEAN = [{ ...LEAKING[1], passed: true }];

const labelled = labelledRows('binary', 4_000);
let stressed: Stressed;
let file: Uint8Array;

before(async () => {
  const { fitted, predicted, threshold } = await trained(bodyOf('binary'), labelled);
  file = ownFile(fitted, undefined);
  stressed = {
    ...{ labelled, predicted, threshold, summary: fitted.summary },
    answering: {
      task: 'binary',
      file: { format: 'onnx', blob: 'the model' },
      inputs: labelled.inputs.map(({ name, type }) => ({
        name,
        type: type === 'string' ? 'category' : 'number',
      })),
    },
  };
});

/** The verdicts of stress checks on the model that was trained. */
async function judged(
  gates: readonly { '~': StressGate }[],
  change: Partial<ModelBody> = {},
  checks: readonly (typeof LEAKING)[number][] = [],
) {
  const body = bodyOf('binary', { ...change, gates: gates.map((gate) => gate['~']) });
  const context = contextOf(body, 4_000, checks);
  const blobs = { get: async () => file };
  return judgeStress(
    {
      ...context,
      workspace: { ...context.workspace, blobs } as never,
      graph: { nodes: new Map([['rows', { body: { labels: { knownAfter: 0 } } }]]) } as never,
      signal: new AbortController().signal,
      progress: () => {},
    },
    stressed,
  );
}

/** One check passes, one does not, in this order; the words of both. */
async function told(
  passes: { '~': StressGate },
  fails: { '~': StressGate },
  change: Partial<ModelBody> = {},
): Promise<string[]> {
  const found = await judged([passes, fails], change);
  assert.deepEqual(
    found.map(({ passed }) => passed),
    [true, false],
    JSON.stringify(found),
  );
  assert.ok(found.every(({ severity }) => severity === 'block'));
  assert.deepEqual(await judged([passes, fails], change), found, 'the same every time');
  return found.map(({ name, observed, wanted }) => `${name} | ${observed} | ${wanted}`);
}

test('by period: a figure must hold in each that has enough rows', async () => {
  const bound = { every: '10d', metric: 'rocAuc', rows: 100 } as const;
  const [fine, bad] = await told(
    stress.byPeriod({ ...bound, atLeast: 0.6 }),
    stress.byPeriod({ ...bound, atLeast: 0.99 }),
  );
  assert.match(
    fine ?? '',
    /^stress: rocAuc ≥ 0\.6 in every 10d \| worst 0\.\d+ in 2026-0\d-\d\d and 10d on, \d+ rows; 3 judged \| ≥ 0\.6 where there are 100 rows$/,
  );
  assert.match(bad ?? '', /3 of 3 beyond/);
  const [none] = await judged([stress.byPeriod({ every: '1h', metric: 'logLoss', atMost: 5 })]);
  assert.deepEqual([none?.passed, none?.observed.endsWith('has 200 rows')], [false, true]);
});

test('by slice: a figure must hold in those declared and in the worst that are found', async () => {
  const slices = [{ name: 'Poland', where: [{ column: 'country', is: ['PL'] }] }];
  const bound = { metric: 'rocAuc', rows: 50 } as const;
  const only = { slices, findSlices: false };
  const [fine, bad] = await told(
    stress.slices({ ...bound, atLeast: 0.55 }),
    stress.slices({ ...bound, atLeast: 0.98 }),
    only,
  );
  assert.match(
    fine ?? '',
    /^stress: rocAuc ≥ 0\.55 in every slice \| worst 0\.\d+ in Poland, \d+ rows; 1 judged/,
  );
  assert.match(bad ?? '', /in Poland, .*1 of 1 beyond/);
});

test('missing: so many inputs blanked, a figure may fall by so much', async () => {
  const [fine, bad] = await told(
    stress.missing({ share: 0.02, metric: 'rocAuc', within: 0.1 }),
    stress.missing({ share: 0.9, metric: 'rocAuc', within: 0.1 }),
  );
  assert.match(
    fine ?? '',
    /^stress: rocAuc with 2 % of inputs missing \| 0\.\d+ instead of 0\.\d+ \| worse by at most 0\.1$/,
  );
  assert.match(bad ?? '', /with 90 %/);
});

test('noise: numbers moved, a figure of which lower is better may rise by so much', async () => {
  const [fine, bad] = await told(
    stress.noise({ sigma: 0.01, metric: 'logLoss', within: 0.1 }),
    stress.noise({ sigma: 3, metric: 'logLoss', within: 0.1 }),
  );
  assert.match(fine ?? '', /^stress: logLoss with noise of 0\.01 σ \| 0\.\d+ instead of 0\.\d+/);
  assert.match(bad ?? '', /with noise of 3 σ/);
});

test('seeds: other trainings may not be further apart', async () => {
  const trainer = { trainer: 'gbdt', options: { trees: 40, rowSample: 0.5 } };
  const [fine, bad] = await told(
    stress.seeds({ n: 2, metric: 'rocAuc', within: 0.1 }),
    stress.seeds({ n: 2, metric: 'rocAuc', within: 0 }),
    { trainer },
  );
  assert.match(
    fine ?? '',
    /^stress: rocAuc with 2 other seeds \| 0\.\d+ to 0\.\d+, [\d.e-]+ apart \| at most 0\.1 apart$/,
  );
  assert.match(bad ?? '', /at most 0 apart$/);
});

test('no leakage: what the training set was suspected of', async () => {
  const of = async (checks: readonly (typeof LEAKING)[number][]) =>
    (await judged([stress.noLeakage()], {}, checks))[0];
  assert.deepEqual(
    [(await of(CLEAN as never))?.passed, (await of(CLEAN as never))?.observed],
    [true, '1 check of the training set passed'],
  );
  assert.deepEqual([(await of(LEAKING))?.passed, (await of(LEAKING))?.observed], [false, 'amount alone']);
  assert.equal((await of([]))?.passed, false);
});

test('an undefined figure holds nowhere', async () => {
  const { from, to } = labelled.parts.test;
  const never: Labelled = {
    ...labelled,
    target: labelled.target.map((truth, row) => (row < from ? truth : 0)),
  };
  const looking = {
    ...{
      body: bodyOf('binary'),
      judging: bodyOf('binary'),
      labelled: never,
      predicted: new Float64Array(to - from).fill(0.5),
    },
    ...{
      threshold: 0.5,
      score: async () => new Float64Array(to - from).fill(0.5),
      retrained: async () => null,
      ofTrainingSet: () => [],
    },
  };
  for (const gate of [
    stress.byPeriod({ every: '10d', metric: 'rocAuc', atLeast: 0, rows: 1 }),
    stress.missing({ share: 0.1, metric: 'rocAuc', within: 1 }),
    stress.seeds({ n: 1, metric: 'rocAuc', within: 1 }),
  ])
    assert.equal((await judgeOne(gate['~'], looking)).passed, false, gate['~'].stress);
});

test('what is disturbed: numbers by noise, cells by blanks, nothing else, and by the seed alone', async () => {
  const rows = { from: 1_000, to: 3_000 };
  const train = { from: 0, to: 1_000 };
  const { inputs } = labelled;
  const one = blanked(inputs, rows, 0.3, 4);
  assert.deepEqual(blanked(inputs, rows, 0.3, 4), one);
  assert.notDeepEqual(blanked(inputs, rows, 0.3, 5), one);
  const gone = one
    .flatMap(({ values }) => [...values])
    .filter((value) => value === null || Number.isNaN(value)).length;
  // usual_30d is missing in 12 % of rows anyway.
  assert.ok(Math.abs(gone / 10_000 - 0.3 - (0.12 * 0.7) / 5) < 0.02, `${gone}`);
  const moved = noisy(inputs, rows, train, 0.5, 4);
  const cells = ({ values }: ColumnData) => [...values].slice(0, 2_000);
  for (const [i, column] of moved.entries()) {
    const before = { ...inputs[i], values: inputs[i]?.values.slice(1_000, 3_000) } as ColumnData;
    if (column.name === 'amount' || column.name === 'usual_30d')
      assert.notDeepEqual(cells(column), cells(before));
    else assert.deepEqual(cells(column), cells(before), column.name);
  }
  assert.equal(DAY, 86_400_000_000);
  const scorer = await openModel(
    { blobs: { get: async () => file } as never, folder: '.' },
    stressed.answering,
  );
  try {
    assert.equal((await scorer.scoreColumns(one)).length, 2_000);
  } finally {
    await scorer.close();
  }
});
