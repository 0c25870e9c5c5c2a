import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration, MillraceError, messageOf, SECOND } from '../base/index.ts';
import { defaultRetry, passing, type RetryPolicy, waitBefore } from './retry.ts';
import type { NodeRunning } from './running.ts';

/** What a step's tries need to know besides the work. */
export interface Trying {
  readonly asset: string;
  readonly running: NodeRunning;
  readonly policy?: Partial<RetryPolicy> | undefined;
  /** No further try begins once this is aborted. */
  readonly stopping: AbortSignal | undefined;
  /** Errors that another try of the same cannot cure, though they pass. */
  readonly useless: (error: unknown) => boolean;
  readonly onRetry: (attempt: number, waitMicros: number, error: unknown) => void;
  /** Builds that were given up while they were at work end up here, so that stores are not closed under them. */
  readonly abandoned: Set<Promise<unknown>>;
}

/** A longer wait would overflow the timer: 2^31 − 1 ms. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** Does the work, again when it fails for a passing reason, each time within its time. @throws MILL_STEP_TIMEOUT, and what the work throws */
export async function tried<T>(
  { asset, running, policy, stopping, useless, onRetry, abandoned }: Trying,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const whole: RetryPolicy = {
    ...defaultRetry,
    ...(running.attempts === undefined ? {} : { attempts: running.attempts }),
    ...policy,
  };
  for (let attempt = 1; ; attempt++) {
    try {
      return await within(running.timeout, asset, abandoned, work);
    } catch (error) {
      if (attempt >= whole.attempts || stopping?.aborted || useless(error) || !passing(error)) throw error;
      const wait = waitBefore(attempt + 1, whole, Math.random());
      onRetry(attempt + 1, wait, error);
      try {
        await sleep(wait / 1000, undefined, stopping ? { signal: stopping } : {});
      } catch {
        // The run is being stopped: what it failed of is said, not the wait.
        throw error;
      }
    }
  }
}

async function within<T>(
  timeout: number | undefined,
  asset: string,
  abandoned: Set<Promise<unknown>>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const done = work(controller.signal);
  if (timeout === undefined) return done;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      const error = tooLong(asset, timeout);
      controller.abort(error);
      const left = done.catch(messageOf).finally(() => abandoned.delete(left));
      abandoned.add(left);
      late.reject(error);
    },
    Math.min(LONGEST_TIMER, timeout / 1000),
  );
  try {
    return await Promise.race([done, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLong(asset: string, timeout: number): MillraceError {
  return new MillraceError({
    code: 'MILL_STEP_TIMEOUT',
    message: `It took longer than ${formatDuration(Math.max(SECOND, Math.ceil(timeout / SECOND) * SECOND))} and was given up; nothing of it was published.`,
    todo: 'Look in its log what took so long, or give it more time with `timeout` in project(…).',
    owner: 'service',
    asset,
  });
}
