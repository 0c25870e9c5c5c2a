import type { Clock, Instant } from '../../../base/index.ts';
import { AsOfTooEarly, nowBeside } from './too-early.ts';

/** How often states may move on under a question before it is given up. */
const TRIES = 5;

/**
 * Answers as of now. States may move on between reading the clock and reading them; they then know nothing of an instant that is just past,
 * and the answer is made again, as of a later one: where another process made them by a clock that is a little ahead of this one's, as of
 * when they were made.
 * @throws MILL_FEATURE_AS_OF_TOO_EARLY where that clock is further ahead
 */
export async function atNow<T>(clock: Clock, answer: (now: Instant) => Promise<T>): Promise<T> {
  let made = -Infinity;
  for (let left = TRIES; ; left--) {
    try {
      return await answer(nowBeside(clock.now(), made));
    } catch (error) {
      if (!(error instanceof AsOfTooEarly) || left <= 1) throw error;
      made = error.from;
    }
  }
}
