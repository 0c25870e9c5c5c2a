import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { col, contractOf, openBench, type SourceBench } from './source.fixture.ts';

// Real data: all flights out of New York in 2013. Rows and missing values as counted by its publishers.

const data = resolve(import.meta.dirname, '../../../../../shared/datasets/nycflights13/flights.csv.gz');
const skip = existsSync(data) ? false : 'no ../shared/datasets';

let bench: SourceBench;
before(async () => {
  bench = await openBench();
});
after(() => bench.close());

test('flights load under a contract: 336,776 rows, 8,255 without a departure', { skip }, async () => {
  const missing = { nullable: true };
  const contract = contractOf([
    col('year', 'integer'),
    col('month', 'integer', { rules: [{ rule: 'between', min: 1, max: 12 }] }),
    col('day', 'integer'),
    col('dep_time', 'integer', { ...missing, rules: [{ rule: 'between', min: 0, max: 2359 }] }),
    col('arr_delay', 'double', missing),
    col('carrier', 'string', { rules: [{ rule: 'matches', pattern: '^[0-9A-Z]{2}$' }] }),
    col('tailnum', 'string', missing),
    col('origin', 'string', { rules: [{ rule: 'oneOf', values: ['EWR', 'JFK', 'LGA'] }] }),
  ]);
  const result = await bench.load({ ...contract, onBreach: 'warn' }, { glob: data });
  // 2400 for midnight is the known oddity of this set.
  assert.deepEqual(Object.fromEntries(result.broken), { 'dep_time: between 0 and 2359': 29 });
  const table = bench.lake.table('t')!;
  const [counts] = await bench.session.rows(
    `select count(*) as rows, count(*) - count(dep_time) as no_departure, count(*) - count(arr_delay) as no_delay, count(*) - count(tailnum) as no_tail from ${bench.session.scan(table)}`,
  );
  assert.deepEqual(counts, { rows: 336_776, no_departure: 8_255, no_delay: 9_430, no_tail: 2_512 });
});
