import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Json, MillraceError } from '../../../base/index.ts';
import { type Engine, openDuckDb, type Session } from '../../../engine/index.ts';
import { col, columnSpecs } from '../../contract/index.ts';
import type { Cell } from '../cell.ts';
import { provesOneVerdict } from './condition.fixture.ts';
import {
  type Condition,
  type ConditionSpec,
  checkCondition,
  compileCondition,
  conditionColumns,
  conditionSql,
  conditionText,
  not,
  rowOf,
} from './index.ts';

const columns = {
  country: col.string().nullable(),
  amount: col.double().nullable(),
  limit: col.integer(),
  online: col.boolean(),
  paid_at: col.timestamp(),
  'valid to': col.timestamp(),
};
const row = rowOf(columns);
const specs = columnSpecs(columns);
const typeOf = (column: string) => specs.find(({ name }) => name === column)!.type;
const plain = (condition: Condition): ConditionSpec => condition['~condition'];

let engine: Engine;
let session: Session;
before(async () => {
  engine = await openDuckDb({ threads: 1 });
  session = await engine.session();
});
after(() => engine.close());

test('SQL and JavaScript take the same rows, for tens of thousands of random cases', async () => {
  assert.ok((await provesOneVerdict(100)) > 2_000);
});

/** Whether a row is taken, by both compilations. */
async function takes(condition: Condition, cells: Readonly<Record<string, Cell>>): Promise<boolean> {
  const spec = plain(condition);
  const js = compileCondition(spec, typeOf)((column) => cells[column] ?? null);
  const values = Object.entries(cells).map(([name, cell]) => {
    const value = typeof cell === 'string' ? `'${cell}'` : String(cell);
    const made = typeOf(name) === 'timestamp' ? `make_timestamp(${value})` : value;
    return `${made} as "${name}"`;
  });
  const where = conditionSql(spec, typeOf, (column) => `one."${column}"`);
  const rows = await session.rows<{ n: number }>(
    `select count(*) filter (where ${where}) as n from (select ${values.join(', ')}) as one`,
  );
  assert.equal(rows[0]?.n === 1, js, conditionText(spec));
  return js;
}

test('what is missing is neither the one nor the other', async () => {
  const missing = { country: null, amount: null, online: true };
  const de = row.country.is('DE');
  for (const [condition, taken] of [
    [de, false],
    [not(de), false],
    [row.country.isNot('DE'), false],
    [row.country.oneOf('DE', 'US'), false],
    [row.country.startsWith(''), false],
    [row.country.isMissing(), true],
    [row.country.isThere(), false],
    [not(row.country.isThere()), true],
    [de.or(row.online.is(true)), true],
    [de.and(row.online.is(true)), false],
    // False and unknown is false, so not of it is true; true and unknown is unknown.
    [not(de.and(row.online.is(false))), true],
    [not(de.and(row.online.is(true))), false],
    [not(de.or(row.online.is(false))), false],
    [row.country.isNot('DE').or(row.country.isMissing()), true],
    [row.amount.is(row.amount), false],
  ] as const)
    assert.equal(await takes(condition, missing), taken, conditionText(plain(condition)));
});

test('each test takes what its name says', async () => {
  const noon = Date.parse('2026-03-01T12:00:00Z');
  const cells = {
    country: 'Deutschland',
    amount: 100,
    limit: 100,
    online: false,
    paid_at: noon * 1000,
    'valid to': noon * 1000 + 1,
  };
  for (const [condition, taken] of [
    [row.country.is('Deutschland'), true],
    [row.country.is('deutschland'), false],
    [row.country.startsWith('Deu'), true],
    [row.country.startsWith('eu'), false],
    [row.country.startsWith('D%'), false],
    [row.country.contains('land'), true],
    [row.country.contains('Land'), false],
    [row.country.contains('_and'), false],
    [row.amount.above(100), false],
    [row.amount.atLeast(100), true],
    [row.amount.below(100), false],
    [row.amount.atMost(100), true],
    [row.amount.between(100, 200), true],
    [row.amount.between(0, 100), true],
    [row.amount.between(101, 200), false],
    [row.amount.is(row.limit), true],
    [row.online.is(false), true],
    [row.online.isNot(false), false],
    [row.paid_at.is(new Date(noon)), true],
    [row['valid to'].above(new Date(noon)), true],
    [row['valid to'].above(row.paid_at), true],
    [row['valid to'].is(row.paid_at), false],
    [row.paid_at.between(new Date(noon - 1), new Date(noon)), true],
    [row.paid_at.oneOf(new Date(0), new Date(noon)), true],
  ] as const)
    assert.equal(await takes(condition, cells), taken, conditionText(plain(condition)));
});

test('the plain form is frozen, survives JSON, and knows its columns', () => {
  const condition = row.country
    .is('DE')
    .and(row.amount.above(-0), row['valid to'].above(row.paid_at))
    .and(not(row.paid_at.is(new Date(-1))));
  const spec = plain(condition);
  const json: Json = spec;
  assert.deepStrictEqual(json, {
    test: 'and',
    of: [
      { test: 'is', column: 'country', to: 'DE' },
      { test: 'above', column: 'amount', to: 0 },
      { test: 'above', column: 'valid to', to: { column: 'paid_at' } },
      { test: 'not', of: { test: 'is', column: 'paid_at', to: { micros: -1000 } } },
    ],
  });
  assert.deepStrictEqual(JSON.parse(JSON.stringify(spec)), spec);
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || (Object.isFrozen(value) && Object.values(value as object).every(frozen));
  assert.ok(frozen(spec));
  assert.deepEqual(conditionColumns(spec), ['country', 'amount', 'valid to', 'paid_at']);
});

test('for people', () => {
  const far = new Date('9999-12-31T23:59:59.999Z');
  for (const [condition, text] of [
    [row.country.is('DE').and(row.amount.above(100)), "country = 'DE' and amount > 100"],
    [
      row.country.isNot("O'Neil\n").or(row.amount.between(1, 2).and(row.online.is(true))),
      "country ≠ 'O''Neil\\n' or (amount between 1 and 2 and online = true)",
    ],
    [
      not(row['valid to'].atMost(row.paid_at)).or(row['valid to'].is(far)),
      'not ("valid to" ≤ paid_at) or "valid to" = 9999-12-31T23:59:59.999Z',
    ],
    [row.paid_at.below(new Date(0)), 'paid_at < 1970-01-01T00:00:00.000Z'],
    [row.limit.oneOf(1, 2, 3, 4, 5, 6, 7), 'limit is one of 1, 2, 3, 4, 5 and 2 more'],
    [row.country.startsWith('x'.repeat(100)), `country starts with '${'x'.repeat(60)}…'`],
    [row.country.contains('"').or(row.country.isMissing()), `country contains '"' or country is missing`],
  ] as const)
    assert.equal(conditionText(plain(condition)), text);
});

test('a value that no cell can be is refused where it is declared', () => {
  // As an untyped program would.
  // biome-ignore lint/suspicious/noExplicitAny: types would refuse these
  const untyped = row as any;
  for (const [declare, message] of [
    [
      () => row.amount.above(Number.NaN),
      /'amount' is of type double, and is compared with NaN.*finite number/,
    ],
    [() => row.amount.oneOf(1, Infinity), /Infinity/],
    [
      () => row.paid_at.is(new Date(Number.NaN)),
      /'paid_at' is of type timestamp.*an invalid Date.*valid Date/,
    ],
    [() => row.country.is('\uD83D'), /half of a surrogate pair/],
    [() => row.country.contains('a\0'), /NUL/],
    [() => row.country.startsWith('x'.repeat(10_001)), /more than 10,000 characters/],
    [() => row.amount.between(2, 1), /begins after its end/],
    [() => row.paid_at.between(new Date(1), new Date(0)), /begins after its end/],
    [() => untyped.country.oneOf(), /wants 1 to 1,000 values, and has 0/],
    [() => row.limit.oneOf(...(Array.from({ length: 1_001 }, (_, i) => i) as [number])), /has 1,001/],
    [() => untyped.country.is(1), /'country' is of type string, and is compared with 1/],
    [() => untyped.country.is(null), /Use isMissing/],
    [() => untyped.country.above('x'), /above is for numbers and timestamps/],
    [() => untyped.online.is('true'), /Give true or false/],
    [() => untyped.amount.is(new Date(0)), /compared with a Date/],
    [() => untyped.paid_at.is(0), /valid Date/],
    [() => untyped.amount.startsWith('1'), /startsWith is for text/],
    [() => untyped.amount.is(row.country), /'amount' is of type double and 'country' of type string/],
    [() => untyped.amount.is({}), /compared with an object/],
  ] as const)
    assert.throws(declare, (error) => {
      assert.ok(error instanceof MillraceError);
      assert.equal(error.code, 'MILL_FEATURES_INVALID');
      assert.match(error.message, message);
      return true;
    });
});

test('a condition stays of a size to read', async () => {
  const one = row.amount.above(1);
  let deep = one;
  for (let i = 1; i < 50; i++) deep = not(deep);
  assert.equal(await takes(deep, { amount: 1 }), true);
  assert.throws(() => not(deep), /nested more than 50 deep/);
  const wide = one.and(...Array.from({ length: 998 }, () => one));
  assert.equal(await takes(wide, { amount: 2 }), true);
  assert.throws(() => wide.and(one), /more than 1,000 parts/);
  const values = Array.from({ length: 1_000 }, (_, i) => i) as [number, ...number[]];
  assert.equal(await takes(row.amount.oneOf(...values), { amount: -0 }), true);
  assert.equal(await takes(row.amount.oneOf(...values), { amount: 999.5 }), false);
  // A chain is as deep as it looks.
  let chain = one;
  for (let i = 0; i < 100; i++) chain = chain.or(one);
  assert.equal(await takes(chain, { amount: 2 }), true);
});

test('what comes from elsewhere is held against the columns', () => {
  const faults = (spec: unknown) =>
    checkCondition(spec, specs).map(({ message, todo }) => `${message} ${todo}`);
  assert.deepEqual(faults({ test: 'isThere', column: 'country' }), []);
  assert.deepEqual(faults({ test: 'is', column: 'contry', to: 'DE' }), [
    "A condition reads 'contry', which is no column; the nearest is 'country'. Did you mean 'country'?",
  ]);
  assert.match(faults({ test: 'is', column: 'amount', to: { column: 'x' } })[0] ?? '', /reads 'x'/);
  const bad: unknown[] = [
    ...[null, 1, 'x', [], {}, { test: 'like', column: 'country', text: 'x' }],
    ...[{ test: 'and', of: [] }, { test: 'and', of: { test: 'isThere' } }, { test: 'not' }],
    ...[
      { test: 'is', column: 'country' },
      { test: 'is', column: 1, to: 'DE' },
    ],
    { test: 'isThere', column: 'country', sql: '1' },
    { test: 'is', column: 'amount', to: { column: 'limit', or: 1 } },
    { test: 'is', column: 'paid_at', to: { micros: '0) or (true' } },
    { test: 'is', column: 'paid_at', to: { micros: 0.5 } },
    { test: 'is', column: 'paid_at', to: { micros: 1e19 } },
    { test: 'is', column: 'amount', to: '0) or (true' },
    { test: 'startsWith', column: 'country', text: 1 },
    { test: 'constructor', column: 'country' },
  ];
  for (const spec of bad) assert.equal(faults(spec).length, 1, JSON.stringify(spec));
  // Two faults of two parts are two messages.
  assert.equal(faults({ test: 'or', of: [bad[1], { test: 'not', of: bad[2] }] }).length, 2);
  let deep: unknown = { test: 'isThere', column: 'country' };
  for (let i = 0; i < 100_000; i++) deep = { test: 'not', of: deep };
  assert.match(faults(deep)[0] ?? '', /nested more than 50 deep/);
});

test('a condition that was never checked does not become SQL', () => {
  for (const spec of [
    { test: 'is', column: 'amount', to: '0) or (true' },
    { test: 'is', column: 'paid_at', to: { micros: '0) or (true' } },
    { test: 'is', column: 'online', to: '0) or (true' },
    { test: '= 1 or', column: 'online', to: true },
  ] as unknown as ConditionSpec[]) {
    assert.throws(() => conditionSql(spec, typeOf, (column) => column), { code: 'MILL_BUG' });
    assert.throws(() => compileCondition(spec, typeOf), { code: 'MILL_BUG' });
  }
});
