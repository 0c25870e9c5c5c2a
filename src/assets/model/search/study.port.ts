import type { Point } from './space.ts';
import type { Trial } from './trial.ts';

/** A trial that is ours, and all that are settled before its round, in order. */
export interface OwnTrial {
  readonly number: number;
  readonly before: readonly Trial[];
  /** The parameters that are tried. @throws when it is no longer ours: another took it over after a long silence */
  choose(point: Point): void;
  /** It is still worked on. @throws as `choose` */
  beat(): void;
  /** @throws as `choose` */
  settle(
    end: Omit<Trial, 'number' | 'point' | 'status'> & { readonly status: 'done' | 'pruned' | 'failed' },
  ): void;
  /** Given back untried: somebody else may take it at once. */
  give(): void;
}

/** Where the trials of one search are kept: in memory, or so that they outlive a process and several can share them. */
export interface Study {
  /** The next trial; `busy` while others have to be waited for; `over` when all so many are settled. */
  claim(most: number, atOnce: number): OwnTrial | 'busy' | 'over';
  /** The first so many, in order. More can be there: a search that asked for more, or for fewer now, is the same study. */
  trials(most: number): readonly Trial[];
}

/** A study that nobody else sees and that ends with the process. */
export function studyInMemory(): Study {
  const trials: Trial[] = [];
  return {
    trials: (most) => trials.slice(0, most),
    claim(most, atOnce) {
      const number = trials.length;
      if (number >= most) return 'over';
      let point: Point = {};
      return {
        number,
        // As where several work on it: those of a round do not know of each other.
        before: trials.slice(0, number - (number % atOnce)),
        choose: (chosen) => {
          point = chosen;
        },
        beat: () => undefined,
        settle: (end) => void trials.push({ number, point, ...end }),
        give: () => undefined,
      };
    },
  };
}
