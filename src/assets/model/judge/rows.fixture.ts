import { seededUint32 } from './random.ts';

/** Even numbers in [0, 1). */
export function evenNumbers(seed: number): () => number {
  const next = seededUint32(seed);
  return () => next() / 2 ** 32;
}

/** n labels drawn from their own probabilities; `bend` of 1 leaves the probabilities true. */
export function drawn(n: number, seed: number, bend = 1) {
  const even = evenNumbers(seed);
  const probability = Float64Array.from({ length: n }, even);
  const target = probability.map((p) => (even() < p ** bend ? 1 : 0));
  return { target, probability };
}

/** All orders of a few things. */
export function ordersOf<T>(things: readonly T[]): T[][] {
  if (things.length === 0) return [[]];
  return things.flatMap((first, i) =>
    ordersOf([...things.slice(0, i), ...things.slice(i + 1)]).map((rest) => [first, ...rest]),
  );
}
