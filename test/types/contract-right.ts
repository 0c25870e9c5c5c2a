// Rules of contracts that must compile. Checked by tsc; nothing here runs.
import {
  col,
  files,
  mean,
  nullShare,
  quantile,
  rowCount,
  rowWhere,
  source,
  sql,
  table,
  tableSql,
  unique,
} from 'millrace';

const cards = source('cards', {
  from: files('cards.csv'),
  columns: { card_id: col.string(), number: col.integer(), kind: col.string().oneOf('debit', 'credit') },
  key: 'card_id',
});

export const payments = source('payments', {
  from: files('payments.csv'),
  columns: {
    id: col
      .string()
      .length(8)
      .length(2, 40)
      .rule({ severity: 'warn', owner: 'crm', description: 'short ids' }),
    card_id: col.string().references(cards, 'card_id').nullable(),
    number: col.integer().references(cards, 'number').between(0, 10),
    // A set of texts is text, on either side.
    kind: col.string().oneOf('debit').references(cards, 'kind'),
    kind_again: col.string().references(cards, 'kind').pii(),
    amount: col.double(),
    paid_at: col.timestamp(),
  },
  eventTime: 'paid_at',
  expect: [
    rowCount.atLeast(1),
    rowCount.between(1, 10, { severity: 'warn' }),
    rowCount.likeBefore(),
    rowCount.likeBefore({ tolerance: 0.3, owner: 'shop' }),
    rowWhere('amount_positive', 'amount > 0', { severity: 'block' }),
    unique('id'),
    unique('card_id', 'paid_at', { severity: 'warn' }),
    nullShare('card_id').atMost(0.1),
    mean('amount').between(0, 100),
    mean('number').likeBefore({ deviations: 3 }),
    quantile('amount', 0.99).between(0, 10_000),
    tableSql('refunds', 'select sum(amount) from {table}', { atMost: 0 }),
  ],
});

export const by_card = table('by_card', {
  columns: { card_id: col.string().references(cards, 'card_id'), spent: col.double() },
  expect: [mean('spent').likeBefore()],
  query: sql`select card_id, sum(amount) as spent from ${payments} group by card_id`,
});
