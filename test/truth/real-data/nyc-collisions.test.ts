import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  col,
  files,
  nullShare,
  project,
  rowCount,
  rowWhere,
  source,
  sql,
  table,
  tableSql,
} from '../../../src/index.ts';
import { dataset, verdicts } from './dataset.fixture.ts';

const { folder, skip } = dataset('nyc-collisions-sample');
const warn = { severity: 'warn' } as const;
const missing = (column: string) => nullShare(column as never).atMost(0, warn);

test('collisions: what is missing, and seven rows twice', { skip }, async () => {
  const reported = source('reported', {
    from: files(join(folder, 'nyc_collision_factors.csv.gz')),
    columns: {
      DATE: col.string().matches(/^(0[1-9]|1[0-2])\/(0[1-9]|[12]\d|3[01])\/2016$/),
      TIME: col.string().matches(/^([01]\d|2[0-3]):[0-5]\d:00$/),
      BOROUGH: col.string().nullable().oneOf('BRONX', 'BROOKLYN', 'MANHATTAN', 'QUEENS', 'STATEN ISLAND'),
      'ZIP CODE': col
        .string()
        .nullable()
        .matches(/^\d{5}$/)
        .rule(warn),
      LATITUDE: col.double().between(40.5023408, 40.9096277),
      LONGITUDE: col.double().between(-74.24827690000002, -73.7025904),
      LOCATION: col.string(),
      'ON STREET NAME': col.string().nullable(),
      'CROSS STREET NAME': col.string().nullable(),
      'OFF STREET NAME': col.string().nullable(),
      'NUMBER OF PERSONS INJURED': col.integer().between(0, 16),
      'NUMBER OF PERSONS KILLED': col.integer().between(0, 1),
      'NUMBER OF CYCLISTS INJURED': col.integer().nullable(),
      'NUMBER OF CYCLISTS KILLED': col.integer().nullable(),
      'NUMBER OF PEDESTRIANS INJURED': col.integer(),
      'NUMBER OF PEDESTRIANS KILLED': col.integer(),
      'CONTRIBUTING FACTOR VEHICLE 1': col.string(),
      'CONTRIBUTING FACTOR VEHICLE 2': col.string().nullable(),
      'CONTRIBUTING FACTOR VEHICLE 3': col.string().nullable(),
      'CONTRIBUTING FACTOR VEHICLE 4': col.string().nullable(),
      'CONTRIBUTING FACTOR VEHICLE 5': col.string().nullable(),
      'VEHICLE TYPE CODE 1': col.string().nullable(),
      'VEHICLE TYPE CODE 2': col.string().nullable(),
      'VEHICLE TYPE CODE 3': col.string().nullable(),
      'VEHICLE TYPE CODE 4': col.string().nullable(),
      'VEHICLE TYPE CODE 5': col.string().nullable(),
    },
    expect: [
      rowCount.between(7303, 7303),
      ...[
        'BOROUGH',
        'ZIP CODE',
        'ON STREET NAME',
        'CROSS STREET NAME',
        'OFF STREET NAME',
        'NUMBER OF CYCLISTS INJURED',
        'NUMBER OF CYCLISTS KILLED',
        'CONTRIBUTING FACTOR VEHICLE 5',
        'VEHICLE TYPE CODE 5',
      ].map(missing),
      rowWhere('borough and zip together', 'BOROUGH is null = ("ZIP CODE" is null)', warn),
    ],
  });
  const collisions = table('collisions', {
    columns: {
      happened: col.timestamp(),
      zip: col
        .string()
        .nullable()
        .matches(/^1\d{4}$/),
      latitude: col.double(),
      longitude: col.double(),
      injured: col.integer(),
    },
    eventTime: 'happened',
    expect: [
      tableSql('first day', "select count(*) from {table} where happened < '2016-01-02'", { atLeast: 1 }),
      tableSql('last day', "select datediff('day', max(happened), '2016-12-03'::TIMESTAMP) from {table}", {
        atLeast: 0,
        atMost: 0,
      }),
    ],
    query: sql`select strptime("DATE" || ' ' || "TIME", '%m/%d/%Y %H:%M:%S') as happened,
      regexp_replace("ZIP CODE", '\\.0$', '') as zip, LATITUDE as latitude, LONGITUDE as longitude,
      "NUMBER OF PERSONS INJURED" as injured from (select distinct * from ${reported})`,
  });
  const found = await verdicts(project('collisions', { reported, collisions }));
  assert.deepEqual(found['reported']?.rows, 7303);
  assert.deepEqual(found['reported']?.aside, {});
  assert.deepEqual(found['reported']?.failed, {
    // Read as a number by whoever wrote the file.
    'ZIP CODE: pattern': '6919 rows',
    'borough and zip together': '1 row',
    'BOROUGH: share of nulls': '0.0524442',
    'ZIP CODE: share of nulls': '0.0525811',
    'ON STREET NAME: share of nulls': '0.14583',
    'CROSS STREET NAME: share of nulls': '0.155689',
    'OFF STREET NAME: share of nulls': '0.895796',
    'NUMBER OF CYCLISTS INJURED: share of nulls': '1',
    'NUMBER OF CYCLISTS KILLED: share of nulls': '1',
    'CONTRIBUTING FACTOR VEHICLE 5: share of nulls': '0.998083',
    'VEHICLE TYPE CODE 5: share of nulls': '0.998357',
  });
  assert.equal(found['collisions']?.rows, 7296);
  assert.deepEqual([found['collisions']?.aside, found['collisions']?.failed], [{}, {}]);
});
