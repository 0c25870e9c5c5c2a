import { MillraceError, SECOND } from '../base/index.ts';
import type { Full, State } from '../store/state/index.ts';

/** Lengths of time in microseconds. */
export interface LeaseTimes {
  /** A process that is silent for so long has lost what it holds. Default 30 s; it is renewed three times as often. */
  readonly length: number;
  /** How often one that waits looks again. Default 0.2 s. */
  readonly look: number;
}

const usual: LeaseTimes = { length: 30 * SECOND, look: SECOND / 5 };

/** What a run holds while it is alive. */
export interface Tenure {
  /**
   * Takes the asset and a place under each limit, all or nothing. Undefined when the run has them; otherwise what is in the way. An asset
   * that another process works on is left to it: two that build the same waste one's work. That is for thrift alone; that nothing is
   * published twice is decided when publishing.
   */
  take(asset: string, limits: ReadonlyMap<string, number>): Obstacle | undefined;
  give(asset: string): void;
  /** How long one that waits lets pass before it looks again, in milliseconds. */
  readonly look: number;
  /** Gives back whatever the run still holds. */
  end(): void;
}

/** Why a step has to wait: another run builds its asset, or a limit leaves no place. */
export type Obstacle = { readonly run: string } | Full;

/** In words: what a step waits for. */
export function describeObstacle(obstacle: Obstacle): string {
  if (!('tag' in obstacle)) return `waits for run ${obstacle.run}, which is building it`;
  const { tag, limit, by } = obstacle;
  return `waits for its turn after ${by.asset}: '${tag}' allows ${limit} at a time`;
}

/** The real time: whether a process is alive has nothing to do with a project's clock that stands still. */
const real = (): number => Date.now() * 1000;

/** Says again and again that a run is alive, and buries runs that are not. */
export function keepAlive(state: State, run: string, times: Partial<LeaseTimes> = {}): Tenure {
  const { leases, places } = state;
  const { length, look } = { ...usual, ...times };
  leases.bury(real());
  const beat = (): void => {
    try {
      leases.beat(run, real() + length);
    } catch (error) {
      // A busy database: the next beat comes long before the time runs out.
      if (!(error instanceof MillraceError)) throw error;
    }
  };
  beat();
  const timer = setInterval(beat, length / 3000).unref();
  const quietly = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      // A busy database: what is not given back runs out.
      if (!(error instanceof MillraceError)) throw error;
    }
  };
  return {
    look: look / 1000,
    take: (asset, limits) =>
      state.transaction(() => {
        const [now, until] = [real(), real() + length];
        const holder = leases.take(asset, run, now, until);
        if (holder !== undefined) return { run: holder };
        const full = places.take({ run, asset }, limits, now, until);
        if (full !== undefined) leases.give(asset, run);
        return full;
      }),
    give: (asset) =>
      quietly(() =>
        state.transaction(() => {
          leases.give(asset, run);
          places.give({ run, asset });
        }),
      ),
    end: () => {
      clearInterval(timer);
      quietly(() => leases.end(run));
    },
  };
}
