import type { Instant } from '../../base/index.ts';
import type { LikeBefore } from './spec.ts';

// What a number is expected to be after earlier ones: the median of earlier loads of the same weekday, carried on along their trend.
// Median and median absolute deviation, and Theil–Sen for the trend, so that one bad load among the earlier ones moves nothing.

/** A number that an earlier load gave. */
export interface Point {
  readonly at: Instant;
  readonly value: number;
}

export interface Band {
  readonly expected: number;
  readonly min: number;
  readonly max: number;
  /** What it was learnt from: `5 earlier Fridays`. */
  readonly from: string;
}

/** So many loads of one weekday tell what that weekday is like. */
const WEEKDAYS_NEEDED = 4;
/** Or so many of any day, while there are too few of the weekday. */
const LOADS_NEEDED = 8;
/** Below this a slope would follow chance. */
const TREND_NEEDED = 6;
/** Older loads say little of today. */
const LONGEST = 60;
/** Makes the median absolute deviation of normal numbers their standard deviation: 1 / Φ⁻¹(3/4). */
const TO_DEVIATION = 1.4826;

const DAY = 86_400_000_000;
const WEEKDAYS = ['Thursday', 'Friday', 'Saturday', 'Sunday', 'Monday', 'Tuesday', 'Wednesday'];

/** Within which bounds a number of `now` is like the earlier ones; undefined while these are too few. Weekdays are those of UTC. */
export function bandOf(
  points: readonly Point[],
  now: Instant,
  { tolerance, deviations }: LikeBefore,
): Band | undefined {
  const inOrder = points.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
  const same = inOrder.filter(({ at }) => weekday(at) === weekday(now));
  const enough = same.length >= WEEKDAYS_NEEDED;
  if (!enough && inOrder.length < LOADS_NEEDED) return undefined;
  const used = (enough ? same : inOrder).slice(-LONGEST);
  const slope = used.length < TREND_NEEDED ? 0 : slopeOf(used);
  const carried = used.map(({ at, value }) => value + slope * (now - at));
  const expected = median(carried);
  const spread = TO_DEVIATION * median(carried.map((value) => Math.abs(value - expected)));
  const reach = Math.max(deviations * spread, tolerance * Math.abs(expected));
  const from = enough ? `${used.length} earlier ${WEEKDAYS[weekday(now)]}s` : `${used.length} earlier loads`;
  return { expected, min: expected - reach, max: expected + reach, from };
}

/** Days since a Thursday, modulo a week: the epoch began on one. */
function weekday(at: Instant): number {
  return ((Math.floor(at / DAY) % 7) + 7) % 7;
}

/** The median of the slopes between all pairs of points (Theil 1950, Sen 1968), by microsecond; 0 when all are of one instant. */
function slopeOf(points: readonly Point[]): number {
  const slopes: number[] = [];
  points.forEach((a, i) => {
    for (const b of points.slice(i + 1)) if (b.at !== a.at) slopes.push((b.value - a.value) / (b.at - a.at));
  });
  return slopes.length === 0 ? 0 : median(slopes);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}
