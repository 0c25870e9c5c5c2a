import { join } from 'node:path';
import {
  baseline,
  col,
  endpoint,
  entity,
  factorization,
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
  trainingSet,
} from 'millrace';

// The same question asked of real invoices: UCI Online Retail, a British wholesaler of gifts, December 2010 to December 2011. Nobody was watched
// browsing there, so a visit is a day on which a customer orders, and the answer is what they order that day.

const folder = join(
  process.env['MILLRACE_DATASETS'] ?? join(import.meta.dirname, '../../../../shared/datasets'),
  'online-retail',
);

/** Lines of invoices. Set aside are cancellations, write-offs, lines of nobody known, what costs nothing, and postage and the like. */
const invoices = source('invoices', {
  from: files(join(folder, 'online_retail.csv.gz')),
  owner: 'shop@example.com',
  columns: {
    InvoiceNo: col
      .string()
      .matches(/^\d{6}$/)
      .describe('a cancellation begins with C, a correction with A'),
    StockCode: col
      .string()
      .matches(/^\d{5}[A-Za-z]*$/)
      .describe('POST, M, DOT and the like are services'),
    Description: col.string().nullable(),
    Quantity: col.integer().between(1, 100_000),
    InvoiceDate: col.timestamp(),
    UnitPrice: col.double().between(0.001, 10_000).describe('in pounds'),
    CustomerID: col.string().pii(),
    Country: col.string(),
  },
  eventTime: 'InvoiceDate',
  expect: [rowCount.atLeast(1_000)],
  onBreach: 'quarantine',
});

/** A line a customer, minute and thing; codes that differ in case are one thing. */
const purchases = table('purchases', {
  columns: {
    user_id: col.string().pii(),
    item_id: col.string(),
    family: col.string().describe('the code without its letters: colours and sizes of one thing'),
    quantity: col.integer(),
    price: col.double(),
    ordered_at: col.timestamp(),
  },
  key: ['user_id', 'item_id', 'ordered_at'],
  eventTime: 'ordered_at',
  query: sql`
    select
      CustomerID as user_id, upper(StockCode) as item_id, left(StockCode, 5) as family,
      cast(sum(Quantity) as bigint) as quantity, min(UnitPrice) as price, InvoiceDate as ordered_at
    from ${invoices} group by all`,
});

const items = table('items', {
  columns: { item_id: col.string(), description: col.string().nullable(), first_at: col.timestamp() },
  key: 'item_id',
  query: sql`
    select upper(StockCode) as item_id, max_by(Description, InvoiceDate) as description, min(InvoiceDate) as first_at
    from ${invoices} group by all`,
});

/** What was sold in the last two months. */
const onSale = table('on_sale', {
  columns: { item_id: col.string() },
  key: 'item_id',
  query: sql`
    select distinct item_id from ${purchases}
    where ordered_at > (select max(ordered_at) from ${purchases}) - interval 60 days`,
});

/** Days on which a customer ordered, from August on, so that there is a past to know; every third one, by the hash. */
const visits = table('visits', {
  columns: { visit_id: col.string(), user_id: col.string().pii(), asked_at: col.timestamp() },
  key: 'visit_id',
  eventTime: 'asked_at',
  query: sql`
    with days as (
      select user_id, date_trunc('day', ordered_at) as day, min(ordered_at) as asked_at from ${purchases} group by all
    )
    select user_id || ' ' || strftime(day, '%Y-%m-%d') as visit_id, user_id, asked_at
    from days where day >= '2011-08-01' and md5_number_lower(user_id || day) % 3 = 0`,
});

/** What was ordered that day, and of all else 1 in 100. */
const candidates = table('candidates', {
  columns: {
    visit_id: col.string(),
    user_id: col.string().pii(),
    item_id: col.string(),
    asked_at: col.timestamp(),
    grade: col.integer().between(0, 1),
  },
  key: ['visit_id', 'item_id'],
  eventTime: 'asked_at',
  query: sql`
    with chosen as (
      select visit_id, item_id, 1 as grade from ${visits} v
        join ${purchases} p on p.user_id = v.user_id and ordered_at >= asked_at
          and date_trunc('day', ordered_at) = date_trunc('day', asked_at)
      union all
      select visit_id, item_id, 0 from ${visits} join ${items} on first_at < asked_at
        where md5_number_lower(item_id || visit_id) % 100 < 1
    )
    select visit_id, user_id, item_id, asked_at, max(grade) as grade
    from chosen join ${visits} using (visit_id) join ${items} using (item_id)
    where first_at < asked_at
    group by all`,
});

/** The last month's visits, one in six of those above, each with all that had been sold before: what ../evaluate.ts asks. */
const panel = table('panel', {
  columns: {
    visit_id: col.string(),
    user_id: col.string().pii(),
    item_id: col.string(),
    asked_at: col.timestamp(),
    bought: col.boolean(),
  },
  key: ['visit_id', 'item_id'],
  eventTime: 'asked_at',
  query: sql`
    select v.visit_id, v.user_id, i.item_id, v.asked_at, coalesce(grade, 0) > 0 as bought
    from ${visits} v join ${items} i on first_at < asked_at
      left join ${candidates} c on c.visit_id = v.visit_id and c.item_id = i.item_id
    where v.asked_at >= '2011-11-09' and md5_number_lower(v.visit_id) % 6 = 0`,
});

const item = entity('item', { key: 'item_id' });
const user = entity('user', { key: 'user_id' });
const pair = entity('pair', { key: ['user_id', 'item_id'] });

const itemSales = features('item_sales', {
  entity: item,
  from: purchases,
  compute: ({ count, distinct, last, mean, sinceLast }) => ({
    ...count().each('sold', ['7d', '30d', '90d']),
    buyers_90d: distinct('user_id').over('90d'),
    unsold_for: sinceLast().over('90d').unit('seconds'),
    price: last('price').over('lifetime'),
    usual_quantity: mean('quantity').over('90d'),
    family: last('family').over('lifetime'),
  }),
});

const userPurchases = features('user_purchases', {
  entity: user,
  from: purchases,
  compute: ({ count, distinct, lastK, mean, sinceLast }) => ({
    user_bought_90d: count().over('90d'),
    user_items: distinct('item_id').over('lifetime'),
    paid: mean('price').over('lifetime'),
    takes: mean('quantity').over('lifetime'),
    away_for: sinceLast().over('lifetime').unit('seconds'),
    families: lastK('family', 100).over('lifetime'),
  }),
});

const pairPurchases = features('pair_purchases', {
  entity: pair,
  from: purchases,
  compute: ({ count, last, sinceLast }) => ({
    bought_before: count().over('lifetime'),
    bought_90d: count().over('90d'),
    not_bought_for: sinceLast().over('lifetime').unit('seconds'),
    took: last('quantity').over('lifetime'),
  }),
});

const fit = requestFeatures('fit', {
  request: {},
  uses: { itemSales, userPurchases },
  compute: ({ itemSales, userPurchases }) => {
    const { family, price, usual_quantity } = itemSales;
    const { families, paid, takes } = userPurchases;
    const against = (one: number | null, usual: number | null) =>
      one === null || usual === null ? null : Math.log((1 + one) / (1 + usual));
    const near = (code: string) => family !== null && Math.abs(Number(code) - Number(family)) <= 5;
    return {
      same_family: families.filter((code) => code === family).length,
      // Codes were given in order: what is near came into the catalogue together, and often goes together.
      near_family: families.filter(near).length,
      price_vs_paid: against(price, paid),
      quantity_vs_usual: against(usual_quantity, takes),
    };
  },
});

const who = requestFeatures('who', {
  request: { user_id: col.string(), item_id: col.string() },
  uses: { itemSales },
  compute: ({ request, itemSales }) => ({
    user: request.user_id,
    item: request.item_id,
    item_family: itemSales.family,
  }),
});

/** The last month judges, and is what `panel` asks about. */
const split = { validationFrom: new Date('2011-10-20'), testFrom: new Date('2011-11-09') };

const rows = trainingSet('rows', {
  labels: { from: candidates, target: 'grade', at: 'asked_at', group: 'visit_id', knownAfter: '1d' },
  inputs: [itemSales, userPurchases, pairPurchases, fit],
  split,
});

const popularity = model('popularity', { from: rows, trainer: baseline({ value: 'sold_30d' }) });

/** What they bought most often. */
const again = model('again', { from: rows, trainer: baseline({ value: 'bought_before' }) });

const taste = model('taste', {
  from: rows,
  trainer: gbdt({ trees: 200, rate: 0.1, leaves: 31, minLeafRows: 50 }),
  gates: [metric.ndcg.beatsChampion()],
});

const factors = model('factors', {
  labels: { from: candidates, target: 'grade', at: 'asked_at', group: 'visit_id', knownAfter: '1d' },
  inputs: [who],
  split,
  trainer: factorization({ user: ['user'], item: ['item', 'item_family'], factors: 32 }),
});

const recommend = endpoint('recommend', {
  model: taste,
  rank: { item: 'item_id', among: onSale, top: 10 },
});

export default project('online_retail', {
  ...{ invoices, purchases, items, onSale, visits, candidates, panel, item, user, pair },
  ...{ itemSales, userPurchases, pairPurchases, fit, who, rows },
  ...{ popularity, again, taste, factors, recommend },
});
