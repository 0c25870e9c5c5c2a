import { MillraceError, SECOND } from '../base/index.ts';

/** How a step that failed for a passing reason is tried again. */
export interface RetryPolicy {
  /** How often it is tried in all. Default 3; 1 for never again. */
  readonly attempts: number;
  /** The longest wait before the second try, in microseconds; each further one doubles it. Default 2 s. */
  readonly first: number;
  /** No wait is longer, in microseconds. Default 60 s. */
  readonly longest: number;
}

export const defaultRetry: RetryPolicy = { attempts: 3, first: 2 * SECOND, longest: 60 * SECOND };

/**
 * The wait before a try, in microseconds: doubled from try to try, and of that a random part from a half to the whole, so that many
 * that failed together do not come back together.
 * @param attempt the try that comes; 2 is the first one again
 * @param random from 0 up to 1
 */
export function waitBefore(attempt: number, { first, longest }: RetryPolicy, random: number): number {
  const whole = Math.min(longest, first * 2 ** (attempt - 2));
  return Math.round(whole * (0.5 + random / 2));
}

/** Whether doing the same again later can help: only what says so of itself, in all its problems. */
export const passing = (error: unknown): boolean =>
  error instanceof MillraceError && error.problems.length > 0 && error.problems.every(({ retry }) => retry);
