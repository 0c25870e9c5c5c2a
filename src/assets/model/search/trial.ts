import type { Point } from './space.ts';

/** What became of a trial: it ran to its end, was stopped because others did better at the same stage, could not be trained, or is under way. */
export type TrialStatus = 'running' | 'done' | 'pruned' | 'failed';

/** One set of parameters that is tried. */
export interface Trial {
  /** Counts from 0. */
  readonly number: number;
  readonly point: Point;
  readonly status: TrialStatus;
  /** The loss it reached, the lower the better; null where it has none. Of a pruned one, where it was stopped. */
  readonly loss: number | null;
  /** The loss at each stage that it passed, in order. */
  readonly rungs: readonly number[];
  /** Why it failed. */
  readonly fault?: string;
}

/** The best of the trials that ran to their end, the earliest of equals. */
export function bestOf(trials: readonly Trial[]): (Trial & { readonly loss: number }) | undefined {
  let best: (Trial & { readonly loss: number }) | undefined;
  for (const trial of trials) {
    const { status, loss } = trial;
    if (status !== 'done' || loss === null || Number.isNaN(loss)) continue;
    if (best === undefined || loss < best.loss || (loss === best.loss && trial.number < best.number))
      best = { ...trial, loss };
  }
  return best;
}
