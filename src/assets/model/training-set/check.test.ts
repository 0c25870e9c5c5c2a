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

type Options = Parameters<typeof trainingSet>[1];

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
  assert.match(messages({ negatives: { share: 0.5 } }, 'amount')[0] ?? '', /'amount' is a number/);
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
