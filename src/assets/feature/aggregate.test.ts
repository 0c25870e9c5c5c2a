import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { aggregateOf, cleanCell, type Seen } from './aggregate.ts';
import type { AggregateName } from './spec.ts';

const names: AggregateName[] = ['count', 'sum', 'mean', 'min', 'max', 'distinct', 'last'];

const aNumber = fc.oneof(
  fc.constantFrom(0, -0, 0.1, -0.1, 1e18, -1e18, 1e-30, 3),
  fc.double({ min: -1e18, max: 1e18, noNaN: true }),
);

/** Rows with their place in the order of events; no two have the same. */
const someRows = fc
  .array(fc.record({ value: fc.option(aNumber), event: fc.nat(3) }), { maxLength: 25 })
  .map((rows) => rows.map(({ value, event }, row): Seen => ({ value: cleanCell(value), event, row })));

test('the law of aggregates: any split, any order, merged = single pass', () => {
  const cases = someRows.chain((rows) =>
    fc.record({
      rows: fc.constant(rows),
      shuffled: fc.shuffledSubarray([...rows], { minLength: rows.length }),
      group: fc.array(fc.nat(4), { minLength: rows.length, maxLength: rows.length }),
      order: fc.shuffledSubarray([0, 1, 2, 3, 4], { minLength: 5 }),
    }),
  );
  for (const name of names) {
    const aggregate = aggregateOf(name, 'x');
    const pass = (rows: readonly Seen[]) =>
      rows.reduce((state, row) => aggregate.add(state, row), aggregate.empty());
    fc.assert(
      fc.property(cases, ({ rows, shuffled, group, order }) => {
        const parts = order.map((g) => pass(shuffled.filter((_, i) => group[i] === g)));
        // As a chain, and as a tree.
        const [a, b, c, d, e] = order.map((g) => pass(shuffled.filter((_, i) => group[i] === g)));
        const tree = aggregate.merge(aggregate.merge(a, b), aggregate.merge(c, aggregate.merge(d, e)));
        const chain = parts.reduce((merged, part) => aggregate.merge(merged, part), aggregate.empty());
        const single = aggregate.result(pass(rows));
        assert.ok(Object.is(aggregate.result(chain), single), `${name} chain`);
        assert.ok(Object.is(aggregate.result(tree), single), `${name} tree`);
      }),
    );
  }
});

test('nothing, and nothing but nulls', () => {
  const of = (name: AggregateName, rows: Seen[]) => {
    const aggregate = aggregateOf(name, 'x');
    return aggregate.result(rows.reduce((state, row) => aggregate.add(state, row), aggregate.empty()));
  };
  const nulls: Seen[] = [
    { value: null, event: 1, row: 1 },
    { value: null, event: 2, row: 2 },
  ];
  assert.deepEqual(
    names.map((name) => of(name, [])),
    [0, 0, null, null, null, 0, null],
  );
  assert.deepEqual(
    names.map((name) => of(name, nulls)),
    [2, 0, null, null, null, 0, null],
  );
  assert.ok(Object.is(of('min', [{ value: -0, event: 1, row: 1 }]), 0));
});

test('what is not a finite number is no value', () => {
  assert.deepEqual([Number.NaN, Number.POSITIVE_INFINITY, 1.5, 'NaN', null, true].map(cleanCell), [
    null,
    null,
    1.5,
    'NaN',
    null,
    true,
  ]);
  assert.ok(Object.is(cleanCell(-0), 0));
});
