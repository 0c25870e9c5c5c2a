import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { modelVersionOf } from '../../src/assets/index.ts';
import {
  col,
  entity,
  features,
  files,
  gbdt,
  linear,
  logistic,
  metric,
  model,
  type Project,
  project,
  source,
  trainingSet,
} from '../../src/index.ts';
import { type Bench, openBench, put } from './line.fixture.ts';
import { live } from './training-set.fixture.ts';

// The oracle of a row that counts for three: the same row three times.

const ROWS = 400;
const day = (n: number): string => new Date(Date.UTC(2025, 0, 1, n)).toISOString();
const noise = (n: number): number => ((n * 7919) % 1_000) / 1_000;

const visits = source('visits', {
  from: files('visits.csv'),
  columns: { id: col.string(), user: col.string(), spent: col.double(), at: col.timestamp() },
  key: 'id',
  eventTime: 'at',
});
const habits = features('habits', {
  entity: entity('user', { key: 'user' }),
  from: visits,
  compute: ({ mean, last }) => ({
    usual: mean('spent').over('30d', { hop: 'exact' }),
    latest: last('spent').over('lifetime'),
  }),
});
const columns = {
  user: col.string(),
  t: col.timestamp(),
  paid: col.double(),
  many: col.boolean(),
  kind: col.string(),
  times: col.double().nullable(),
};
const split = {
  validationFrom: new Date(Date.UTC(2025, 0, 1, 240)),
  testFrom: new Date(Date.UTC(2025, 0, 1, 330)),
};

/** The models over labels of one file, by its name. */
function over(name: 'once' | 'again', weight?: 'times'): Record<string, unknown> {
  const labels = source(`labels_${name}`, { from: files(`${name}*.csv`), columns });
  const shape = { from: labels, at: 't' as const, ...(weight === undefined ? {} : { weight }) };
  const inputs = [habits];
  const [paid, many, kind] = [
    trainingSet(`paid_${name}`, { labels: { ...shape, target: 'paid' }, inputs, split }),
    trainingSet(`many_${name}`, { labels: { ...shape, target: 'many' }, inputs, split }),
    trainingSet(`kind_${name}`, { labels: { ...shape, target: 'kind' }, inputs, split }),
  ];
  return {
    ...{ labels, paid, many, kind },
    line: model(`line_${name}`, { from: paid, trainer: linear() }),
    yes: model(`yes_${name}`, { from: many, trainer: logistic(), calibrate: 'sigmoid' }),
    one: model(`one_${name}`, { from: kind, trainer: logistic() }),
    trees: model(`trees_${name}`, {
      from: paid,
      trainer: gbdt({ trees: 20, leaves: 4, minLeafRows: 1 }),
    }),
  };
}
const named = (name: 'once' | 'again', weight?: 'times'): Record<string, unknown> =>
  Object.fromEntries(Object.entries(over(name, weight)).map(([key, asset]) => [`${key}_${name}`, asset]));
const shop = project('shop', {
  ...{ visits, habits },
  ...named('once', 'times'),
  ...named('again'),
} as never) as unknown as Project;

describe('rows that count for as much as a column says', () => {
  let bench: Bench;
  before(async () => {
    bench = await openBench();
    const visit = (n: number): string => `v${n},u${n % 40},${100 * noise(n)},${day(n - 100)}`;
    put(bench.folder, 'visits.csv', lines('id,user,spent,at', ROWS + 100, visit));
    const label = (n: number): string => {
      const paid = 50 * noise(n + 60) + 30 * noise(n * 31 + 7);
      return `u${n % 40},${day(n)},${paid},${paid > 40},${['a', 'b', 'c'][Math.floor(paid / 30)]},${1 + (n % 3)}`;
    };
    put(bench.folder, 'once.csv', lines('user,t,paid,many,kind,times', ROWS, label));
    const often = Array.from({ length: ROWS }, (_, n) => Array.from({ length: 1 + (n % 3) }, () => label(n)));
    put(bench.folder, 'again.csv', `user,t,paid,many,kind,times\n${often.flat().join('\n')}\n`);
    const { ok, steps } = await bench.run(shop);
    assert.ok(ok, JSON.stringify(steps.flatMap(({ problems }) => problems)));
  });
  after(() => bench.close());

  for (const [name, within] of [
    ['line', 1e-9],
    ['yes', 1e-5],
    ['one', 1e-5],
    ['trees', 1e-9],
  ] as const)
    test(`${name}: the figures of a row thrice are those of a row that counts three`, () => {
      const [once, again] = ['once', 'again'].map((from) => modelVersionOf(live(bench, `${name}_${from}`)));
      assert.ok(once && again);
      assert.ok(once.parts.test.rows < again.parts.test.rows);
      // What chance explains of an error of calibration is less with more rows, so that figure alone may differ.
      const figures = Object.entries(again.evaluation.figures).filter(([key]) => key !== 'calibrationError');
      assert.ok(figures.length > 3);
      for (const [figure, wanted] of figures) {
        const found = (once.evaluation.figures as Record<string, number | null>)[figure] ?? null;
        const apart = Math.abs((found ?? 0) - ((wanted as number | null) ?? 0));
        assert.ok(
          (found === null) === (wanted === null) && apart <= within,
          `${figure}: ${found}, ${wanted}`,
        );
      }
    });

  test('a weight that is none is counted, and the version of before stays', async () => {
    const before = live(bench, 'paid_once').id;
    // The contract has set aside what is no number at all.
    const bad = ['', '0', '-1', 'nan', 'inf', '1e101', '1e-101'].map(
      (weight) => `u1,${day(5)},1,true,a,${weight}`,
    );
    put(bench.folder, 'once-more.csv', `user,t,paid,many,kind,times\n${bad.join('\n')}\n`);
    const { steps } = await bench.run(shop);
    const [problem] = steps.flatMap(({ step, problems }) => (step.asset === 'paid_once' ? problems : []));
    assert.equal(problem?.code, 'MILL_TRAINING_SET_WEIGHTS');
    assert.match(
      problem.message,
      /^5 of 405 rows of labels_once have no weight in times from 1e-100 to 1e\+100; one is /,
    );
    assert.equal(live(bench, 'paid_once').id, before);
  });
});

test('the lightest rows and the heaviest are learnt from and judged; a negative that stands for others is heavier still', async () => {
  const bench = await openBench();
  const labels = source('labels', {
    from: files('labels.csv'),
    columns: { ...columns, light: col.double(), heavy: col.double() },
  });
  const of = { from: labels, at: 't', target: 'many' } as const;
  const light = trainingSet('light', { labels: { ...of, weight: 'light' }, inputs: [habits] });
  const heavy = trainingSet('heavy', { labels: { ...of, weight: 'heavy' }, inputs: [habits] });
  const sampled = trainingSet('sampled', {
    labels: { ...of, weight: 'heavy' },
    inputs: [habits],
    negatives: { share: 0.5 },
  });
  const surely = [metric.rocAuc.atLeast(0, { surely: true }), metric.f1.atLeast(0)];
  const odd = project('odd', {
    ...{ visits, habits, labels, light, heavy, sampled },
    lightest: model('lightest', { from: light, trainer: logistic(), calibrate: 'sigmoid', gates: surely }),
    heaviest: model('heaviest', { from: heavy, trainer: gbdt({ trees: 5 }), gates: surely }),
  }) as unknown as Project;
  try {
    const visit = (n: number): string => `v${n},u${n % 40},${100 * noise(n)},${day(n - 100)}`;
    put(bench.folder, 'visits.csv', lines('id,user,spent,at', ROWS, visit));
    const label = (n: number): string => `u${n % 40},${day(n)},1,${noise(n) > 0.5},a,1,1e-100,1e100`;
    put(bench.folder, 'labels.csv', lines('user,t,paid,many,kind,times,light,heavy', ROWS, label));
    const { steps } = await bench.run(odd);
    const problems = steps.flatMap(({ step, problems: [first] }) =>
      first === undefined ? [] : [`${step.asset} ${first.code} ${first.message}`],
    );
    assert.deepEqual(problems, [
      'sampled MILL_TRAINING_SET_WEIGHTS 199 of 400 rows of labels have no weight in heavy from 1e-100 to 1e+100, times how many a negative stands for; one is 1e+100.',
    ]);
    assert.ok(live(bench, 'lightest') && live(bench, 'heaviest'));
  } finally {
    await bench.close();
  }
});

test('another weight is another training set', async () => {
  const bench = await openBench();
  const weighed = (member: 'before' | 'since'): Project => {
    const labels = source('labels', {
      from: files('labels.jsonl'),
      columns: { ...columns, times: col.double().nullable().at(`worth.${member}`) },
      onBreach: 'block',
    });
    const rows = trainingSet('rows', {
      labels: { from: labels, at: 't', target: 'paid', weight: 'times' },
      inputs: [habits],
    });
    return project('shop', { visits, habits, labels, rows }) as unknown as Project;
  };
  try {
    put(bench.folder, 'visits.csv', `id,user,spent,at\nv1,u1,5,${day(0)}\n`);
    const label = (n: number): object => ({
      ...{ user: 'u1', t: day(n), paid: n, many: true, kind: 'a' },
      worth: { before: 1, since: n },
    });
    const labels = Array.from({ length: 9 }, (_, n) => JSON.stringify(label(n + 1)));
    put(bench.folder, 'labels.jsonl', `${labels.join('\n')}\n`);
    await bench.run(weighed('before'));
    const before = live(bench, 'rows').id;
    await bench.run(weighed('since'));
    assert.notEqual(live(bench, 'rows').id, before);
  } finally {
    await bench.close();
  }
});

function lines(head: string, rows: number, of: (n: number) => string): string {
  return `${head}\n${Array.from({ length: rows }, (_, n) => of(n)).join('\n')}\n`;
}
