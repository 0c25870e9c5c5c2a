import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ajv } from 'ajv';
import { refuseRows } from '../../src/assets/endpoint/batch/row-faults.ts';
import { wantedOf } from '../../src/assets/endpoint/batch/wanted.ts';
import type { CellRule, ColumnSpec, InputPlan } from '../../src/assets/index.ts';
import { type ColumnType, MillraceError, quoteText } from '../../src/base/index.ts';
import { type Engine, openDuckDb, type Session } from '../../src/engine/index.ts';
import { askPatterns } from '../../src/server/ask-patterns.ts';
import { askSchema, isInstantText } from '../../src/server/ask-schema.ts';

// A row of a batch is refused exactly where the same question is over HTTP.

const rules: readonly (readonly [ColumnType, readonly CellRule[]])[] = [
  ['double', []],
  ['double', [{ rule: 'between', min: -1.5, max: 4 }]],
  ['integer', [{ rule: 'between', min: 0, max: 3 }]],
  ['integer', []],
  ['string', [{ rule: 'oneOf', values: ['DE', "O'Neill", 'ü'] }]],
  ['string', [{ rule: 'matches', pattern: '^[A-Z]{2}$' }]],
  [
    'string',
    [
      { rule: 'matches', pattern: 'a' },
      { rule: 'length', min: 1, max: 2 },
    ],
  ],
  ['boolean', []],
  ['timestamp', []],
];

const values: readonly (string | number | boolean | null)[] = [
  ...[0, -1.5, -1.500001, 4, 5, 3, 3.5, 1e300, -0],
  ...['DE', "O'Neill", 'ü', 'de', 'a', 'aa', 'aaa', '😀a', '😀aa', ' '],
  ...[true, false, null, '2026-02-28T00:00:00Z', '2026-02-30T00:00:00Z', '2026-01-01T00:00:00.5+01:00'],
];

let engine: Engine;
let session: Session;
before(async () => {
  engine = await openDuckDb();
  session = await engine.session();
});
after(async () => {
  session.close();
  await engine.close();
});

const ajv = new Ajv({ strict: false }).addFormat('date-time', isInstantText);

async function refusedOverHttp(plan: InputPlan, value: unknown): Promise<boolean> {
  if (!ajv.validate(askSchema(plan) as object, { x: value })) return true;
  const patterns = askPatterns(engine, plan);
  try {
    await patterns.hold({ x: value } as never);
    return false;
  } catch {
    return true;
  } finally {
    patterns.close();
  }
}

/** `form`: how the cell stands in a file. */
async function refusedInBatch(plan: InputPlan, cell: string, text: boolean): Promise<boolean> {
  const relation = `(select ${cell} as x, 0 as _row)`;
  const source = { name: 'asks', version: undefined, print: '', key: [], text, relation: () => relation };
  const reading = <T>(work: () => Promise<T>): Promise<T> => work();
  try {
    await refuseRows(session, { ...source, reading }, relation, wantedOf(plan, undefined, false));
    return false;
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'MILL_BATCH_ROWS') return true;
    throw error;
  }
}

/** What a value is in JSON and in Parquet. */
function kindOf(value: unknown): ColumnType {
  if (typeof value === 'number') return 'double';
  return typeof value === 'boolean' ? 'boolean' : 'string';
}

for (const [type, own] of rules)
  for (const nullable of [false, true])
    test(`${nullable ? 'perhaps no ' : ''}${type}: ${own.map(({ rule }) => rule).join(', ') || 'no rule'}`, async () => {
      const column: ColumnSpec = { name: 'x', type, nullable, rules: own };
      const plan: InputPlan = { lookups: [], requests: [], columns: [], keys: [], requestColumns: [column] };
      // The file has the kind of values that the field is of; any other is refused by the column's type, or is a text of CSV that can be read.
      const wanted = {
        double: 'double',
        integer: 'double',
        timestamp: 'string',
        string: 'string',
        boolean: 'boolean',
      }[type];
      let tried = 0;
      for (const value of values) {
        if (value !== null && kindOf(value) !== wanted) continue;
        tried++;
        const http = await refusedOverHttp(plan, value);
        const text = value === null ? 'null::VARCHAR' : quoteText(String(value));
        assert.equal(await refusedInBatch(plan, text, true), http, `CSV: ${value}`);
        if (type === 'integer' || type === 'timestamp') continue;
        const cell = `${text}::${{ double: 'DOUBLE', string: 'VARCHAR', boolean: 'BOOLEAN' }[type]}`;
        assert.equal(await refusedInBatch(plan, cell, false), http, `Parquet: ${value}`);
      }
      assert.ok(tried > 2);
    });
