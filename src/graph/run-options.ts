import type { Instant } from '../base/index.ts';
import type { Surroundings } from './notify/post.ts';
import type { Selection } from './plan.ts';
import type { RetryPolicy } from './retry.ts';
import type { RunEvent } from './run-event.ts';
import type { LeaseTimes } from './tenure.ts';

export interface RunOptions {
  /** Only a part of the project; of a list of names, these assets and what they are built from. */
  readonly only?: readonly string[] | Selection;
  readonly onEvent?: (event: RunEvent) => void;
  /** Steps that may be under way at once, over what the project says. Default 2. */
  readonly concurrency?: number;
  /** Once it is aborted no more steps begin; those under way are finished, and the run ends. */
  readonly stopping?: AbortSignal;
  /** How steps that fail for a passing reason are tried again; over what the project says. */
  readonly retry?: Partial<RetryPolicy>;
  readonly lease?: Partial<LeaseTimes>;
  /** What a schedule started it for, and when it is due again. */
  readonly nominal?: { readonly start: Instant; readonly end?: Instant };
  /** Whether it only looks for something to do: where there is nothing, no run is remembered. */
  readonly look?: boolean;
  /** How owners are told of trouble. Default: secrets from the environment of the process. */
  readonly notify?: {
    readonly environment?: Surroundings['environment'];
    readonly retry?: Partial<RetryPolicy>;
  };
}
