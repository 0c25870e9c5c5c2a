import { type Clock, type Instant, MillraceError } from '../base/index.ts';

/** How often states may move on under a question before it is given up. */
const TRIES = 5;

/**
 * Answers as of now. States may move on between reading the clock and reading them; they then know nothing of an instant that is just past,
 * and the answer is made again, as of a later one.
 */
export async function atNow<T>(clock: Clock, answer: (now: Instant) => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await answer(clock.now());
    } catch (error) {
      const moved = error instanceof MillraceError && error.code === 'MILL_FEATURE_AS_OF_TOO_EARLY';
      if (!moved || left <= 1) throw error;
    }
  }
}
