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
  source,
  sql,
  table,
} from 'millrace';

const payments = source('payments', {
  from: files('data/payments/*.parquet'),
  owner: 'payments@example.com',
  columns: {
    payment_id: col.string(),
    card_id: col.string(),
    amount: col.double().between(0, 50_000),
    country: col.string().oneOf('US', 'DE', 'IN').nullable(),
    paid_at: col.timestamp(),
  },
  key: 'payment_id',
  eventTime: 'paid_at',
  fresh: '1h',
  onBreach: 'quarantine',
});
const chargebacks = source('chargebacks', {
  from: files('data/chargebacks.csv'),
  columns: { payment_id: col.string(), reported_at: col.timestamp() },
  key: 'payment_id',
  eventTime: 'reported_at',
});
const outcomes = table('outcomes', {
  columns: {
    payment_id: col.string(),
    card_id: col.string(),
    amount: col.double(),
    paid_at: col.timestamp(),
    is_fraud: col.boolean(),
  },
  key: 'payment_id',
  eventTime: 'paid_at',
  query: sql`select p.payment_id, p.card_id, p.amount, p.paid_at, c.payment_id is not null as is_fraud from ${payments} p left join ${chargebacks} c using (payment_id)`,
});
const card = entity('card', { key: 'card_id' });
const activity = features('card_activity', {
  entity: card,
  from: payments,
  compute: ({ count, sum, mean, distinct, last }) => ({
    payments_1h: count().over('1h'),
    spent_7d: sum('amount').over('7d'),
    usual_30d: mean('amount').over('30d'),
    countries_7d: distinct('country').over('7d'),
    country: last('country').over('30d'),
  }),
});
const surprise = requestFeatures('surprise', {
  request: { amount: col.double() },
  uses: { activity },
  compute: ({ request, activity }) => ({
    amount_vs_usual: activity.usual_30d === null ? null : request.amount / activity.usual_30d,
  }),
});
const fraud = model('fraud', {
  labels: { from: outcomes, target: 'is_fraud', at: 'paid_at', knownAfter: '30d' },
  inputs: [activity, surprise],
  trainer: gbdt({ trees: 300 }),
  gates: [metric.rocAuc.atLeast(0.85), metric.prAuc.beatsChampion()],
  cost: { falsePositive: 5, falseNegative: 120 },
});
const screen = endpoint('screen', { model: fraud });
const shop = project('fraud', { payments, chargebacks, outcomes, card, activity, surprise, fraud, screen });
export default shop;

const mill = client<typeof shop>('http://localhost:7070');
const answer = await mill.predict('screen', { card_id: 'c1', amount: 12 });
export const p: number = answer.probability;
export const d: boolean = answer.decision;
// @ts-expect-error not a number column
features('x', { entity: card, from: payments, compute: ({ sum }) => ({ z: sum('country').over('1h') }) });
// @ts-expect-error the request needs an amount
await mill.predict('screen', { card_id: 'c1' });
// @ts-expect-error no such key in this dataset
features('x', {
  entity: entity('m', { key: 'merchant_id' }),
  from: payments,
  compute: ({ count }) => ({ z: count().over('1h') }),
});
// @ts-expect-error not a duration
features('x', { entity: card, from: payments, compute: ({ count }) => ({ z: count().over('1 hour') }) });
// @ts-expect-error event time must be a timestamp
source('y', { from: files('x'), columns: { a: col.string() }, eventTime: 'a' });
// @ts-expect-error no such label
model('z', {
  labels: { from: outcomes, target: 'is_frod', at: 'paid_at' },
  inputs: [activity],
  trainer: gbdt(),
});
const input: (typeof fraud)['~']['input'] = {
  payments_1h: 1,
  spent_7d: 2,
  usual_30d: null,
  countries_7d: 1,
  country: 'US',
  amount_vs_usual: null,
};
void input;
// @ts-expect-error not an endpoint
await mill.predict('fraud', { card_id: 'c1', amount: 12 });
