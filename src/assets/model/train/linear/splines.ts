import { binOf } from '../quantiles.ts';

/** Splines are cubic: four of them, each a polynomial of four coefficients, are not zero between two knots. */
const DEGREE = 3;
const WIDTH = DEGREE + 1;

/**
 * Cubic B-splines over knots, as scikit-learn's SplineTransformer makes them: with m knots m + 2 splines that add up to 1; past the
 * outer knots a value counts as the outer knot (`extrapolation='constant'`).
 */
export interface Splines {
  /** At least two, ascending. */
  readonly knots: Float64Array;
  readonly count: number;
  /** Coefficients of (x − left knot)^0 … ^3 by interval and spline: [interval][spline of the interval][power], flat. */
  readonly polynomials: Float64Array;
}

export function splinesOver(knots: Float64Array): Splines {
  const intervals = knots.length - 1;
  const polynomials = new Float64Array(intervals * WIDTH * WIDTH);
  const all = padded(knots);
  for (let interval = 0; interval < intervals; interval++)
    pieces(all, interval + DEGREE).forEach((piece, spline) => {
      polynomials.set(piece, (interval * WIDTH + spline) * WIDTH);
    });
  return { knots, count: intervals + DEGREE, polynomials };
}

/** Knots beyond both ends, as far apart as the two at that end. */
function padded(knots: Float64Array): number[] {
  const [first, last] = [knots[0]!, knots.at(-1)!];
  const [before, after] = [knots[1]! - first, last - knots.at(-2)!];
  const beyond = Array.from({ length: DEGREE }, (_, i) => i + 1);
  return [
    ...beyond.map((i) => first - before * i).reverse(),
    ...knots,
    ...beyond.map((i) => last + after * i),
  ];
}

/** The four splines between knots `at` and `at` + 1 as polynomials of x − knot `at` (Cox and de Boor). */
function pieces(knots: readonly number[], at: number): number[][] {
  const origin = knots[at]!;
  let lower: number[][] = [[1]];
  for (let degree = 1; degree <= DEGREE; degree++) {
    const next: number[][] = Array.from({ length: degree + 1 }, () => new Array<number>(degree + 1).fill(0));
    lower.forEach((piece, i) => {
      // Spline `first` of this degree rises over [left, …] and falls towards right.
      const first = at - degree + 1 + i;
      const [left, right] = [knots[first]!, knots[first + degree]!];
      const width = right - left;
      piece.forEach((coefficient, power) => {
        next[i + 1]![power]! += (coefficient * (origin - left)) / width;
        next[i + 1]![power + 1]! += coefficient / width;
        next[i]![power]! += (coefficient * (right - origin)) / width;
        next[i]![power + 1]! -= coefficient / width;
      });
    });
    lower = next;
  }
  return lower;
}

/** Writes the values of the four splines that are not zero at x to `into` from `offset` on. @returns the first of them. */
export function splinesAt(splines: Splines, x: number, into: Float64Array, offset: number): number {
  const { knots, polynomials } = splines;
  const intervals = knots.length - 1;
  const inside = Math.min(Math.max(x, knots[0]!), knots[intervals]!);
  const interval = Math.min(binOf(knots, inside), intervals) - 1;
  const t = inside - knots[interval]!;
  for (let spline = 0; spline < WIDTH; spline++) {
    const at = (interval * WIDTH + spline) * WIDTH;
    into[offset + spline] =
      polynomials[at]! + t * (polynomials[at + 1]! + t * (polynomials[at + 2]! + t * polynomials[at + 3]!));
  }
  return interval;
}

/** Weighted splines as one polynomial for each interval: [interval][power], flat. */
export function piecewise(splines: Splines, weights: Float64Array, at: number): Float64Array {
  const intervals = splines.knots.length - 1;
  const summed = new Float64Array(intervals * WIDTH);
  for (let interval = 0; interval < intervals; interval++)
    for (let spline = 0; spline < WIDTH; spline++)
      for (let power = 0; power < WIDTH; power++)
        summed[interval * WIDTH + power]! +=
          weights[at + interval + spline]! *
          splines.polynomials[(interval * WIDTH + spline) * WIDTH + power]!;
  return summed;
}
