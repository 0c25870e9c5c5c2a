import type { Aggregate, Monoid } from './aggregate.ts';
import { roundHalfEven, SUM_LIMIT } from './exact-sum.ts';
import { sumRange } from './sum-range.ts';

/** Values in units of 2^-64: how many, their sum, and the sum of their squares, all exact. */
export type Squares = readonly [n: number, total: bigint, squares: bigint];

const squares = (where: string): Monoid<Squares> => ({
  empty: () => [0, 0n, 0n],
  add: ([n, total, sum], value) => {
    const x = fixed(value as number, where);
    return [n + 1, total + x, sum + x * x];
  },
  merge: (a, b) => [a[0] + b[0], a[1] + b[1], a[2] + b[2]],
  remove: (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]],
  save: ([n, total, sum]) => [n, total.toString(36), sum.toString(36)],
  load: (saved) => {
    const [n, total, sum] = saved as [number, string, string];
    return [n, whole(total), whole(sum)];
  },
});

/** round-half-even(x × 2^64). */
function fixed(x: number, where: string): bigint {
  if (!(Math.abs(x) < SUM_LIMIT)) throw sumRange(where, String(x));
  const integer = Math.trunc(x);
  return (BigInt(integer) << 64n) + BigInt(roundHalfEven((x - integer) * 2 ** 64));
}

/** A whole number from its text in base 36. */
function whole(text: string): bigint {
  const negative = text.startsWith('-');
  let number = 0n;
  // Ten digits are below 2^53.
  for (let from = negative ? 1 : 0; from < text.length; from += 10) {
    const digits = text.slice(from, from + 10);
    number = number * 36n ** BigInt(digits.length) + BigInt(Number.parseInt(digits, 36));
  }
  return negative ? -number : number;
}

/** Of a sample: over n − 1, by Σx² − (Σx)²/n without rounding until the end. */
function varianceOf([n, total, sum]: Squares): number | null {
  if (n < 2) return null;
  const spread = BigInt(n) * sum - total * total;
  // In units of 2^-128.
  return Number(spread) / 2 ** 128 / (n * (n - 1));
}

/** The variance of a sample; null for fewer than two values. */
export const variance: Aggregate<Squares> = {
  state: 'squares',
  monoid: (_, where) => squares(where),
  result: varianceOf,
  sql: ({ value, seen }) => `var_samp(${value}) filter (where ${seen})`,
};

/** The standard deviation of a sample; null for fewer than two values. */
export const stddev: Aggregate<Squares> = {
  ...variance,
  result: (state) => {
    const found = varianceOf(state);
    return found === null ? null : Math.sqrt(found);
  },
  sql: ({ value, seen }) => `stddev_samp(${value}) filter (where ${seen})`,
};
