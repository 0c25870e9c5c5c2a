import { MillraceError } from './problem.ts';

/** A length of time as users write it: `'90s'`, `'5m'`, `'12h'`, `'30d'`. A day is 24 hours. */
export type Duration = `${number}${'s' | 'm' | 'h' | 'd'}`;

/** A length of time in microseconds, or an instant as microseconds since 1970-01-01T00:00:00Z. A safe integer. */
export type Micros = number;

export const SECOND: Micros = 1_000_000;
export const MINUTE: Micros = 60 * SECOND;
export const HOUR: Micros = 60 * MINUTE;
export const DAY: Micros = 24 * HOUR;

const unit: Readonly<Record<string, Micros>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** Longest duration accepted: 100 years of 366 days. */
const LONGEST: Micros = 36_600 * DAY;

/**
 * `'5m'` → 300,000,000.
 * @throws MILL_DURATION_INVALID when the text is not a positive whole number of a unit, or passes 100 years.
 */
export function parseDuration(text: string): Micros {
  const match = /^(\d+)([smhd])$/.exec(text);
  const micros = match ? Number(match[1]) * (unit[match[2] as string] as number) : 0;
  if (micros > 0 && micros <= LONGEST) return micros;
  throw new MillraceError({
    code: 'MILL_DURATION_INVALID',
    message: `'${text}' is not a duration.`,
    todo: "Write a positive whole number and a unit, up to 100 years: '90s', '5m', '12h' or '30d'.",
    owner: 'project',
  });
}

/** The shortest way to write a length of time exactly: 300,000,000 → `'5m'`. */
export function formatDuration(micros: Micros): Duration {
  if (micros % DAY === 0) return `${micros / DAY}d`;
  if (micros % HOUR === 0) return `${micros / HOUR}h`;
  if (micros % MINUTE === 0) return `${micros / MINUTE}m`;
  return `${micros / SECOND}s`;
}
