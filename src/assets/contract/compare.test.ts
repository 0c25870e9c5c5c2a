import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Columns, col } from './col.ts';
import { compareContracts } from './compare.ts';
import { type Contract, contractSpec } from './declare.ts';
import { mean, rowCount, rowWhere } from './expect.ts';

const base = {
  columns: {
    id: col.string().length(2, 4),
    amount: col.double().between(0, 10),
    country: col.string().oneOf('DE', 'FR').nullable(),
    at: col.timestamp(),
  },
  key: 'id',
  eventTime: 'at',
  expect: [rowCount.atLeast(1), rowWhere('positive', 'amount > 0')],
} satisfies Contract<Columns>;

const told = (after: Contract<Columns>, before: Contract<Columns> = base): string[] =>
  compareContracts(contractSpec(before), contractSpec(after)).map(
    ({ field, direction, effect, before: was, after: is }) =>
      `${effect} ${direction} ${field}: ${was} → ${is}`,
  );
const columns = (more: object) => ({ ...base, columns: { ...base.columns, ...more } });

test('each field that differs is named, with what becomes of it', () => {
  const { at: _, ...withoutAt } = base.columns;
  const cases: [Contract<Columns>, string[]][] = [
    [base, []],
    [columns({ id: col.string().length(2, 4).describe('x').rule({ owner: 'y' }) }), []],
    [columns({ note: col.string() }), ['safe added note: null → string, never null']],
    [
      { ...base, columns: withoutAt, eventTime: undefined },
      ['breaking other at: timestamp, never null → null', 'breaking other eventTime: at → null'],
    ],
    [
      columns({ amount: col.double().at('sum.total').between(0, 10) }),
      ['breaking other amount.at: amount → sum.total'],
    ],
    [columns({ amount: col.integer().between(0, 10) }), ['breaking other amount.type: double → integer']],
    [
      columns({ amount: col.double().between(0, 5) }),
      ['breaking tighter amount.between: between 0 and 10 → between 0 and 5'],
    ],
    [
      columns({ amount: col.double().between(-1, 10) }),
      ['safe looser amount.between: between 0 and 10 → between -1 and 10'],
    ],
    [
      columns({ amount: col.double().between(5, 20) }),
      ['breaking other amount.between: between 0 and 10 → between 5 and 20'],
    ],
    [
      columns({ amount: col.double().between(0, 10).rule({ severity: 'warn' }) }),
      ['safe looser amount.between: between 0 and 10 → between 0 and 10 (warn)'],
    ],
    [columns({ amount: col.double() }), ['safe looser amount.between: between 0 and 10 → null']],
    [
      columns({ country: col.string().oneOf('DE', 'FR', 'IT').nullable() }),
      ['safe looser country.oneOf: one of DE, FR → one of DE, FR, IT'],
    ],
    [
      columns({ country: col.string().oneOf('DE', 'FR') }),
      ['breaking tighter country.nullable: may be null → never null'],
    ],
    [
      columns({ id: col.string().length(2, 4).matches(/^a/).pii() }),
      ['safe told id.pii: not personal → personal', 'breaking tighter id.matches: null → pattern ^a'],
    ],
    [{ ...base, key: ['id', 'at'] }, ['breaking other key: id → id, at']],
    [{ ...base, key: [] }, ['safe looser key: id → null']],
    [{ ...base, onBreach: 'warn' }, ['safe looser onBreach: quarantine → warn']],
    [{ ...base, fresh: '2d' }, ['safe told fresh: null → 2d']],
    [
      { ...base, expect: [rowCount.atLeast(2), mean('amount').between(0, 5)] },
      [
        'safe looser positive: amount > 0 → null',
        'breaking other rowCount: min 1 → min 2',
        'breaking tighter amount: mean: null → column amount, min 0, max 5',
      ],
    ],
  ] as never;
  for (const [after, wanted] of cases) assert.deepEqual(told(after), wanted);
});

test('what is tighter one way is looser the other', () => {
  const range = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })).map(([a, b]) => {
    return { columns: { n: col.double().between(Math.min(a, b), Math.max(a, b)) } };
  });
  fc.assert(
    fc.property(range, range, (a, b) => {
      const direction = (x: Contract<Columns>, y: Contract<Columns>) =>
        compareContracts(contractSpec(x), contractSpec(y))[0]?.direction;
      const opposite = { tighter: 'looser', looser: 'tighter', other: 'other' } as Record<string, string>;
      const there = direction(a, b);
      assert.equal(direction(b, a), there && opposite[there]);
    }),
  );
});
