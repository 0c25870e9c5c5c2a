import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ColumnType } from '../../base/index.ts';
import { type Engine, openDuckDb, type Session } from '../../engine/index.ts';
import { readTyped } from './cell-sql.ts';

let engine: Engine;
let session: Session;
before(async () => {
  engine = await openDuckDb({});
  session = await engine.session();
});
after(() => engine.close());

/** What a typed cell becomes; null where it does not come through whole, `refused` where its type cannot. */
async function read(literal: string, type: ColumnType): Promise<unknown> {
  const [found] = await session.rows<{ t: string }>(`select typeof(${literal}) as t`);
  const reading = readTyped(found!.t, type, 'r');
  if (reading === undefined) return 'refused';
  const [row] = await session.rows<{ v: unknown }>(
    `select ${reading.settle('p')} as v from (select ${reading.parse} as p from (select ${literal} as r))`,
  );
  return row!.v instanceof Date ? row!.v.toISOString() : row!.v;
}

// literal → as double, as integer
const numbers: [string, unknown, unknown][] = [
  ['1::TINYINT', 1, 1],
  ['4294967295::UINTEGER', 4294967295, 4294967295],
  ['9007199254740991::BIGINT', 9007199254740991, 9007199254740991],
  ['9007199254740992::BIGINT', null, null],
  ['(-9007199254740992)::BIGINT', null, null],
  ['18446744073709551615::UBIGINT', null, null],
  ['5::HUGEINT', 5, 5],
  ['170141183460469231731687303715884105727::HUGEINT', null, null],
  ['0.5::FLOAT', 0.5, null],
  ['3::FLOAT', 3, 3],
  ['-3.0::DOUBLE', -3, -3],
  ['1e300::DOUBLE', 1e300, null],
  [`'nan'::DOUBLE`, null, null],
  [`'-inf'::FLOAT`, null, null],
  ['0.1::DECIMAL(18,2)', 0.1, null],
  ['12.00::DECIMAL(18,2)', 12, 12],
  ['1234567890123.45::DECIMAL(18,2)', 1234567890123.45, null],
  ['1234567890123456.78::DECIMAL(18,2)', null, null],
  ['12345678901234567890.12::DECIMAL(38,2)', null, null],
  ['null::DOUBLE', null, null],
  [`'1'::VARCHAR`, 'refused', 'refused'],
  ['true', 'refused', 'refused'],
  [`date '2024-01-01'`, 'refused', 'refused'],
];

test('typed numbers come through whole or not at all', async () => {
  for (const [literal, double, integer] of numbers) {
    assert.deepEqual([literal, await read(literal, 'double')], [literal, double]);
    assert.deepEqual([literal, await read(literal, 'integer')], [literal, integer]);
  }
});

test('typed texts, booleans and instants', async () => {
  const cases: [string, ColumnType, unknown][] = [
    [`' a '`, 'string', ' a '],
    ['7::BIGINT', 'string', '7'],
    [`'x'::ENUM('x', 'y')`, 'string', 'x'],
    [`'00000000-0000-0000-0000-000000000001'::UUID`, 'string', '00000000-0000-0000-0000-000000000001'],
    ['1.5::DOUBLE', 'string', 'refused'],
    [`'a'::BLOB`, 'string', 'refused'],
    ['[1]', 'string', 'refused'],
    ['true', 'boolean', true],
    ['1::TINYINT', 'boolean', 'refused'],
    [`timestamp '2024-01-01 10:00:00.123456'`, 'timestamp', '2024-01-01T10:00:00.123Z'],
    [`timestamptz '2024-01-01 10:00:00+02'`, 'timestamp', '2024-01-01T08:00:00.000Z'],
    [`timestamp_s '2024-01-01 10:00:00'`, 'timestamp', '2024-01-01T10:00:00.000Z'],
    [`timestamp_ms '2024-01-01 10:00:00.5'`, 'timestamp', '2024-01-01T10:00:00.500Z'],
    [`timestamp_ns '2024-01-01 10:00:00.999999999'`, 'timestamp', '2024-01-01T10:00:00.999Z'],
    [`date '2024-01-01'`, 'timestamp', '2024-01-01T00:00:00.000Z'],
    [`timestamp 'infinity'`, 'timestamp', null],
    [`timestamptz '-infinity'`, 'timestamp', null],
    [`date 'infinity'`, 'timestamp', null],
    [`time '10:00:00'`, 'timestamp', 'refused'],
    ['1700000000::BIGINT', 'timestamp', 'refused'],
  ];
  for (const [literal, type, wanted] of cases)
    assert.deepEqual([literal, await read(literal, type)], [literal, wanted]);
});
