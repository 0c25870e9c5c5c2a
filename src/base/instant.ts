import type { Micros } from './duration.ts';

/**
 * Instants are microseconds since the epoch, UTC, as a safe integer: the lake's own precision, exact in a
 * JavaScript number from 1684 to 2255. Event times outside [EARLIEST, LATEST) are bad rows by contract.
 */
export type Instant = Micros;

export const EARLIEST: Instant = Date.UTC(1700, 0, 1) * 1000;
export const LATEST: Instant = Date.UTC(2255, 0, 1) * 1000;

/** The largest multiple of `step` that is not after `instant`; right for instants before 1970 too. */
export function floorTo(instant: Instant, step: Micros): Instant {
  return Math.floor(instant / step) * step;
}

/** `2026-10-01T12:00:00.000Z`; microseconds only when there are any. */
export function formatInstant(instant: Instant): string {
  const micros = ((instant % 1000) + 1000) % 1000;
  const text = new Date((instant - micros) / 1000).toISOString();
  return micros === 0 ? text : text.replace('Z', `${String(micros).padStart(3, '0')}Z`);
}

/** The Date of an instant, which has whole milliseconds: the one it lies in, before 1970 too, as an ISO text is read. */
export const dateOf = (instant: Instant): Date => new Date(Math.floor(instant / 1000));

/** An instant as a SQL literal: `timestamp '2026-10-01 12:00:00.000000'`. */
export function instantLiteral(instant: Instant): string {
  return `make_timestamp(${Math.trunc(instant)})`;
}
