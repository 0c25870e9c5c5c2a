import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ExactSum, roundHalfEven, SUM_LIMIT } from './exact-sum.ts';
import { variance } from './variance.ts';

// Held against whole numbers of any size, made from the digits of a double by a way of its own.

/** x × 2^64 as a fraction in lowest terms of a power of two: numerator and how often it is halved. */
function fractionOf(x: number): { readonly digits: bigint; readonly halved: number } {
  let halved = 0;
  let scaled = x;
  // Doubling is exact, and ends when no fraction is left.
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    halved++;
  }
  return { digits: BigInt(scaled), halved };
}

/** round-half-even(x × 2^64). */
function units(x: number): bigint {
  const { digits, halved } = fractionOf(x);
  if (halved <= 64) return digits << BigInt(64 - halved);
  const divisor = 1n << BigInt(halved - 64);
  let below = digits / divisor;
  if (below * divisor > digits) below--;
  const rest = (digits - below * divisor) * 2n;
  return rest > divisor || (rest === divisor && below % 2n !== 0n) ? below + 1n : below;
}

/** What a sum's limbs say. */
function unitsOf(sum: ExactSum): bigint {
  // The highest are left out where they are 0.
  const [l0 = 0n, l1 = 0n, l2 = 0n, l3 = 0n, l4 = 0n] = sum.save().map(BigInt);
  return l0 + (l1 << 32n) + (l2 << 64n) + (l3 << 96n) + (l4 << 128n);
}

const total = (xs: readonly number[]): bigint => xs.reduce((sum, x) => sum + units(x), 0n);
const summed = (xs: readonly number[]): ExactSum => {
  const sum = new ExactSum();
  for (const x of xs) sum.add(x, 'x');
  return sum;
};

const LARGEST = 2 ** 62 - 512;
const anEdge = fc.constantFrom(
  ...[0, -0, 1, 2 ** -64, 2 ** -65, 3 * 2 ** -65, 5 * 2 ** -65, 2 ** -66, 2 ** -11, 2 ** -1074, 0.1],
  ...[2 ** 31, 2 ** 32, 2 ** 32 - 1, 2 ** 32 + 1, 2 ** 53, 2 ** 53 - 1, 2 ** 61, LARGEST, 1 - 2 ** -53],
);
const aNumber = fc
  .tuple(
    fc.oneof(
      anEdge,
      fc.double({ min: 0, max: LARGEST, noNaN: true }),
      fc
        .tuple(fc.double({ min: 0.5, max: 1, noNaN: true }), fc.integer({ min: -80, max: 61 }))
        .map(([m, e]) => m * 2 ** e),
    ),
    fc.boolean(),
  )
  .map(([x, negative]) => (negative ? -x : x));

/** The largest number whose units are no more than half a unit in the last place away, twice: there are two roundings. */
function assertNear(found: number, exact: bigint): void {
  const { digits, halved } = fractionOf(found);
  const shift = BigInt(Math.max(halved, 64));
  const apart = (digits << (shift - BigInt(halved))) - (exact << (shift - 64n));
  const size = apart < 0n ? -apart : apart;
  const large = exact < 0n ? -exact : exact;
  assert.ok(size << 52n <= large << (shift - 64n), `${found} for ${exact} / 2^64`);
}

test('a sum is the sum of whole numbers, whatever is added and in which order', () => {
  fc.assert(
    fc.property(fc.array(aNumber, { maxLength: 60 }), fc.nat(60), (xs, at) => {
      const sum = summed(xs);
      assert.equal(unitsOf(sum), total(xs));
      assertNear(sum.value(), total(xs));
      assert.ok(Object.is(summed(xs.toReversed()).value(), sum.value()), 'order');
      const merged = summed(xs.slice(at));
      merged.merge(summed(xs.slice(0, at)));
      assert.equal(unitsOf(merged), total(xs));
      // Below zero and up again.
      const taken = summed(xs.slice(at));
      const whole = summed(xs);
      // Carried or not, it is the same number.
      if (at % 2 === 0) whole.carry();
      taken.remove(whole);
      assert.equal(unitsOf(taken), -total(xs.slice(0, at)));
      assertNear(taken.value(), -total(xs.slice(0, at)));
      taken.merge(whole);
      assert.equal(unitsOf(taken), total(xs.slice(at)));
      assert.equal(unitsOf(ExactSum.of(JSON.parse(JSON.stringify(taken.save())))), total(xs.slice(at)));
    }),
    { numRuns: 1_000 },
  );
});

test('halves of the last unit go to the even one, of either sign', () => {
  for (const [x, wanted] of [
    [2 ** -65, 0n],
    [3 * 2 ** -65, 2n],
    [5 * 2 ** -65, 2n],
    [7 * 2 ** -65, 4n],
    [2 ** -65 + 2 ** -100, 1n],
    [2 ** -1074, 0n],
  ] as const) {
    assert.equal(unitsOf(summed([x])), wanted, `${x}`);
    assert.equal(unitsOf(summed([-x])), -wanted, `-${x}`);
  }
  assert.equal(roundHalfEven(-2.5), -2);
});

test('nothing and −0 are 0', () => {
  assert.ok(Object.is(new ExactSum().value(), 0));
  assert.ok(Object.is(summed([-0]).value(), 0));
  assert.ok(Object.is(summed([-1.5, 1.5]).value(), 0));
});

test('from ±2^62 on, and what is no number, is refused; just below is summed', () => {
  for (const x of [SUM_LIMIT, -SUM_LIMIT, 1e300, Infinity, -Infinity, NaN])
    assert.throws(() => summed([x]), { code: 'MILL_FEATURE_SUM_RANGE' }, `${x}`);
  assert.equal(summed([LARGEST, -LARGEST, LARGEST]).value(), LARGEST);
});

test('more rows than limbs may pile up, each filling its limb, and their merges', () => {
  // Odd, and just below a limb: 2^21 of them pass 2^53 and would lose their last bit.
  const x = 2 ** 32 - 1;
  const sum = new ExactSum();
  const rows = 2 ** 22 + 3;
  for (let i = 0; i < rows; i++) sum.add(x, 'x');
  assert.equal(unitsOf(sum), BigInt(rows) * units(x));
  const piled = new ExactSum();
  for (let i = 0; i < 2 ** 20 - 1; i++) piled.add(x, 'x');
  assert.equal(piled.piled, 2 ** 20 - 1);
  const each = BigInt(2 ** 20 - 1) * units(x);
  const all = new ExactSum();
  for (let i = 0; i < 5; i++) all.merge(piled);
  assert.equal(unitsOf(all), 5n * each);
  for (let i = 0; i < 9; i++) all.remove(piled);
  assert.equal(unitsOf(all), -4n * each);
});

test('a variance is that of exact fractions', () => {
  // Of a small range, so that n·Σx² − (Σx)² loses nothing here but would with doubles.
  const aSample = fc.array(
    fc.oneof(
      aNumber,
      fc.integer({ min: 0, max: 9 }).map((x) => 1e15 + x / 8),
      fc.constant(1e9),
    ),
    { minLength: 2, maxLength: 30 },
  );
  fc.assert(
    fc.property(aSample, (xs) => {
      const monoid = variance.monoid(0, 'x');
      const found = variance.result(
        xs.reduce((state, x, i) => monoid.add(state, x + 0, i, i), monoid.empty()),
        0,
        0,
      ) as number;
      const n = BigInt(xs.length);
      const sum = total(xs);
      // Σ(x − mean)² = Σ(n·x − Σx)² / n², over n − 1, in units of 2^-128.
      const above = xs.reduce((all, x) => all + (n * units(x) - sum) ** 2n, 0n);
      const below = n * n * (n - 1n) * (1n << 128n);
      if (above === 0n) return assert.ok(Object.is(found, 0));
      const { digits, halved } = fractionOf(found);
      const apart = digits * below - (above << BigInt(halved));
      // Two roundings: of the numerator and of the quotient.
      assert.ok((apart < 0n ? -apart : apart) << 51n <= above << BigInt(halved), `${found} for ${xs}`);
    }),
    { numRuns: 1_000 },
  );
});
