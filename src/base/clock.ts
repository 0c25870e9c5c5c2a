import type { Instant } from './instant.ts';
import { MillraceError } from './problem.ts';

/** Where the present comes from. Everything that asks for the time asks a clock, so that tests and replays can stop it. */
export interface Clock {
  now(): Instant;
}

export const systemClock: Clock = { now: () => Date.now() * 1000 };

/** A clock that stands still at one instant. */
export function fixedClock(instant: Instant): Clock {
  return { now: () => instant };
}

/**
 * The clock a process runs by: the system's, or one that stands still where MILLRACE_CLOCK says (ISO 8601, UTC).
 * @throws MILL_CLOCK_INVALID
 */
export function clockFrom(env: Readonly<Record<string, string | undefined>>): Clock {
  const text = env['MILLRACE_CLOCK'];
  if (text === undefined || text === '') return systemClock;
  const millis = Date.parse(text);
  if (Number.isFinite(millis)) return fixedClock(millis * 1000);
  throw new MillraceError({
    code: 'MILL_CLOCK_INVALID',
    message: `MILLRACE_CLOCK is '${text}', which is not an instant.`,
    todo: 'Write it as 2026-10-01T12:00:00Z, or unset it to use the system clock.',
    owner: 'project',
  });
}
