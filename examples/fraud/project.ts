import {
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
  rowCount,
  source,
  sql,
  table,
} from 'millrace';
import { channels, countries } from './simulate.ts';

// Is this payment fraud? Asked when the card is used; answered weeks later, by a chargeback or by none.

const payments = source('payments', {
  from: files('data/payments/*.csv*'),
  owner: 'payments@example.com',
  columns: {
    payment_id: col.string(),
    card_id: col.string().pii(),
    merchant_id: col.string(),
    amount: col.double().between(0, 50_000).describe('in euros'),
    country: col
      .string()
      .oneOf(...countries)
      .describe('where the card was used'),
    channel: col.string().oneOf(...channels),
    paid_at: col.timestamp(),
  },
  key: 'payment_id',
  eventTime: 'paid_at',
  fresh: '2d',
  expect: [rowCount.atLeast(1_000)],
  onBreach: 'quarantine',
});

const chargebacks = source('chargebacks', {
  from: files('data/chargebacks/*.csv*'),
  owner: 'payments@example.com',
  columns: { payment_id: col.string(), reported_at: col.timestamp() },
  key: 'payment_id',
  eventTime: 'reported_at',
});

const outcomes = table('outcomes', {
  columns: {
    payment_id: col.string(),
    card_id: col.string(),
    amount: col.double(),
    country: col.string(),
    channel: col.string(),
    paid_at: col.timestamp(),
    is_fraud: col.boolean(),
  },
  key: 'payment_id',
  eventTime: 'paid_at',
  query: sql`
    select p.payment_id, p.card_id, p.amount, p.country, p.channel, p.paid_at, c.payment_id is not null as is_fraud
    from ${payments} p left join ${chargebacks} c using (payment_id)
  `,
});

const card = entity('card', { key: 'card_id' });

const activity = features('card_activity', {
  entity: card,
  from: payments,
  compute: ({ count, sum, mean, max, distinct, last }) => ({
    payments_1h: count().over('1h'),
    payments_24h: count().over('24h'),
    spent_1h: sum('amount').over('1h'),
    spent_7d: sum('amount').over('7d'),
    usual_30d: mean('amount').over('30d'),
    highest_30d: max('amount').over('30d'),
    countries_7d: distinct('country').over('7d'),
    merchants_24h: distinct('merchant_id').over('24h'),
    country_before: last('country').over('30d'),
  }),
});

const surprise = requestFeatures('surprise', {
  request: {
    amount: col.double().between(0, 50_000),
    country: col.string().oneOf(...countries),
    channel: col.string().oneOf(...channels),
  },
  uses: { activity },
  compute: ({ request, activity }) => ({
    amount: request.amount,
    country: request.country,
    channel: request.channel,
    amount_vs_usual: activity.usual_30d === null ? null : request.amount / activity.usual_30d,
    country_changed: activity.country_before === null ? null : request.country !== activity.country_before,
  }),
});

const fraud = model('fraud', {
  labels: { from: outcomes, target: 'is_fraud', at: 'paid_at', knownAfter: '30d' },
  inputs: [activity, surprise],
  trainer: gbdt({ trees: 300, rate: 0.05, minLeafRows: 50 }),
  gates: [metric.rocAuc.atLeast(0.85), metric.calibrationError.atMost(0.02), metric.prAuc.beatsChampion()],
  cost: { falsePositive: 5, falseNegative: 120 },
  owner: 'risk@example.com',
});

const screen = endpoint('screen', { model: fraud, description: 'Should this payment be held back?' });

export default project('fraud', { payments, chargebacks, outcomes, card, activity, surprise, fraud, screen });
