import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { col, files, nullShare, project, rowCount, rowWhere, source, tableSql } from '../../../src/index.ts';
import { dataset, verdicts } from './dataset.fixture.ts';

const { folder, skip } = dataset('online-retail');
const warn = { severity: 'warn' } as const;
/** Fails, so that what it observes is told. */
const count = (name: string, what: string) =>
  tableSql(name, `select ${what} from {table}`, { atMost: 0, ...warn });

test('online retail: cancellations, write-offs, prices, duplicates and gaps', { skip }, async () => {
  const lines = source('lines', {
    from: files(join(folder, 'online_retail.csv.gz')),
    columns: {
      InvoiceNo: col.string().matches(/^[CA]?\d{6}$/),
      StockCode: col
        .string()
        .matches(/^[^a-z]+$/)
        .rule(warn),
      Description: col.string().nullable(),
      Quantity: col.integer().between(-80_995, 80_995),
      InvoiceDate: col.timestamp(),
      UnitPrice: col.double().between(0, 38_970),
      CustomerID: col
        .string()
        .nullable()
        .matches(/^\d{5}$/),
      Country: col.string(),
    },
    eventTime: 'InvoiceDate',
    expect: [
      rowWhere('no adjustment', "InvoiceNo not like 'A%'"),
      rowWhere('not cancelled', "InvoiceNo not like 'C%'", warn),
      rowWhere('quantity not negative', 'Quantity >= 0', warn),
      rowWhere('not written off', "Quantity >= 0 or InvoiceNo like 'C%'", warn),
      rowWhere('price above zero', 'UnitPrice > 0', warn),
      rowCount.between(541_906, 541_906),
      nullShare('CustomerID').atMost(0.2, warn),
      nullShare('Description').atMost(0.01),
      count('customers', 'count(distinct CustomerID)'),
      count('invoices', 'count(distinct InvoiceNo)'),
      count('stock codes', 'count(distinct StockCode)'),
      count('countries', 'count(distinct Country)'),
      count(
        'rows that are there already',
        'count(*) - count(distinct row(InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country))',
      ),
      count(
        'codes with several descriptions',
        "count(distinct StockCode) - (select count(*) from (select 1 from {table} group by StockCode having count(distinct coalesce(Description, '')) = 1))",
      ),
      tableSql(
        'first and last day',
        "select datediff('day', min(InvoiceDate), max(InvoiceDate)) from {table}",
        {
          atLeast: 373,
          atMost: 373,
        },
      ),
    ],
  });
  const { lines: found } = await verdicts(project('retail', { lines }));
  assert.equal(found?.rows, 541_906);
  // The three adjustments of bad debt, two of them with a negative price.
  assert.deepEqual(found?.aside, {
    'UnitPrice: between 0 and 38970 + no adjustment + price above zero': 2,
    'no adjustment': 1,
  });
  assert.deepEqual(found?.failed, {
    'UnitPrice: between 0 and 38970': '2 rows',
    'no adjustment': '3 rows',
    'not cancelled': '9288 rows',
    'quantity not negative': '10624 rows',
    'not written off': '1336 rows',
    'price above zero': '2517 rows',
    'StockCode: pattern': '1977 rows',
    // 135,080 without the three that are set aside, of 541,906.
    'CustomerID: share of nulls': '0.249263',
    customers: '4372',
    // Without the adjustments, of which each is an invoice, and their code.
    invoices: '25897',
    'stock codes': '4069',
    countries: '38',
    'rows that are there already': '5268',
    // As its README counts, where no description is one too; of descriptions that are there, 650 codes have several.
    'codes with several descriptions': '1324',
  });
  for (const name of ['rowCount', 'Description: share of nulls', 'first and last day', 'InvoiceNo: pattern'])
    assert.ok(found?.held.includes(name), name);
});
