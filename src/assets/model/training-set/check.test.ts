import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphOf, type Node, type Project } from '../../../graph/index.ts';
import {
  col,
  entity,
  features,
  files,
  project,
  requestFeatures,
  source,
  trainingSet,
} from '../../../index.ts';
import type { TrainingSetBody } from '../spec.ts';
import { checkTrainingSet } from './check.ts';

const payments = source('payments', {
  from: files('x/*.csv'),
  columns: {
    card: col.string(),
    shop: col.string(),
    amount: col.double(),
    grade: col.integer(),
    bad: col.boolean(),
    at: col.timestamp(),
  },
  eventTime: 'at',
});
const of = (key: 'card' | 'shop') =>
  features(`of_${key}`, {
    entity: entity(key, { key }),
    from: payments,
    compute: ({ count }) => ({ [`n_${key}`]: count().over('1d') }),
  });
const now = requestFeatures('now', {
  request: { amount: col.double() },
  compute: ({ request }) => ({ amount_now: request.amount }),
});
const [card, shop] = [of('card'), of('shop')];

type Options = Parameters<typeof trainingSet>[1] & { readonly negative?: unknown };

function messages(
  change: Partial<Record<keyof Options, unknown>>,
  target: 'bad' | 'amount' = 'bad',
): string[] {
  const rows = trainingSet('rows', {
    labels: { from: payments, target, at: 'at' },
    inputs: [card],
    ...change,
  } as never);
  const graph = graphOf(project('p', { payments, card, shop, now, rows }) as unknown as Project);
  const node = graph.nodes.get('rows') as Node<TrainingSetBody>;
  return checkTrainingSet(node, { graph } as never).map(({ code, message }) => {
    assert.equal(code, 'MILL_TRAINING_SET_INVALID');
    return message;
  });
}

const byEntity = { by: 'entity', train: 0.7, validation: 0.15 };
const cases: [what: string, change: Parameters<typeof messages>[0], found: RegExp][] = [
  ['no inputs', { inputs: [] }, /no inputs/],
  [
    'a key as the target',
    { labels: { from: payments, target: 'card', at: 'at' } },
    /'card' is a key, which is given when it is asked/,
  ],
  ['what is to become of leaks', { leakage: 'stop' }, /says "stop"/],
  ['a seed that is a text', { seed: 'x' }, /seed is "x"/],
  ['no split', { split: {} }, /neither shares nor two dates/],
  ['a split by texts', { split: { validationFrom: '2026-01-01', testFrom: '2026-02-01' } }, /two dates/],
  [
    'an instant that is a text',
    { labels: { from: payments, target: 'bad', at: 'shop' } },
    /'shop' is a string/,
  ],
  [
    'groups by the instant',
    { labels: { from: payments, target: 'amount', at: 'at', group: 'at' } },
    /'at', which is their instant/,
  ],
  [
    'weights that are texts',
    { labels: { from: payments, target: 'bad', at: 'at', weight: 'shop' } },
    /The weight 'shop' is a string/,
  ],
  [
    'the target as weight',
    { labels: { from: payments, target: 'amount', at: 'at', weight: 'amount' } },
    /The weight 'amount' is the target/,
  ],
  [
    'weights in lists',
    { labels: { from: payments, target: 'grade', at: 'at', weight: 'amount', group: 'shop' } },
    /Rows are ranked by 'shop', where 'amount' has no meaning/,
  ],
  [
    'a misspelt option of labels',
    { labels: { from: payments, target: 'bad', at: 'at', weigth: 'amount' } },
    /^'labels' has no option 'weigth' \(there is 'weight'\)\.$/,
  ],
  [
    'a misspelt option',
    { negative: { share: 0.5 } },
    /^The training set has no option 'negative' \(there is 'negatives'\)/,
  ],
  ['a gap between entities', { split: { ...byEntity, gap: '1d' } }, /^'split' has no option 'gap'\.$/],
  [
    'two ways to sample',
    { negatives: { share: 0.5, perPositive: 3 } },
    /^'negatives' has no option 'perPositive'\.$/,
  ],
  ['shares that leave nothing', { split: { train: 0.7, validation: 0.3 } }, /leaves no part to judge on/],
  ['shares by entity too', { split: { ...byEntity, train: 1 } }, /leaves no part to judge on/],
  [
    'days out of order',
    { split: { validationFrom: new Date(2), testFrom: new Date(1) } },
    /begins to judge before/,
  ],
  ['which entity', { split: byEntity, inputs: [card, shop] }, /there are several: card, shop/],
  ['an entity of none', { split: { ...byEntity, key: 'shop' } }, /'shop' is the key of none: card/],
  ['no entity at all', { split: byEntity, inputs: [now] }, /no input is looked up/],
  ['a share of nothing', { negatives: { share: 0 } }, /share 0 are to be kept/],
  ['a share of too much', { negatives: { share: 1.5 } }, /share 1.5/],
  ['not a number', { negatives: { perPositive: Number.NaN } }, /perPositive NaN/],
];

for (const [what, change, found] of cases)
  test(`refused: ${what}`, () => {
    const [message, ...more] = messages(change);
    assert.match(message ?? 'nothing', found);
    assert.deepEqual(more, []);
  });

test('refused: negatives of a number', () => {
  assert.match(messages({ negatives: { share: 0.5 } }, 'amount')[0] ?? '', /'amount' is not true or false/);
});

test('taken: what is right', () => {
  for (const change of [
    {},
    { split: byEntity, negatives: { perPositive: 3 } },
    { split: { ...byEntity, key: 'shop' }, inputs: [card, shop] },
    { split: { validationFrom: new Date(1), testFrom: new Date(2) } },
  ])
    assert.deepEqual(messages(change), []);
});

test('labels name columns that are there', () => {
  const labels = { from: payments, target: 'worse', at: 'when', group: 'round', weight: 'heft' };
  const rows = trainingSet('rows', { labels, inputs: [card] } as never);
  const graph = graphOf(project('p', { payments, card, rows }) as unknown as Project);
  const found = checkTrainingSet(graph.nodes.get('rows') as Node<TrainingSetBody>, { graph } as never);
  assert.deepEqual(
    found.filter(({ code }) => code === 'MILL_MODEL_LABELS_COLUMN').map(({ message }) => message.slice(-70)),
    ['round', 'worse', 'heft', 'when'].map((name, i) =>
      `Its labels come from 'payments', which has no column '${name}', ${['by which rows are ranked against each other', 'which is to be predicted', 'which says for how much a row counts', 'at which the question would have been asked'][i]}.`.slice(
        -70,
      ),
    ),
  );
});

test('a misspelt column is told with the one that was meant', () => {
  const labels = { from: payments, target: 'bad', at: 'at', weight: 'amont' };
  const rows = trainingSet('rows', { labels, inputs: [card] } as never);
  const graph = graphOf(project('p', { payments, card, rows }) as unknown as Project);
  assert.deepEqual(
    checkTrainingSet(graph.nodes.get('rows') as Node<TrainingSetBody>, { graph } as never).map(
      ({ message, todo }) => [message, todo],
    ),
    [
      [
        "Its labels come from 'payments', which has no column 'amont' (there is 'amount'), which says for how much a row counts.",
        "Name a column that payments has, or add 'amont' to it.",
      ],
    ],
  );
});

test('inputs whose names differ from others only in upper and lower case', () => {
  const loud = features('loud', {
    entity: entity('card', { key: 'card' }),
    from: payments,
    compute: ({ count }) => ({
      N_card: count().over('1d'),
      CARD: count().over('2d'),
      Bad: count().over('3d'),
    }),
  });
  const rows = trainingSet('rows', {
    labels: { from: payments, target: 'bad', at: 'at' },
    inputs: [card, loud],
  } as never);
  const graph = graphOf(project('p', { payments, card, loud, rows }) as unknown as Project);
  const found = checkTrainingSet(graph.nodes.get('rows') as Node<TrainingSetBody>, { graph } as never);
  assert.deepEqual(
    found.map(({ code, message }) => [code, message]),
    [
      "The inputs 'n_card' of of_card and 'N_card' of loud differ only in upper and lower case.",
      "The input 'CARD' of loud has the name of a key, of the label, its group or its instant.",
      "The input 'Bad' of loud has the name of a key, of the label, its group or its instant.",
    ].map((message) => ['MILL_MODEL_INPUT_CLASH', message]),
  );
});
