import type { Micros } from './duration.ts';

/**
 * Instants are microseconds since the epoch, UTC, as a safe integer: the lake's own precision, exact in a
 * JavaScript number from 1684 to 2255. Events, and instants that are asked about, lie in [EARLIEST, LATEST): a row of another is a bad one.
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

/**
 * A day (`2026-01-31`) or an instant in UTC (`2026-01-31T12:00Z`, to milliseconds) as people write them; undefined for any other text, and for what is
 * on no calendar: 30 February, or 24 o'clock, would be read as another day.
 */
export function parseInstant(text: string): Instant | undefined {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text)) return undefined;
  const millis = Date.parse(text);
  if (Number.isNaN(millis) || !new Date(millis).toISOString().startsWith(text.slice(0, 10))) return undefined;
  return millis * 1000;
}

/** The Date of an instant, which has whole milliseconds: the one it lies in, before 1970 too, as an ISO text is read. */
export const dateOf = (instant: Instant): Date => new Date(Math.floor(instant / 1000));

/** An instant as a SQL literal: `timestamp '2026-10-01 12:00:00.000000'`. */
export function instantLiteral(instant: Instant): string {
  return `make_timestamp(${Math.trunc(instant)})`;
}

/** Whether an instant in SQL is none that an event or a question may have. */
export const outsideSql = (instant: string): string =>
  `(${instant} < ${instantLiteral(EARLIEST)} or ${instant} >= ${instantLiteral(LATEST)})`;
