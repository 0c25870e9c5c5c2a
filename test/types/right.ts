// Programs that must compile, and the types that users see when they hover. Checked by tsc; nothing here runs.
import {
  by,
  client,
  col,
  endpoint,
  entity,
  features,
  files,
  gbdt,
  linear,
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
  within,
} from 'millrace';
import { type Condition, not, type RowOf, rowOf } from '../../src/assets/feature/where/index.ts';

/** Whether two types are the same, not merely assignable. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Same<A, B>): void => {};

export const payments = source('payments', {
  from: files('data/payments/*.parquet'),
  columns: {
    payment_id: col.string(),
    card_id: col.string(),
    merchant_id: col.string().nullable(),
    amount: col.double().between(0, 50_000),
    country: col.string().oneOf('US', 'DE', 'IN').nullable(),
    items: col.integer(),
    online: col.boolean(),
    paid_at: col.timestamp(),
    known_at: col.timestamp().nullable(),
  },
  key: ['payment_id', 'card_id'],
  eventTime: 'paid_at',
  availableAt: 'known_at',
  partitionBy: ['country', 'online', 'items', by.year('paid_at'), by.day('known_at')],
  fresh: '1h',
});

export const outcomes = table('outcomes', {
  columns: {
    card_id: col.string(),
    amount: col.double(),
    paid_at: col.timestamp(),
    is_fraud: col.boolean().nullable(),
    loss: col.double(),
  },
  eventTime: 'paid_at',
  partitionBy: [by.hour('paid_at')],
  query: sql`select card_id, amount, paid_at, amount > ${100} as is_fraud, 0.0 as loss from ${payments}`,
});

export const card = entity('card', { key: 'card_id' });
const merchant = entity('merchant', { key: 'merchant_id' });

export const activity = features('card_activity', {
  entity: card,
  from: payments,
  compute: ({ count, sum, mean, distinct, last, min, max }) => ({
    payments_1h: count().over('1h'),
    spent_7d: sum('amount').over('7d', { hop: '1d' }),
    usual_30d: mean('amount').over('30d'),
    least: min('items').over('90s'),
    most: max('items').over('12h'),
    countries_7d: distinct('country').over('7d'),
    country: last('country').over('30d'),
    online: last('online').over('30d'),
    before: last('paid_at').over('30d'),
  }),
});

const popularity = features('merchant_popularity', {
  entity: merchant,
  from: payments,
  audit: { every: 10 },
  compute: ({ count }) => ({ merchant_payments_1d: count().over('1d') }),
});

const surprise = requestFeatures('surprise', {
  request: { amount: col.double(), note: col.string().nullable() },
  uses: { activity },
  compute: ({ request, activity }) => {
    same<typeof request.amount, number>(true);
    same<typeof request.note, string | null>(true);
    same<typeof activity.payments_1h, number>(true);
    same<typeof activity.usual_30d, number | null>(true);
    same<typeof activity.country, 'US' | 'DE' | 'IN' | null>(true);
    same<typeof activity.online, boolean | null>(true);
    same<typeof activity.before, Date | null>(true);
    return { vs_usual: activity.usual_30d === null ? null : request.amount / activity.usual_30d };
  },
});

const clockless = requestFeatures('clockless', {
  request: { amount: col.double() },
  compute: ({ request }) => ({ large: request.amount > 1_000 }),
});

const fraud = model('fraud', {
  labels: { from: outcomes, target: 'is_fraud', at: 'paid_at', knownAfter: '30d' },
  inputs: [activity, surprise],
  trainer: gbdt({ trees: 300 }),
  gates: [
    metric.rocAuc.atLeast(0.85),
    metric.calibrationError.atMost(0.02),
    metric.prAuc.beatsChampion(),
    stress.byPeriod({ every: '30d', metric: 'rocAuc', atLeast: 0.8 }),
    stress.slices({ metric: 'logLoss', atMost: 0.5, rows: 500 }),
    stress.missing({ share: 0.2, metric: 'rocAuc', within: 0.05 }),
    stress.noLeakage(),
  ],
  cost: { falsePositive: 5, falseNegative: 120 },
  costUnit: 'EUR',
  purpose: 'Holds back payments.',
  notFor: ['Credit decisions.'],
  slices: {
    'new cards': { payments_1h: { to: 2 } },
    'DE and US': { country: ['DE', 'US'], online: true },
    'no history': { usual_30d: null },
  },
});
same<
  (typeof fraud)['~']['input'],
  {
    payments_1h: number;
    spent_7d: number;
    usual_30d: number | null;
    least: number | null;
    most: number | null;
    countries_7d: number;
    country: 'US' | 'DE' | 'IN' | null;
    online: boolean | null;
    before: Date | null;
    vs_usual: number | null;
  }
>(true);
same<(typeof fraud)['~']['key'], 'card_id'>(true);

const loss = model('loss', {
  labels: { from: outcomes, target: 'loss', at: 'paid_at' },
  inputs: [popularity, clockless],
  trainer: linear({ l1: 2, splines: { spent_7d: 4 } }),
  gates: [metric.rmse.atMost(10), metric.sameness.atLeast(0.999)],
});

const screen = endpoint('screen', { model: fraud });
const estimate = endpoint('estimate', { model: loss, audit: { every: 10 } });
const shop = project('shop', {
  payments,
  outcomes,
  card,
  activity,
  popularity,
  surprise,
  clockless,
  fraud,
  loss,
  screen,
  estimate,
});

const mill = client<typeof shop>('http://localhost:7070');
const answer = await mill.predict('screen', { card_id: 'c1', amount: 12, note: null });
same<
  typeof answer,
  {
    id: string;
    version: string;
    model: string;
    asOf: string;
    probability: number;
    probabilities: number[];
    classes: boolean[];
    decision: boolean;
  }
>(true);
const value = await mill.predict('estimate', { merchant_id: 'm1', amount: 12 });
same<
  typeof value,
  {
    id: string;
    version: string;
    model: string;
    asOf: string;
    value: number;
    probabilities: null;
    classes: null;
    decision: number;
  }
>(true);

export const daily = table('daily', {
  columns: { day: col.timestamp(), spent: col.double() },
  key: 'day',
  eventTime: 'day',
  incremental: { every: '1d', lookBack: '7d', from: '2026-01-01', onLookupChange: 'keep' },
  query: sql`select date_trunc('day', paid_at) as day, sum(amount) as spent from ${within(payments, { before: '6d' })} group by day`,
});
same<typeof daily.columns, { day: ReturnType<typeof col.timestamp>; spent: ReturnType<typeof col.double> }>(
  true,
);

export const prices = table('prices', {
  columns: { item: col.string(), price: col.double(), updated_at: col.timestamp() },
  key: 'item',
  history: { changedAt: 'updated_at' },
  query: sql`select * from ${payments}`,
});
// A table with history can be asked for its own columns.
features('priced', {
  entity: entity('item', { key: 'item' }),
  from: prices,
  compute: ({ last }) => ({ since: last('valid_from').over('30d'), until: last('valid_to').over('30d') }),
});

unitTest('adds up', daily, {
  given: [
    rows(payments, [
      { amount: 5, paid_at: '2026-01-01T00:00:00Z', country: 'DE' },
      { paid_at: new Date(), country: null },
    ]),
  ],
  expect: [{ day: '2026-01-01', spent: 5 }],
});

export const row = rowOf(payments.columns);
same<typeof row, RowOf<typeof payments.columns>>(true);
const condition = row.country
  .is('DE')
  .or(row.country.oneOf('US', 'IN'), row.country.isMissing())
  .and(row.amount.above(100).not(), row.items.between(1, 5), not(row.online.is(true)))
  .and(row.paid_at.atLeast(new Date(0)), row.known_at.isThere(), row.known_at.above(row.paid_at))
  // A set of texts is text, and a whole number a number.
  .and(row.payment_id.isNot(row.country), row.country.is(row.payment_id), row.amount.atMost(row.items))
  .and(row.merchant_id.startsWith('m').or(row.country.contains('E')));
same<typeof condition, Condition>(true);
/** What holds for any dataset can be written for any. */
export const anyRow = (any: RowOf<Record<'amount', ReturnType<typeof col.double>>>): Condition =>
  any.amount.above(0);
anyRow(row);
// A training set of its own carries all types to the models that learn from it.
export const fraudRows = trainingSet('fraud_rows', {
  labels: { from: outcomes, target: 'is_fraud', at: 'paid_at', knownAfter: '30d' },
  inputs: [activity, surprise],
  negatives: { perPositive: 20 },
  split: { by: 'entity', train: 0.7, validation: 0.15, key: 'card_id' },
  leakage: 'block',
});
const fromRows = model('from_rows', {
  from: fraudRows,
  trainer: gbdt(),
  gates: [metric.rocAuc.atLeast(0.8)],
});
same<(typeof fromRows)['~']['input'], (typeof fraud)['~']['input']>(true);

// Labels that are declared once, for several.
const labels = {
  from: outcomes,
  target: 'is_fraud',
  at: 'paid_at',
  knownAfter: '30d',
  onFailed: 'leave-out',
} as const;
const sharedRows = trainingSet('shared_rows', { labels, inputs: [activity, surprise] });
const shared = model('shared', { labels, inputs: [activity, surprise], trainer: gbdt() });
same<(typeof shared)['~']['input'], (typeof fraud)['~']['input']>(true);
same<(typeof sharedRows)['~']['target'], (typeof fraudRows)['~']['target']>(true);
same<(typeof fromRows)['~']['target'], (typeof fraud)['~']['target']>(true);
same<(typeof fromRows)['~']['key'], 'card_id'>(true);
same<(typeof fromRows)['~']['request'], (typeof fraud)['~']['request']>(true);
const rowsShop = project('rows_shop', { fraudRows, fromRows, ask: endpoint('ask', { model: fromRows }) });
const asked = await client<typeof rowsShop>('http://localhost:7070').predict('ask', {
  ...{ card_id: 'c1', amount: 12, note: null },
});
same<typeof asked.decision, boolean>(true);

export const habits = features('habits', {
  entity: card,
  from: payments,
  compute: (a) => ({
    ...a
      .sum('amount')
      .where(row.country.is('DE'))
      .each('spent', ['1h', '7d', 'lifetime'], { endingBefore: '1d' }),
    merchant: a.last('merchant_id').over('30d'),
    first_item: a.first('items').over('lifetime'),
    newest: a.latest('online', { within: '36h' }),
    countries: a.lastK('country', 3).over('30d', { hop: 'exact' }),
    dues: a.topK('known_at', 2).over('30d'),
    middle: a.quantile('amount', 0.5).over('30d').unit('EUR').describe('what is usual'),
    spread: a.stddev('items').over('30d'),
    wide: a.variance('items').over('30d'),
    abroad: a.share(a.row.country.isNot('DE')).over('30d'),
    quiet: a.sinceLast().over('30d'),
    rise: a.ratio(
      a.difference(a.mean('amount').over('1d'), 5),
      a.plus(a.count().over('1d'), a.times(a.count().over('1h'), 2)),
    ),
  }),
});
const atMerchant = through('at_merchant', {
  by: habits,
  feature: 'merchant',
  look: popularity,
  prefix: 'its_',
});
const asVector = requestFeatures('as_vector', {
  request: { amount: col.double() },
  uses: { habits, atMerchant },
  compute: ({ request, habits: own, atMerchant: its }) => {
    same<typeof own.spent_7d, number>(true);
    same<typeof own.merchant, string | null>(true);
    same<typeof own.first_item, number | null>(true);
    same<typeof own.newest, boolean | null>(true);
    same<typeof own.countries, readonly ('US' | 'DE' | 'IN')[]>(true);
    same<typeof own.dues, readonly Date[]>(true);
    same<typeof own.rise, number | null>(true);
    same<typeof its.its_merchant_payments_1d, number>(true);
    return { vector: [request.amount, its.its_merchant_payments_1d], same: own.merchant === 'm1' };
  },
});
const taste = features('taste', {
  entity: entity('taste', { key: ['card_id', 'merchant_id'] }),
  from: payments,
  compute: ({ count }) => ({ together: count().over('lifetime') }),
});
const likes = model('likes', {
  labels: { from: outcomes, target: 'is_fraud', at: 'paid_at' },
  inputs: [taste, atMerchant, asVector],
  trainer: gbdt(),
});
same<(typeof likes)['~']['key'], 'card_id' | 'merchant_id'>(true);

const relish = model('relish', {
  labels: { from: outcomes, target: 'amount', at: 'paid_at', group: 'card_id' },
  inputs: [activity, popularity],
  trainer: gbdt(),
});
const recommend = endpoint('recommend', {
  model: relish,
  rank: { item: 'merchant_id', among: payments, top: 5 },
});
const rankingShop = project('ranking', { payments, outcomes, card, activity, popularity, relish, recommend });
const list = await client<typeof rankingShop>('http://localhost:7070').predict('recommend', {
  card_id: 'c1',
});
same<
  typeof list,
  {
    id: string;
    version: string;
    model: string;
    asOf: string;
    ranked: { merchant_id: string; score: number }[];
  }
>(true);
