// Mistakes in the rules of contracts: each @ts-expect-error is a line that must not compile. Checked by tsc; nothing here runs.
import {
  by,
  col,
  files,
  mean,
  nullShare,
  quantile,
  rowCount,
  source,
  sql,
  table,
  tableSql,
  unique,
} from 'millrace';

const cards = source('cards', {
  from: files('cards.csv'),
  columns: { card_id: col.string(), number: col.integer() },
});

// @ts-expect-error no such column there
col.string().references(cards, 'card');

// @ts-expect-error a text is no number
col.string().references(cards, 'number');

// @ts-expect-error a number is no text
col.integer().references(cards, 'card_id');

// @ts-expect-error a number has no length
col.double().length(2);

// @ts-expect-error no such severity
col.string().length(2).rule({ severity: 'fatal' });

const from = files('x.csv');
const columns = { id: col.string(), amount: col.double(), at: col.timestamp() };

// @ts-expect-error no such column to partition by
source('x', { from, columns, partitionBy: ['ident'] });

// @ts-expect-error no such time
source('x', { from, columns, partitionBy: ['id', by.month('att')] });

// @ts-expect-error a text has no month
source('x', { from, columns, partitionBy: [by.month('id')] });

// @ts-expect-error every instant is a partition of its own
source('x', { from, columns, partitionBy: ['at'] });

// @ts-expect-error a table has the same rules
table('x', { columns, partitionBy: [by.day('amount')], query: sql`select 1` });

// @ts-expect-error no such column
source('x', { from, columns, expect: [unique('ident')] });

// @ts-expect-error one of the two is no column
source('x', { from, columns, expect: [unique('id', 'amont')] });

// @ts-expect-error no such column
source('x', { from, columns, expect: [rowCount.atLeast(1), nullShare('idd').atMost(0.1)] });

// @ts-expect-error a text has no mean
source('x', { from, columns, expect: [mean('id').between(0, 1)] });

// @ts-expect-error an instant has no quantile
source('x', { from, columns, expect: [quantile('at', 0.5).likeBefore()] });

// @ts-expect-error unique needs a column
unique();

// @ts-expect-error no bounds
tableSql('x', 'select 1 from {table}');
