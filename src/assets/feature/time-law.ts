import { DAY, floorTo, HOUR, type Instant, MINUTE, type Micros } from '../../base/index.ts';

// The law of Time. A feature at instant t sees exactly the rows whose available time is before t and whose event time
// lies in [floor(t − w, hop), t). A row at exactly t is not seen. All instants are whole microseconds, so "before t"
// is "at most t − 1" and every interval below is half-open.

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

/** The first event time that a window ending at `t` still sees. */
export function windowStart(t: Instant, window: Micros, hop: Micros): Instant {
  return floorTo(t - window, hop);
}

/** The first instant at which a row with this event time has left the window: it is seen at t only while t < this. */
export function windowLeave(event: Instant, window: Micros, hop: Micros): Instant {
  return floorTo(event, hop) + hop + window;
}
