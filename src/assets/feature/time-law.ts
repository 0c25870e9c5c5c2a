import { DAY, floorTo, HOUR, type Instant, MINUTE, type Micros } from '../../base/index.ts';
import type { AggregateSpec } from './spec.ts';

// The law of Time. A feature at instant t sees exactly the rows whose available time is before t and whose event time
// lies in [floor(t − ending − w, hop), t), or up to floor(t − ending, hop) where the window ends earlier. A row at exactly t is not
// seen. All instants are whole microseconds, so "before t" is "at most t − 1" and every interval below is half-open.

/** An exact window moves with every microsecond. */
export const EXACT: Micros = 1;

/**
 * How coarsely the left end of a window moves: coarse enough that a window is at most a few hundred tiles, fine enough that it
 * overshoots by at most a twelfth (for windows from an hour up).
 */
export function hopOf(window: Micros): Micros {
  if (window >= 12 * DAY) return DAY;
  if (window >= 12 * HOUR) return HOUR;
  if (window >= HOUR) return 5 * MINUTE;
  return MINUTE;
}

export type Span = Pick<AggregateSpec, 'window' | 'hop' | 'ending'>;

/** The first event time that a window at `t` still sees; −∞ for all time. */
export function windowStart(t: Instant, { window, hop, ending }: Span): Instant {
  return window === null ? -Infinity : floorTo(t - ending - window, hop);
}

/** The first event time that a window at `t` no longer sees; +∞ where it ends with t itself: nothing is known before it happens. */
export function windowEnd(t: Instant, { hop, ending }: Span): Instant {
  return ending === 0 ? Infinity : floorTo(t - ending, hop);
}

/** The first instant at which a row with this event time has left the window: it is seen at t only while t < this. */
export function windowLeave(event: Instant, { window, hop, ending }: Span): Instant {
  return window === null ? Infinity : floorTo(event, hop) + hop + window + ending;
}
