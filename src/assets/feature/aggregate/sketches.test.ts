import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { distinct, MOST_EXACT } from './distinct.ts';
import { quantile, rankOf } from './quantile.ts';
import { hashOf } from './value-hash.ts';

// What is estimated, against the truth: within what is documented.

const quantileOf = (xs: readonly number[], q: number): number | null => {
  const monoid = quantile.monoid(q, '');
  return quantile.result(
    xs.reduce((state, x, i) => monoid.add(state, x + 0, i, i), monoid.empty()),
    0,
    q,
  ) as number | null;
};

test('a quantile is within 1 % of the value of its rank: tiny, huge, below zero and zero', () => {
  const aSize = fc.oneof(
    fc
      .tuple(fc.double({ min: 1, max: 10, noNaN: true }), fc.integer({ min: -300, max: 299 }))
      .map(([m, e]) => m * 10 ** e),
    fc.constantFrom(0, 1e-300, 1e300, 1, 1.02, 1.02 ** 7, Number.MAX_VALUE),
  );
  const aNumber = fc.tuple(aSize, fc.boolean()).map(([x, negative]) => (negative ? -x : x));
  fc.assert(
    fc.property(
      fc.array(aNumber, { minLength: 1, maxLength: 40 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (xs, q) => {
        const exact = xs.toSorted((a, b) => a - b)[rankOf(q, xs.length) - 1] as number;
        const found = quantileOf(xs, q) as number;
        assert.ok(Math.abs(found - exact) <= 0.01 * Math.abs(exact), `${found} for ${exact}`);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('the rank is ⌈q·n⌉ of the q that was written, whatever its binary form', () => {
  for (let n = 1; n <= 100; n++) {
    // Each twice the one before, so that the rank can be read off the value.
    const xs = Array.from({ length: n }, (_, i) => 2 ** i);
    for (let hundredths = 0; hundredths <= 100; hundredths++) {
      const rank = Math.max(1, Math.floor((hundredths * n + 99) / 100));
      const found = quantileOf(xs, hundredths / 100) as number;
      assert.equal(Math.round(Math.log2(found)) + 1, rank, `${hundredths} % of ${n}`);
    }
  }
});

test('zero is exact, what is smaller than 1e-300 is zero, and nothing has no quantile', () => {
  assert.ok(Object.is(quantileOf([-0], 0.5), 0));
  assert.equal(quantileOf([5e-324], 0.5), 0);
  assert.equal(quantileOf([], 0.5), null);
});

/** How many steps of hashing something takes. */
function hashing(act: () => unknown): number {
  const { imul } = Math;
  let steps = 0;
  Math.imul = (a, b) => {
    steps++;
    return imul(a, b);
  };
  try {
    act();
    return steps;
  } finally {
    Math.imul = imul;
  }
}

type State = Parameters<typeof distinct.result>[0];
const monoid = distinct.monoid(0, '');
const seen = (from: number, to: number, prefix: string, by = monoid): State => {
  let state = by.empty();
  for (let i = from; i < to; i++) state = by.add(state, `${prefix} ${i}`, i, i);
  return state;
};
const number = (state: State): number => distinct.result(state, 0, 0) as number;
const away = (state: State): State => monoid.load(JSON.parse(JSON.stringify(monoid.save(state))));

test('up to 1,024 different values their number is exact, put away and merged too', () => {
  assert.equal(number(seen(0, MOST_EXACT, 'x')), MOST_EXACT);
  const merged = monoid.merge(away(seen(0, 700, 'x')), away(seen(400, MOST_EXACT, 'x')));
  assert.equal(number(away(merged)), MOST_EXACT);
});

test('beyond that it is off by 3.1 % (one standard error) around the truth, for 200 sets of values', () => {
  const ERROR = 1 / Math.sqrt(MOST_EXACT - 2);
  for (const size of [1_500, 6_000]) {
    const errors = Array.from({ length: 200 }, (_, seed) => number(seen(0, size, `set ${seed}`)) / size - 1);
    const mean = errors.reduce((sum, x) => sum + x, 0) / errors.length;
    const spread = Math.sqrt(errors.reduce((sum, x) => sum + x * x, 0) / errors.length);
    // The mean of 200 is within 4 of its own standard errors; the hashes are fixed, so this cannot fail by chance.
    assert.ok(Math.abs(mean) < (4 * ERROR) / Math.sqrt(200), `${size}: mean error ${mean}`);
    assert.ok(spread < 1.15 * ERROR, `${size}: ${spread}`);
    const within = errors.filter((error) => Math.abs(error) <= 2 * ERROR).length;
    assert.ok(within >= 184, `${size}: ${within} of 200 within two standard errors`);
  }
});

test('an estimate does not depend on order, split or how often a value was seen, and its state is bounded', () => {
  const whole = seen(0, 5_000, 'v');
  const estimate = number(whole);
  let state = monoid.empty();
  // From the end, in parts that overlap, each put away in between.
  for (let from = 4_900; from >= -100; from -= 250) {
    state = away(monoid.merge(state, away(seen(Math.max(from, 0), Math.min(from + 300, 5_000), 'v'))));
    assert.ok((monoid.save(state) as readonly unknown[]).length <= MOST_EXACT + 1);
  }
  for (let i = 4_999; i >= 4_000; i--) state = monoid.add(state, `v ${i}`, i, i);
  assert.equal(number(state), estimate);
  assert.equal(number(monoid.merge(away(whole), state)), estimate);
});

test('of a million values a state that is being made holds no more than twice what it puts away', () => {
  let state = monoid.empty();
  for (let i = 0; i < 1_000_000; i++) {
    state = monoid.add(state, i, i, i);
    if (state.size > 2 * MOST_EXACT + 2) assert.fail(`${state.size} are held after ${i + 1} values`);
  }
  assert.equal((monoid.save(state) as readonly unknown[]).length, MOST_EXACT + 1);
});

const moving = distinct.moving?.() ?? monoid;

/** The definition, word for word. */
function slowNumber(values: ReadonlySet<string>): number {
  if (values.size <= MOST_EXACT) return values.size;
  const hashes = [...values].map(hashOf).sort((a, b) => a - b);
  return Math.round((MOST_EXACT - 1) / (hashes[MOST_EXACT - 1] as number));
}

test('while thousands of values come and go, their number is that of those that are there', () => {
  const aTile = fc.record({ from: fc.nat(4_000), size: fc.constantFrom(0, 1, 300, 1_100, 6_000) });
  fc.assert(
    fc.property(fc.array(aTile, { minLength: 2, maxLength: 10 }), fc.nat(3), (tiles, most) => {
      const states = tiles.map(({ from, size }) => seen(from, from + size, 'v', moving));
      const rows = tiles.map(({ from, size }) => Array.from({ length: size }, (_, i) => `v ${from + i}`));
      let state = moving.empty();
      let left = 0;
      for (const [right, tile] of states.entries()) {
        state = moving.merge(state, tile);
        for (; right - left > most; left++) state = moving.remove?.(state, states[left] as State) as State;
        const truth = new Set(rows.slice(left, right + 1).flat());
        assert.equal(number(state), slowNumber(truth), `[${left}, ${right}]`);
        // The same, put away and merged.
        const stored = states.slice(left, right + 1).map((one, i) => {
          const { from, size } = tiles[left + i] as (typeof tiles)[number];
          assert.equal(one.size, size);
          return away(seen(from, from + size, 'v'));
        });
        assert.equal(number(stored.reduce(monoid.merge, monoid.empty())), slowNumber(truth));
      }
    }),
    { numRuns: 40 },
  );
});

test('of tens of thousands of values in a window, a question looks at those that came since', () => {
  let state = moving.empty();
  for (let day = 0; day < 40; day++)
    state = moving.merge(state, seen(1_000 * day, 1_000 * (day + 1), 'v', moving));
  number(state);
  const steps = hashing(() => {
    for (let i = 0; i < 200; i++) {
      state = moving.add(state, `more ${i}`, i, i);
      number(state);
    }
  });
  // All values were hashed for each: 8 million.
  assert.ok(steps > 0 && steps <= 200 * hashing(() => hashOf('more 199')), `${steps} steps`);
});

test('tiles that are read again and again from what was put away are not hashed again', () => {
  const saved = Array.from({ length: 31 }, (_, day) =>
    JSON.parse(JSON.stringify(monoid.save(seen(2_000 * day, 2_000 * (day + 1), 'v')))),
  );
  const read = (): number =>
    number(saved.reduce((state, one) => monoid.take?.(state, one) ?? state, monoid.empty()));
  let estimate = 0;
  const first = hashing(() => {
    estimate = read();
  });
  assert.ok(Math.abs(estimate / 62_000 - 1) < 0.1);
  const steps = hashing(() => {
    for (let i = 0; i < 50; i++) assert.equal(read(), estimate);
  });
  // Those of the first lists alone, until there are enough to let go of some.
  assert.ok(steps < (50 * first) / 10, `${steps / 50} steps a reading, ${first} the first time`);
});

test('the hash of a value stays what it is: states that were put away were chosen by it', () => {
  const hashes = ['a', '', '😀', 7, -0.5, true].map(hashOf);
  assert.deepEqual(
    hashes,
    [
      0.16284516641026936, 0.02533714883127125, 0.9183774859194064, 0.757441700564088, 0.33552028744395024,
      0.48321749881741605,
    ],
  );
});
