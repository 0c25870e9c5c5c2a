import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { quantileOf } from './quantile-of.ts';

test('quantiles of few numbers', () => {
  assert.equal(quantileOf(Float64Array.of(3, 1), 0.5), 2);
  assert.equal(quantileOf(Float64Array.of(3, 1, 2), 0.5), 2);
  assert.equal(quantileOf(Float64Array.of(5), 0.01), 5);
  assert.equal(quantileOf(Float64Array.of(1, 2, 3, 4), 0.999), 4);
  assert.equal(quantileOf(Float64Array.of(1, 2), 0.5, Float64Array.of(1, 3)), 2);
  assert.ok(Number.isNaN(quantileOf(new Float64Array(0), 0.5)));
});

test('a weight is so many numbers', () => {
  const pair = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 4 }));
  fc.assert(
    fc.property(
      fc.array(pair, { minLength: 1 }),
      fc.constantFrom(0.1, 0.25, 0.3, 0.5, 0.9),
      (pairs, share) => {
        const often = pairs.flatMap(([value, weight]) => new Array<number>(weight).fill(value));
        const [values, weights] = [0, 1].map((i) => Float64Array.from(pairs, (one) => one[i]!));
        const found = quantileOf(values!, share, weights);
        assert.equal(found, quantileOf(Float64Array.from(often), share));
        assert.equal(
          found,
          quantileOf(
            values!,
            share,
            weights!.map((weight) => weight / 7),
          ),
        );
      },
    ),
  );
});
