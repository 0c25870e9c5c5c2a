import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Cell } from '../cell.ts';
import type { AggregateName } from '../spec.ts';
import { type Aggregate, aggregateOf, type FeatureValue, type Monoid } from './index.ts';

// The laws of every aggregate: however rows are split, ordered, merged, taken out again and put away, the result is that of one pass, to
// the bit. The sweep, online state and its moves rest on nothing else.

/** A row as a state takes it. Rows of one instant are ordered by their number, which no two share. */
type Seen = readonly [value: Cell, event: number, row: number];

const aNumber = fc.oneof(
  fc.integer({ min: -4, max: 4 }),
  fc.double({ min: -(2 ** 61), max: 2 ** 61, noNaN: true }).map((x) => x + 0),
  fc
    .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -80, max: 61 }))
    .map(([m, e]) => m * 2 ** e + 0),
  fc.constantFrom(2 ** -65, -(2 ** -65), 3 * 2 ** -65, 2 ** 62 - 512, -(2 ** 62) + 512, 0.1, 5e-324),
);
const aWord = fc.constantFrom<Cell>('a', 'b', 'B', '', 'é', '😀', '\uffff', 'aa');
const values: Readonly<Record<AggregateName, readonly fc.Arbitrary<Cell>[]>> = {
  count: [fc.constant(null)],
  sinceLast: [fc.constant(null)],
  share: [fc.constantFrom<Cell>(true, false, null)],
  sum: [aNumber],
  mean: [aNumber],
  variance: [aNumber],
  stddev: [aNumber],
  min: [aNumber],
  max: [aNumber],
  quantile: [aNumber],
  first: [aWord, aNumber, fc.boolean()],
  last: [aWord, aNumber, fc.boolean()],
  lastK: [aWord, aNumber, fc.boolean()],
  topK: [aWord, fc.integer({ min: -2, max: 2 }), fc.boolean()],
  distinct: [aWord, aNumber, fc.boolean()],
};
const parameters: Partial<Record<AggregateName, readonly number[]>> = {
  quantile: [0, 0.25, 0.5, 0.9, 1],
  lastK: [1, 3],
  topK: [1, 3],
};

const NOW = 1_000;

interface Case {
  readonly aggregate: Aggregate;
  readonly monoid: Monoid<unknown>;
  readonly result: (state: unknown) => FeatureValue;
  readonly rows: readonly Seen[];
}

type Way = 'monoid' | 'moving';

const aCase = (name: AggregateName, way: Way): fc.Arbitrary<Case> =>
  fc
    .record({
      parameter: fc.constantFrom(...(parameters[name] ?? [0])),
      cells: fc.oneof(...values[name].map((value) => fc.array(value, { maxLength: 24 }))),
      events: fc.array(fc.nat(6), { minLength: 24, maxLength: 24 }),
    })
    .map(({ parameter, cells, events }) => {
      const aggregate = aggregateOf(name);
      return {
        aggregate,
        monoid: (way === 'moving' && aggregate.moving?.()) || aggregate.monoid(parameter, name),
        result: (state) => aggregate.result(state, NOW, parameter),
        rows: cells.map((value, i): Seen => [value, events[i] as number, i]),
      };
    });

const pass = (monoid: Monoid<unknown>, rows: readonly Seen[], into = monoid.empty()): unknown =>
  rows.reduce((state, row) => monoid.add(state, ...row), into);

/** Through text, as a store would. */
const stored = (monoid: Monoid<unknown>, state: unknown): unknown =>
  monoid.load(JSON.parse(JSON.stringify(monoid.save(state))));

/** Parts of the rows, each in an order of its own. */
const split = (rows: readonly Seen[], places: readonly number[], parts: number): Seen[][] => {
  const found: Seen[][] = Array.from({ length: parts }, () => []);
  rows.forEach((row, i) => {
    const part = found[(places[i] as number) % parts] as Seen[];
    if ((places[i] as number) % 2 === 0) part.push(row);
    else part.unshift(row);
  });
  return found;
};
const somePlaces = fc.array(fc.nat(1000), { minLength: 24, maxLength: 24 });

const ways = (Object.keys(values) as AggregateName[]).flatMap((name): [AggregateName, Way][] =>
  aggregateOf(name).moving
    ? [
        [name, 'monoid'],
        [name, 'moving'],
      ]
    : [[name, 'monoid']],
);
for (const [name, way] of ways)
  describe(way === 'moving' ? `${name}, in windows that move` : name, () => {
    const law = (says: string, hold: (of: Case, places: readonly number[], parts: number) => void): void => {
      test(says, () =>
        fc.assert(fc.property(aCase(name, way), somePlaces, fc.integer({ min: 1, max: 6 }), hold), {
          numRuns: 300,
        }),
      );
    };

    law(
      'any split, any order: a chain and a tree of merges give what one pass gives',
      (of, places, parts) => {
        const { monoid, result, rows } = of;
        const truth = result(pass(monoid, rows));
        const shuffled = split(rows, places, 3).flat();
        assert.deepStrictEqual(result(pass(monoid, shuffled)), truth, 'order');
        const some = () => split(rows, places, parts).map((part) => pass(monoid, part));
        const chain = some().reduce((a, b) => monoid.merge(a, b), monoid.empty());
        assert.deepStrictEqual(result(chain), truth, 'chain');
        assert.deepStrictEqual(
          result(some().reduceRight((a, b) => monoid.merge(a, b))),
          truth,
          'chain, from the end',
        );
        let level = some();
        while (level.length > 1)
          level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) =>
            2 * i + 1 < level.length ? monoid.merge(level[2 * i], level[2 * i + 1]) : level[2 * i],
          );
        assert.deepStrictEqual(result(level[0]), truth, 'tree');
      },
    );

    law('the empty state changes nothing, on either side', ({ monoid, result, rows }) => {
      const truth = result(pass(monoid, rows));
      assert.deepStrictEqual(result(monoid.merge(monoid.empty(), pass(monoid, rows))), truth);
      assert.deepStrictEqual(result(monoid.merge(pass(monoid, rows), monoid.empty())), truth);
    });

    law('merging leaves the second state alone, then and later', ({ monoid, result, rows }, places) => {
      const [a, b, c] = split(rows, places, 3).map((part) => pass(monoid, part));
      const before = structuredClone(monoid.save(b));
      const truth = result(b);
      let merged = monoid.merge(monoid.merge(monoid.empty(), b), a);
      merged = pass(monoid, rows, monoid.merge(merged, c));
      if (monoid.remove) merged = monoid.remove(merged, b);
      assert.deepStrictEqual(result(b), truth);
      assert.deepStrictEqual(monoid.save(b), before);
    });

    law(
      'put away as text and taken out, it is the same, and goes on the same',
      ({ monoid, result, rows }, places) => {
        const truth = result(pass(monoid, rows));
        assert.deepStrictEqual(result(stored(monoid, pass(monoid, rows))), truth);
        const [a, b, c] = split(rows, places, 3) as [Seen[], Seen[], Seen[]];
        let state = stored(monoid, monoid.merge(pass(monoid, a), stored(monoid, pass(monoid, b))));
        state = stored(monoid, pass(monoid, c, state));
        assert.deepStrictEqual(result(state), truth);
      },
    );

    const { [way]: made } = aggregateOf(name);
    const { remove } = made?.(1, '') ?? {};
    if (remove === undefined) return;

    law('what was merged can be taken out again', ({ monoid, result, rows }, places) => {
      const [a, b] = split(rows, places, 2) as [Seen[], Seen[]];
      const state = remove(monoid.merge(pass(monoid, a), pass(monoid, b)), pass(monoid, b));
      assert.deepStrictEqual(result(state), result(pass(monoid, a)));
      // Rows may have come to it in between.
      const late = remove(pass(monoid, a, pass(monoid, b)), pass(monoid, b));
      assert.deepStrictEqual(result(late), result(pass(monoid, a)));
      // What has gone leaves nothing behind, or windows would grow as they move.
      const none = remove(monoid.merge(monoid.empty(), pass(monoid, rows)), pass(monoid, rows));
      assert.deepStrictEqual(monoid.save(none), monoid.save(monoid.empty()));
    });

    law(
      'tiles that come and go leave what the ones between are',
      ({ monoid, result, rows }, places, parts) => {
        const tiles = split(rows, places, 3 * parts);
        const states = tiles.map((part) => pass(monoid, part));
        let state = monoid.empty();
        let left = 0;
        for (const [right, tile] of states.entries()) {
          state = monoid.merge(state, tile);
          if ((places[right % places.length] as number) % 3 > 0 && left <= right)
            state = remove(state, states[left++]);
          const truth = result(pass(monoid, tiles.slice(left, right + 1).flat()));
          assert.deepStrictEqual(result(state), truth, `[${left}, ${right}]`);
        }
      },
    );
  });

test('of equally frequent values the smaller comes first, texts by code point; fewer than k are all', () => {
  const top = (cells: readonly Cell[], k: number): FeatureValue => {
    const { monoid, result } = aggregateOf('topK');
    const own = monoid(k, '');
    return result(
      cells.reduce((state, cell, i) => own.add(state, cell, i, i), own.empty()),
      0,
      k,
    );
  };
  assert.deepEqual(top(['b', 'a', 'c', 'b'], 2), ['b', 'a']);
  // U+FFFF is before U+1F600, though its unit is after the first half of a surrogate pair.
  assert.deepEqual(top(['😀', '\uffff'], 1), ['\uffff']);
  assert.deepEqual(top([10, 9, 10, 9], 1), [9]);
  assert.deepEqual(top([true, false], 2), [false, true]);
  assert.deepEqual(top([1], 5), [1]);
  assert.deepEqual(top([], 5), []);
});

test('rows of one instant: the newest is the one that arrived last, the oldest the first', () => {
  const of = (name: AggregateName, k: number): FeatureValue => {
    const { monoid, result } = aggregateOf(name);
    const own = monoid(k, '');
    // By arrival: b, c, a; in another order.
    let state = own.add(own.empty(), 'a', 5, 3);
    state = own.merge(own.add(own.empty(), 'b', 5, 1), state);
    return result(own.add(state, 'c', 5, 2), 9, k);
  };
  assert.equal(of('last', 0), 'a');
  assert.equal(of('first', 0), 'b');
  assert.deepEqual(of('lastK', 1), ['a']);
  assert.deepEqual(of('lastK', 2), ['a', 'c']);
  assert.deepEqual(of('lastK', 9), ['a', 'c', 'b']);
});
