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
  through,
  trainingSet,
} from 'millrace';
import { categories } from './simulate.ts';

// Somebody comes to the shop: what will they buy within a week? Asked when the visit begins, answered by what they buy.

// ── as delivered ───────────────────────────────────────────────────────────

const items = source('items', {
  from: files('data/items.csv'),
  owner: 'catalogue@example.com',
  columns: {
    item_id: col.string(),
    category: col.string().oneOf(...categories),
    price: col.double().between(0, 5_000).describe('in euros'),
    listed_at: col.timestamp(),
    in_stock: col.boolean().describe('now, not then: no input of a model'),
  },
  key: 'item_id',
  eventTime: 'listed_at',
});

const events = source('events', {
  from: files('data/events/*.csv'),
  owner: 'shop@example.com',
  columns: {
    event_id: col.string(),
    user_id: col.string().pii(),
    item_id: col.string(),
    kind: col.string().oneOf('view', 'cart'),
    seen_at: col.timestamp(),
  },
  key: 'event_id',
  eventTime: 'seen_at',
  expect: [rowCount.atLeast(100)],
  onBreach: 'quarantine',
});

/** Lines of orders. Returns come as lines with a quantity below 0, and are set aside. */
const orders = source('orders', {
  from: files('data/orders/*.csv'),
  owner: 'shop@example.com',
  columns: {
    order_id: col.string(),
    line: col.integer(),
    user_id: col.string().pii(),
    item_id: col.string(),
    quantity: col.integer().between(1, 1_000),
    price: col.double().between(0, 5_000).describe('of one, in euros'),
    ordered_at: col.timestamp(),
  },
  key: ['order_id', 'line'],
  eventTime: 'ordered_at',
  onBreach: 'quarantine',
});

// ── with what is known of the item ─────────────────────────────────────────

const looks = table('looks', {
  columns: {
    event_id: col.string(),
    user_id: col.string().pii(),
    item_id: col.string(),
    category: col.string(),
    price: col.double(),
    kind: col.string(),
    seen_at: col.timestamp(),
  },
  key: 'event_id',
  eventTime: 'seen_at',
  query: sql`
    select event_id, user_id, item_id, category, price, kind, seen_at
    from ${events} join ${items} using (item_id)`,
});

const purchases = table('purchases', {
  columns: {
    order_id: col.string(),
    line: col.integer(),
    user_id: col.string().pii(),
    item_id: col.string(),
    category: col.string(),
    price: col.double(),
    ordered_at: col.timestamp(),
  },
  key: ['order_id', 'line'],
  eventTime: 'ordered_at',
  query: sql`
    select order_id, line, user_id, item_id, category, o.price, ordered_at
    from ${orders} o join ${items} using (item_id)`,
});

/** What can be bought now. */
const onSale = table('on_sale', {
  columns: { item_id: col.string() },
  key: 'item_id',
  query: sql`select item_id from ${items} where in_stock`,
});

// ── the questions ──────────────────────────────────────────────────────────

/** One row a visit: the first look of a user's day, if they bought something within the week from then on. */
const visits = table('visits', {
  columns: { visit_id: col.string(), user_id: col.string().pii(), asked_at: col.timestamp() },
  key: 'visit_id',
  eventTime: 'asked_at',
  query: sql`
    with days as (select user_id, date_trunc('day', seen_at) as day, min(seen_at) as asked_at from ${events} group by all)
    select user_id || ' ' || strftime(day, '%Y-%m-%d') as visit_id, user_id, asked_at
    from days d
    where exists (
      from ${orders} o where o.user_id = d.user_id and o.ordered_at >= d.asked_at and o.ordered_at < d.asked_at + interval 7 days)`,
});

/**
 * Of each visit what was bought within a week (2), what was put in the cart only (1), and of all else 15 in 100 (0), drawn by the hash of visit and item. Each
 * thing has the same chance: to draw more of what is popular, or of what the user has seen, teaches that these are bought less than they are.
 */
const candidates = table('candidates', {
  columns: {
    visit_id: col.string(),
    user_id: col.string().pii(),
    item_id: col.string(),
    asked_at: col.timestamp(),
    grade: col.integer().between(0, 2),
  },
  key: ['visit_id', 'item_id'],
  eventTime: 'asked_at',
  query: sql`
    with chosen as (
      select visit_id, item_id, 2 as grade from ${visits} v
        join ${orders} o on o.user_id = v.user_id and o.ordered_at >= asked_at and o.ordered_at < asked_at + interval 7 days
      union all
      select visit_id, item_id, 1 from ${visits} v
        join ${events} e on e.user_id = v.user_id and e.seen_at >= asked_at and e.seen_at < asked_at + interval 7 days
        where kind = 'cart'
      union all
      select visit_id, item_id, 0 from ${visits} join ${items} on listed_at <= asked_at
        where md5_number_lower(item_id || visit_id) % 100 < 15
    )
    select visit_id, user_id, item_id, asked_at, max(grade) as grade
    from chosen join ${visits} using (visit_id) join ${items} using (item_id)
    where listed_at <= asked_at
    group by all`,
});

/** The newest week of visits whose answers are all known, each with the whole catalogue of its time: what evaluate.ts asks. */
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
    with ends as (select date_trunc('day', max(seen_at)) - interval 6 days as known from ${events}),
    asked as (from ${visits}, ends where asked_at < known and asked_at >= known - interval 7 days)
    select visit_id, user_id, item_id, asked_at, exists (
      from ${orders} o where o.user_id = a.user_id and o.item_id = i.item_id
        and o.ordered_at >= a.asked_at and o.ordered_at < a.asked_at + interval 7 days) as bought
    from asked a join ${items} i on listed_at <= asked_at`,
});

// ── what is known at the visit ─────────────────────────────────────────────

const item = entity('item', { key: 'item_id' });
const user = entity('user', { key: 'user_id' });
const pair = entity('pair', { key: ['user_id', 'item_id'] });
const category = entity('category', { key: 'category' });

const itemFacts = features('item_facts', {
  entity: item,
  from: items,
  compute: ({ last, sinceLast }) => ({
    category: last('category').over('lifetime'),
    price: last('price').over('lifetime'),
    listed_for: sinceLast().over('lifetime').unit('seconds'),
  }),
});

const itemLooks = features('item_looks', {
  entity: item,
  from: looks,
  compute: ({ count, distinct, ratio, row }) => ({
    ...count().each('looks', ['1d', '7d', '30d']),
    lookers_30d: distinct('user_id').over('30d'),
    cart_share_30d: ratio(count().where(row.kind.is('cart')).over('30d'), count().over('30d')),
  }),
});

const itemSales = features('item_sales', {
  entity: item,
  from: purchases,
  compute: ({ count, distinct, sinceLast }) => ({
    ...count().each('sold', ['1d', '7d', '30d']),
    buyers_30d: distinct('user_id').over('30d'),
    unsold_for: sinceLast().over('30d').unit('seconds'),
  }),
});

const categorySales = features('category_sales', {
  entity: category,
  from: purchases,
  compute: ({ count }) => ({ sold_7d: count().over('7d'), sold_30d: count().over('30d') }),
});

/** How the item's category sells: the season. */
const itemCategory = through('item_category', {
  ...{ by: itemFacts, feature: 'category', look: categorySales, prefix: 'category_' },
});

const userLooks = features('user_looks', {
  entity: user,
  from: looks,
  compute: ({ count, mean, topK, lastK, sinceLast }) => ({
    user_looks_30d: count().over('30d'),
    usual_price: mean('price').over('30d'),
    away_for: sinceLast().over('30d').unit('seconds'),
    looked_most: topK('category', 4).over('30d'),
    looked_last: lastK('category', 12).over('30d'),
  }),
});

const userPurchases = features('user_purchases', {
  entity: user,
  from: purchases,
  compute: ({ count, mean, topK }) => ({
    user_bought_90d: count().over('90d'),
    paid: mean('price').over('90d'),
    bought_most: topK('category', 4).over('90d'),
  }),
});

const pairLooks = features('pair_looks', {
  entity: pair,
  from: looks,
  compute: ({ count, sinceLast, row }) => ({
    seen_30d: count().where(row.kind.is('view')).over('30d'),
    carted_30d: count().where(row.kind.is('cart')).over('30d'),
    unseen_for: sinceLast().over('30d').unit('seconds'),
  }),
});

const pairPurchases = features('pair_purchases', {
  entity: pair,
  from: purchases,
  compute: ({ count, sinceLast }) => ({
    bought_before: count().over('lifetime'),
    not_bought_for: sinceLast().over('lifetime').unit('seconds'),
  }),
});

/** Does the thing fit the person? */
const fit = requestFeatures('fit', {
  request: {},
  uses: { itemFacts, userLooks, userPurchases },
  compute: ({ itemFacts, userLooks, userPurchases }) => {
    const { category, price } = itemFacts;
    const { looked_most, looked_last, usual_price } = userLooks;
    const place = (list: readonly string[]) =>
      category === null || !list.includes(category) ? null : list.indexOf(category);
    const against = (usual: number | null) =>
      price === null || usual === null || usual === 0 ? null : Math.log((1 + price) / (1 + usual));
    return {
      looked_place: place(looked_most),
      bought_place: place(userPurchases.bought_most),
      looked_share:
        looked_last.length === 0
          ? null
          : looked_last.filter((c) => c === category).length / looked_last.length,
      price_vs_looked: against(usual_price),
      price_vs_paid: against(userPurchases.paid),
    };
  },
});

/** Who is asked about what, for the model that learns both by name. */
const who = requestFeatures('who', {
  request: { user_id: col.string(), item_id: col.string() },
  uses: { itemFacts },
  compute: ({ request, itemFacts }) => ({
    user: request.user_id,
    item: request.item_id,
    item_category: itemFacts.category,
  }),
});

// ── models ─────────────────────────────────────────────────────────────────

/** The newest fifth judges; the week of `panel` lies within it. */
const split = { train: 0.65, validation: 0.15 };

const rows = trainingSet('rows', {
  labels: { from: candidates, target: 'grade', at: 'asked_at', group: 'visit_id', knownAfter: '7d' },
  inputs: [
    itemFacts,
    itemLooks,
    itemSales,
    itemCategory,
    userLooks,
    userPurchases,
    pairLooks,
    pairPurchases,
    fit,
  ],
  split,
});

/** What must be beaten: what sells most this month, for everybody. */
const popularity = model('popularity', {
  from: rows,
  trainer: baseline({ value: 'sold_30d' }),
  owner: 'shop@example.com',
});

const taste = model('taste', {
  from: rows,
  trainer: gbdt({ trees: 150, rate: 0.05, leaves: 15, minLeafRows: 100 }),
  gates: [metric.ndcg.atLeast(0.5), metric.ndcg.beatsChampion()],
  // A list is one user's: it is judged by what is known of that user.
  slices: { 'who has not bought for 90 days': { user_bought_90d: { to: 1 } } },
  owner: 'shop@example.com',
});

const factors = model('factors', {
  labels: { from: candidates, target: 'grade', at: 'asked_at', group: 'visit_id', knownAfter: '7d' },
  inputs: [who],
  split,
  trainer: factorization({ user: ['user'], item: ['item', 'item_category'], factors: 16 }),
  owner: 'shop@example.com',
});

const recommend = endpoint('recommend', {
  model: taste,
  rank: { item: 'item_id', among: onSale, top: 10 },
  description: 'What to show to somebody who comes to the shop.',
});

export default project('shop', {
  ...{ items, events, orders, looks, purchases, onSale, visits, candidates, panel },
  ...{ item, user, pair, category },
  ...{ itemFacts, itemLooks, itemSales, categorySales, itemCategory },
  ...{ userLooks, userPurchases, pairLooks, pairPurchases, fit, who },
  ...{ rows, popularity, taste, factors, recommend },
});
