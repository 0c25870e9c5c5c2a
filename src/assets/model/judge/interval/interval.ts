import { refuse } from '../input.ts';
import { normalQuantile } from './normal.ts';

/** Where a figure lies, but for chance, in a share `level` of all samples like this one. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** 0.95, say. */
  readonly level: number;
}

export const LEVEL = 0.95;

/** How many standard errors to each side. @throws MILL_JUDGE_INPUT */
export function reach(level: number): number {
  if (!(level > 0 && level < 1)) refuse(`The level is ${level}; wanted a number between 0 and 1.`);
  return normalQuantile(0.5 + level / 2);
}

/** An estimate and its standard error as an interval within bounds. Null where the error is 0 or undefined: it then says nothing. */
export function around(
  estimate: number | null,
  error: number | null,
  level: number,
  [least, most]: readonly [number, number] = [-Infinity, Infinity],
): Interval | null {
  if (estimate === null || error === null || !(error > 0)) return null;
  const far = reach(level) * error;
  return { low: Math.max(least, estimate - far), high: Math.min(most, estimate + far), level };
}
