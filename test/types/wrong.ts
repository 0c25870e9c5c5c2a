// Mistakes that must not compile, each reported at its own line. Checked by tsc; nothing here runs.
import {
  client,
  col,
  endpoint,
  entity,
  features,
  files,
  gbdt,
  metric,
  model,
  project,
  requestFeatures,
  rows,
  source,
  sql,
  stress,
  table,
  through,
  trainingSet,
  unitTest,
} from 'millrace';
import { rowOf } from '../../src/assets/feature/where/index.ts';
import { activity, anyRow, card, daily, fraudRows, habits, outcomes, payments, row } from './right.ts';

features('x', {
  entity: card,
  from: payments,
  compute: ({ sum }) => ({
    // @ts-expect-error a sum over text
    z: sum('country').over('1h'),
  }),
});

features('x', {
  entity: card,
  from: payments,
  compute: ({ mean }) => ({
    // @ts-expect-error no such column
    z: mean('amonut').over('1h'),
  }),
});

features('x', {
  entity: card,
  from: payments,
  compute: ({ count }) => ({
    // @ts-expect-error not a duration
    z: count().over('1 hour'),
  }),
});

features('x', {
  entity: entity('shop', { key: 'shop_id' }),
  // @ts-expect-error this dataset has no column shop_id
  from: payments,
  compute: ({ count }) => ({ z: count().over('1h') }),
});

features('x', {
  entity: card,
  from: payments,
  // @ts-expect-error an aggregate without a window is no feature
  compute: ({ count }) => ({ z: count() }),
});

source('y', {
  from: files('x'),
  columns: { a: col.string() },
  // @ts-expect-error event time must be a timestamp
  eventTime: 'a',
});

source('y', {
  from: files('x'),
  columns: { a: col.string() },
  // @ts-expect-error the key must be a column
  key: 'b',
});

// @ts-expect-error text has no range
col.string().between(0, 1);

// @ts-expect-error numbers have no pattern
col.double().matches(/x/);

requestFeatures('r', {
  request: { amount: col.double() },
  uses: { activity },
  // @ts-expect-error a mean can be null: an empty window has none
  compute: ({ request, activity }) => ({ z: request.amount / activity.usual_30d }),
});

requestFeatures('r', {
  request: { amount: col.double() },
  // @ts-expect-error a Promise is no value
  compute: async ({ request }) => ({ z: request.amount }),
});

requestFeatures('r', {
  request: { amount: col.double() },
  // @ts-expect-error the request has no such field
  compute: ({ request }) => ({ z: request.amuont }),
});

model('m', {
  // @ts-expect-error no such label
  labels: { from: outcomes, target: 'is_frod', at: 'paid_at' },
  inputs: [activity],
  trainer: gbdt(),
});

model('m', {
  // @ts-expect-error an instant cannot be predicted
  labels: { from: outcomes, target: 'paid_at', at: 'paid_at' },
  inputs: [activity],
  trainer: gbdt(),
});

model('m', {
  // @ts-expect-error `at` must be a timestamp
  labels: { from: outcomes, target: 'is_fraud', at: 'amount' },
  inputs: [activity],
  trainer: gbdt(),
});

trainingSet('s', {
  // @ts-expect-error a text weighs nothing
  labels: { from: outcomes, target: 'is_fraud', at: 'paid_at', weight: 'card_id' },
  inputs: [activity],
});

const mistaken = { from: outcomes, target: 'is_frod', at: 'paid_at' } as const;
// @ts-expect-error no such label, of labels that are shared
model('m', { labels: mistaken, inputs: [activity], trainer: gbdt() });

model('m', {
  labels: { from: outcomes, target: 'is_fraud', at: 'paid_at' },
  // @ts-expect-error a source is no input
  inputs: [payments],
  trainer: gbdt(),
});

// @ts-expect-error a calibration error is to be small, not large
metric.calibrationError.atLeast(0.1);
// @ts-expect-error the sameness of what is served can be too small only
metric.sameness.atMost(0.1);
// @ts-expect-error a ROC-AUC is to be large
stress.byPeriod({ every: '30d', metric: 'rocAuc', atMost: 0.5 });
// @ts-expect-error a log loss is to be small
stress.slices({ metric: 'logLoss', atLeast: 0.5 });
// @ts-expect-error no such figure
stress.noise({ sigma: 0.1, metric: 'rocUac', within: 0.1 });
// @ts-expect-error it is not a figure of a candidate beside the champion's
metric.sameness.beatsChampion();

// @ts-expect-error no such option
gbdt({ tress: 10 });

// @ts-expect-error an endpoint serves a model
endpoint('e', { model: activity });

const fraud = model('fraud', {
  labels: { from: outcomes, target: 'is_fraud', at: 'paid_at' },
  inputs: [
    activity,
    requestFeatures('s', {
      request: { amount: col.double() },
      compute: ({ request }) => ({ a: request.amount }),
    }),
  ],
  trainer: gbdt(),
});
const shop = project('shop', { fraud, screen: endpoint('screen', { model: fraud }) });
const mill = client<typeof shop>('http://localhost:7070');

// @ts-expect-error the request needs an amount
mill.predict('screen', { card_id: 'c1' });

// @ts-expect-error the entity's key is missing
mill.predict('screen', { amount: 1 });

// @ts-expect-error the amount is a number
mill.predict('screen', { card_id: 'c1', amount: '1' });

// @ts-expect-error not an endpoint
mill.predict('fraud', { card_id: 'c1', amount: 12 });

// @ts-expect-error a decision is no number
export const z: number = (await mill.predict('screen', { card_id: 'c1', amount: 12 })).decision;

model('m', {
  labels: { from: outcomes, target: 'is_fraud', at: 'paid_at' },
  inputs: [activity],
  trainer: gbdt(),
  // @ts-expect-error a split is by shares or by days
  split: { train: 0.7 },
});

table('t', {
  columns: { day: col.timestamp() },
  eventTime: 'day',
  // @ts-expect-error not a duration
  incremental: { every: 'day' },
  query: sql`select 1`,
});

table('t', {
  columns: { item: col.string(), price: col.double() },
  key: 'item',
  // @ts-expect-error a price says nothing of when
  history: { changedAt: 'price' },
  query: sql`select 1`,
});

unitTest('t', daily, {
  // @ts-expect-error no such column
  given: [rows(payments, [{ amuont: 5 }])],
  expect: [],
});

unitTest('t', daily, {
  given: [],
  // @ts-expect-error a sum is a number
  expect: [{ spent: 'much' }],
});

// @ts-expect-error no such column
row.contry.is('DE');

// @ts-expect-error not one of its texts
row.country.is('FR');

// @ts-expect-error not one of its texts
row.country.oneOf('DE', 'FR');

// @ts-expect-error a number is no text
row.amount.is('100');

// @ts-expect-error an instant is a Date
row.paid_at.above(1_700_000_000);

// @ts-expect-error a truth value is no text
row.online.is('true');

// @ts-expect-error text has no order here
row.merchant_id.above('m');

// @ts-expect-error truth values have no order
row.online.atLeast(true);

// @ts-expect-error a number starts with nothing
row.amount.startsWith('1');

// @ts-expect-error what is missing is asked for by isMissing
row.country.is(null);

// @ts-expect-error one of nothing
row.items.oneOf();

// @ts-expect-error a number and an instant do not compare
row.amount.above(row.paid_at);

// @ts-expect-error a text and a truth value do not compare
row.payment_id.is(row.online);

// @ts-expect-error a column is no condition
row.amount.above(1).and(row.online);

// @ts-expect-error that amount is text
anyRow(rowOf({ amount: col.string() }));
trainingSet('r', {
  // @ts-expect-error no such label
  labels: { from: outcomes, target: 'is_frod', at: 'paid_at' },
  inputs: [activity],
});

trainingSet('r', {
  labels: { from: outcomes, target: 'is_fraud', at: 'paid_at' },
  inputs: [activity],
  // @ts-expect-error no input has this key
  split: { by: 'entity', train: 0.7, validation: 0.15, key: 'merchant_id' },
});

trainingSet('r', {
  labels: { from: outcomes, target: 'is_fraud', at: 'paid_at' },
  inputs: [activity],
  // @ts-expect-error a share or a number for each positive
  negatives: { most: 3 },
});

// @ts-expect-error a source is no training set
model('m', { from: payments, trainer: gbdt() });

// @ts-expect-error what it learns from is said once
model('m', { from: fraudRows, inputs: [activity], trainer: gbdt() });

features('x', {
  entity: card,
  from: payments,
  compute: ({ count, row: own }) => ({
    // @ts-expect-error no such column
    z: count().where(own.contry.is('DE')).over('1h'),
  }),
});

features('x', {
  entity: card,
  from: payments,
  compute: ({ quantile, ratio, last, count }) => ({
    // @ts-expect-error a quantile wants its rank
    a: quantile('amount').over('1h'),
    // @ts-expect-error a text has no ratio
    b: ratio(last('country').over('1h'), 2),
    // @ts-expect-error an aggregate without a window is no feature yet
    c: ratio(count(), 2),
  }),
});

features('x', {
  entity: card,
  from: payments,
  compute: ({ sum }) => ({
    // @ts-expect-error not a hop
    z: sum('amount').over('1h', { hop: 'often' }),
  }),
});

features('x', {
  entity: entity('moment', { key: 'paid_at' }),
  // @ts-expect-error an instant names no entity
  from: payments,
  compute: ({ count }) => ({ z: count().over('1h') }),
});

// @ts-expect-error a list names no entity
through('t', { by: habits, feature: 'countries', look: activity });

// @ts-expect-error a quantile names no entity
through('t', { by: habits, feature: 'middle', look: activity });

// @ts-expect-error nor does a quotient
through('t', { by: habits, feature: 'rise', look: activity });

// @ts-expect-error no such feature
through('t', { by: habits, feature: 'merchent', look: activity });

requestFeatures('r', {
  request: { amount: col.double() },
  uses: { habits },
  // @ts-expect-error a list of texts is no input
  compute: ({ habits: own }) => ({ z: own.countries }),
});

requestFeatures('r', {
  request: { at: col.timestamp() },
  // @ts-expect-error a Date is no value: give its time, or its hour
  compute: ({ request }) => ({ z: request.at }),
});

requestFeatures('r', {
  request: { amount: col.double() },
  // @ts-expect-error a Promise among the values
  compute: ({ request }) => ({ z: Promise.resolve(request.amount) }),
});
