import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Engine, openDuckDb, type Session } from '../../engine/index.ts';
import { risingKeysSql } from './key-duplicates.ts';
import type { ContractSpec } from './spec.ts';

let engine: Engine;
let session: Session;
before(async () => {
  engine = await openDuckDb({});
  session = await engine.session();
});
after(() => engine.close());

const column = (name: string, type: 'integer' | 'string') => ({ name, type, nullable: false, rules: [] });
const contract: ContractSpec = {
  columns: [column('a', 'integer'), column('note', 'string'), column('b', 'string')],
  key: ['a', 'b'],
  availableAfter: 0,
  tableRules: [],
  onBreach: 'quarantine',
};

test('rising keys: just when each is above the one before, and then they are distinct', async () => {
  const row = fc.tuple(fc.integer({ min: -2, max: 2 }), fc.constantFrom('', 'a', 'aa', 'b'));
  const rows = fc.oneof(
    fc.array(row, { maxLength: 6 }),
    fc.uniqueArray(row, { maxLength: 8, selector: String }).map((list) => list.sort(compare)),
  );
  await fc.assert(
    fc.asyncProperty(rows, async (list) => {
      await session.load('keys', [
        { name: 'v0', type: 'integer', values: Float64Array.from(list, ([a]) => a) },
        { name: 'v1', type: 'string', values: list.map(() => 'x') },
        { name: 'v2', type: 'string', values: list.map(([, b]) => b) },
      ]);
      const [found] = await session.rows<{ ok: boolean | null }>(risingKeysSql(contract, 'keys'));
      const rises = list.slice(1).every((one, i) => compare(list[i]!, one) < 0);
      assert.equal(found?.ok, list.length < 2 ? null : rises);
      if (rises) assert.equal(new Set(list.map(String)).size, list.length);
    }),
    { numRuns: 150 },
  );
});

function compare([a, b]: [number, string], [c, d]: [number, string]): number {
  return a - c || (b < d ? -1 : b > d ? 1 : 0);
}
