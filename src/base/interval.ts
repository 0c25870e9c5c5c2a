import type { Micros } from './duration.ts';
import { floorTo, formatInstant, type Instant } from './instant.ts';

/**
 * A half-open range of time, `[from, to)`. Progress is kept as few of them, sorted and apart, and never as a list of all the hours or
 * days there are: a year of minutes is one interval.
 */
export interface Interval {
  readonly from: Instant;
  readonly to: Instant;
}

export type Intervals = readonly Interval[];

/** The same instants as sorted intervals that neither overlap nor touch; empty ones are gone. */
export function united(...lists: readonly Intervals[]): Interval[] {
  const sorted = lists
    .flat()
    .filter(({ from, to }) => from < to)
    .sort((a, b) => a.from - b.from);
  const found: { from: Instant; to: Instant }[] = [];
  for (const { from, to } of sorted) {
    const last = found.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else found.push({ from, to });
  }
  return found;
}

/** The instants of `of` that are not in `without`. Both are united first. */
export function subtracted(of: Intervals, without: Intervals): Interval[] {
  const gone = united(without);
  return united(of).flatMap((whole) => {
    const left: Interval[] = [];
    let { from } = whole;
    for (const { from: start, to: end } of gone) {
      if (end <= from || start >= whole.to) continue;
      if (start > from) left.push({ from, to: start });
      from = Math.max(from, end);
    }
    if (from < whole.to) left.push({ from, to: whole.to });
    return left;
  });
}

/** The instants that are in both. */
export function common(a: Intervals, b: Intervals): Interval[] {
  return subtracted(a, subtracted(a, b));
}

/** The whole steps of a length that these intervals touch, counted from the epoch. */
export function wholeSteps(intervals: Intervals, step: Micros): Interval[] {
  return united(
    intervals.map(({ from, to }) => ({ from: floorTo(from, step), to: floorTo(to - 1, step) + step })),
  );
}

/** At most so many intervals, with all the instants of these and, where they were more, those of the narrowest gaps between them. */
export function atMost(most: number, intervals: Intervals): Interval[] {
  const whole = united(intervals);
  if (whole.length <= most) return whole;
  const gaps = whole.slice(1).map(({ from }, i) => ({ i, width: from - (whole[i] as Interval).to }));
  const closed = new Set(
    gaps
      .sort((a, b) => a.width - b.width || a.i - b.i)
      .slice(0, whole.length - most)
      .map(({ i }) => i),
  );
  return united(
    whole,
    [...closed].map((i) => ({ from: (whole[i] as Interval).to, to: (whole[i + 1] as Interval).from })),
  );
}

/** `2026-01-01 to 2026-02-01`, times only where one is not a midnight; of many, the first, the last and how many. */
export function formatIntervals(intervals: Intervals): string {
  const [first] = intervals;
  const last = intervals.at(-1);
  if (first === undefined || last === undefined) return 'none';
  const text = ({ from, to }: Interval): string => `${shortInstant(from)} to ${shortInstant(to)}`;
  if (intervals.length <= 2) return intervals.map(text).join(', ');
  return `${intervals.length} ranges from ${shortInstant(first.from)} to ${shortInstant(last.to)}`;
}

function shortInstant(instant: Instant): string {
  return formatInstant(instant)
    .replace(/T00:00:00\.000Z$/, '')
    .replace(/:00\.000Z$/, 'Z')
    .replace(/\.000Z$/, 'Z');
}
