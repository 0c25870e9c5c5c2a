import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  col,
  entity,
  features,
  files,
  project,
  requestFeatures,
  source,
  sql,
  table,
  trainingSet,
} from '../../../src/index.ts';
import { dataset, verdicts } from './dataset.fixture.ts';

const { folder, skip } = dataset('nycflights13');

// Whether a flight will arrive more than a quarter of an hour late, asked when it is scheduled to leave. The hour is local time taken
// as it stands: it only orders the rows.
function flights(planted: boolean) {
  const flown = source('flights', {
    from: files(join(folder, 'flights.csv.gz'), { nulls: ['', 'NA'] }),
    columns: {
      year: col.integer(),
      month: col.integer(),
      day: col.integer(),
      hour: col.integer(),
      dep_delay: col.double().nullable(),
      arr_delay: col.double().nullable(),
      carrier: col.string(),
      origin: col.string(),
      dest: col.string(),
      distance: col.double(),
      flight: col.integer(),
    },
  });
  const outcomes = table('outcomes', {
    columns: {
      scheduled: col.timestamp(),
      carrier: col.string(),
      origin: col.string(),
      dest: col.string(),
      distance: col.double(),
      flight: col.integer(),
      arrived_late_by: col.double(),
      late: col.boolean(),
    },
    eventTime: 'scheduled',
    availableAfter: '1d',
    query: sql`select make_timestamp("year", "month", "day", "hour", 0, 0) as scheduled, carrier, origin, dest, distance, flight,
        arr_delay as arrived_late_by, arr_delay > 15 as late
      from ${flown} where arr_delay is not null and month <= 3`,
  });
  const lately = features('lately', {
    entity: entity('carrier', { key: 'carrier' }),
    from: outcomes,
    compute: ({ mean, count }) => ({
      usual_delay: mean('arrived_late_by').over('7d'),
      flights_7d: count().over('7d'),
    }),
  });
  const flight = requestFeatures('flight', {
    request: { origin: col.string(), dest: col.string(), distance: col.double(), flight: col.integer() },
    compute: ({ request: { origin, dest, distance, flight } }) => ({ origin, dest, distance, flight }),
  });
  const landed = requestFeatures('landed', {
    request: { arrived_late_by: col.double() },
    compute: ({ request }) => ({ minutes: request.arrived_late_by }),
  });
  const rows = trainingSet('late_rows', {
    labels: { from: outcomes, target: 'late', at: 'scheduled', knownAfter: '1d' },
    inputs: planted ? [lately, flight, landed] : [lately, flight],
  });
  return project('flights', { flown, outcomes, lately, flight, rows, ...(planted ? { landed } : {}) });
}

test('flights: past delays and what the schedule says are no leak', { skip }, async () => {
  const found = (await verdicts(flights(false)))['late_rows'];
  // Of January to March: 80,789 flights, of which 78,148 have an arrival.
  assert.ok((found?.rows ?? 0) > 75_000, String(found?.rows));
  assert.deepEqual(found?.failed, {});
});

test('flights: how late it arrived tells whether it arrived late, and lineage says why', {
  skip,
}, async () => {
  const { failed = {} } = (await verdicts(flights(true)))['late_rows'] ?? {};
  assert.deepEqual(Object.keys(failed).sort(), [
    'leakage: landed.arrived_late_by by lineage',
    'leakage: minutes alone',
  ]);
  assert.match(failed['leakage: minutes alone'] ?? '', /ROC-AUC 1\.0000/);
  assert.match(failed['leakage: landed.arrived_late_by by lineage'] ?? '', /made of flights\.arr_delay/);
});
