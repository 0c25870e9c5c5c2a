import { type Instant, MillraceError, SECOND } from '../base/index.ts';
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

/**
 * Leases are for thrift, so a database that is busy or a full disk must not make a failure of what is done: the next beat comes long
 * before the time runs out, and what could not be given back is given back at the end, or runs out.
 */
function kept(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
  }
}

/**
 * Begins a run, says again and again that it is alive, and buries runs that are not. Begun and alive in one transaction: a run of which
 * nobody knows until when it lives counts as dead.
 */
export function keepAlive(
  state: State,
  run: string,
  startedAt: Instant,
  times: Partial<LeaseTimes> = {},
): Tenure {
  const { leases, places } = state;
  const { length, look } = { ...usual, ...times };
  state.transaction(() => {
    state.startRun(run, startedAt);
    leases.beat(run, real() + length);
    leases.bury(real());
  });
  const beat = (): void => kept(() => leases.beat(run, real() + length));
  const timer = setInterval(beat, length / 3000).unref();
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
      kept(() =>
        state.transaction(() => {
          leases.give(asset, run);
          places.give({ run, asset });
        }),
      ),
    end: () => {
      clearInterval(timer);
      kept(() => leases.end(run));
    },
  };
}
