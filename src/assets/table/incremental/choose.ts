import {
  atMost,
  floorTo,
  type Instant,
  type Interval,
  type Intervals,
  subtracted,
  united,
  wholeSteps,
} from '../../../base/index.ts';
import type { IncrementalSpec } from '../spec.ts';
import type { Progress } from '../version.ts';

/** A query runs once for each range it is built for. More of them than this are joined, and what lies between is built again too; of late ones likewise. */
const MOST_RANGES = 64;

const NEVER = Number.MIN_SAFE_INTEGER;

/** What has changed in the rows that a table is made of. */
export interface Arrived {
  /** Event time whose query sees a row that came, went or changed. */
  readonly reached: Intervals;
  /** The newest event time among the rows that came. */
  readonly newest: Instant | null;
}

/**
 * Which intervals are to be built. Pure. Every interval that a changed row reaches, but closed ones: these are late from then on, until they
 * are asked for. Without `before` it is a table that begins: nothing is closed.
 */
export function chooseIntervals(
  { every, from = NEVER, lookBack }: IncrementalSpec,
  before: Progress | undefined,
  arrived: Arrived,
  asked?: Interval,
): Progress {
  const since = [{ from, to: Number.MAX_SAFE_INTEGER }];
  const unstarted = [{ from: NEVER, to: from }];
  const reached = Math.max(before?.reached ?? NEVER, arrived.newest ?? NEVER);
  const closed: Intervals =
    lookBack === undefined || before === undefined || reached === NEVER
      ? []
      : [{ from: NEVER, to: floorTo(floorTo(reached, every) - lookBack, every) }];
  const wanted = subtracted(wholeSteps(arrived.reached, every), unstarted);
  const again = asked === undefined ? [] : subtracted(wholeSteps([asked], every), unstarted);
  // A table that begins is built in one piece: one query instead of many.
  const ranges = before === undefined ? 1 : MOST_RANGES;
  const built = united(atMost(ranges, subtracted(wanted, closed)), again);
  return {
    built,
    // Where no rows are there is nothing to build, so what lies between counts too: one interval, however many gaps there are.
    covered: atMost(1, united(before?.covered ?? [], built)),
    late: subtracted(
      atMost(MOST_RANGES, united(before?.late ?? [], subtracted(wanted, subtracted(since, closed)))),
      built,
    ),
    reached: reached === NEVER ? null : reached,
  };
}
