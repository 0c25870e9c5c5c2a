import { setTimeout as sleep } from 'node:timers/promises';
import { type Instant, MillraceError, SECOND } from '../base/index.ts';
import type { State } from '../store/state/index.ts';

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
   * Does the work while no other process works on the asset. Waits for one that does: two that build the same waste one's work. It is for
   * thrift alone; that nothing is published twice is decided when publishing.
   */
  hold<T>(asset: string, waiting: Waiting, work: () => Promise<T>): Promise<T>;
  end(): void;
}

interface Waiting {
  readonly stopping: AbortSignal | undefined;
  /** Told once, with the run that holds the asset. */
  readonly onWait: (run: string) => void;
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
  const { leases } = state;
  const { length, look } = { ...usual, ...times };
  state.transaction(() => {
    state.startRun(run, startedAt);
    leases.beat(run, real() + length);
    leases.bury(real());
  });
  const beat = (): void => kept(() => leases.beat(run, real() + length));
  const timer = setInterval(beat, length / 3000).unref();
  return {
    async hold(asset, { stopping, onWait }, work) {
      for (let told = false; !stopping?.aborted; told = true) {
        const holder = leases.take(asset, run, real(), real() + length);
        if (holder === undefined) break;
        if (!told) onWait(holder);
        await sleep(look / 1000);
      }
      try {
        return await work();
      } finally {
        kept(() => leases.give(asset, run));
      }
    },
    end: () => {
      clearInterval(timer);
      kept(() => leases.giveAll(run));
    },
  };
}
