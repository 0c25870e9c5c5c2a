import type { Kinds } from './kind.ts';
import type { Graph } from './project.ts';
import type { RunEvent } from './run-event.ts';
import type { RunOptions } from './run-options.ts';
import type { StepResult } from './step-result.ts';
import type { Tenure } from './tenure.ts';
import type { Workspace } from './workspace.ts';

/** A run under way, as its steps see it. */
export interface Walk {
  readonly graph: Graph;
  readonly kinds: Kinds;
  readonly workspace: Workspace;
  readonly id: string;
  /** By asset; a step that was beaten leaves none. */
  readonly results: Map<string, StepResult>;
  readonly onEvent: (event: RunEvent) => void;
  readonly concurrency: number;
  /** Of the steps recorded so far, over all attempts. */
  readonly position: { last: number };
  /** Whether no attempt follows: a step that is beaten now has failed. */
  readonly last: boolean;
  readonly options: RunOptions;
  /** Builds that were given up and have not ended yet. */
  readonly abandoned: Set<Promise<unknown>>;
  readonly tenure: Tenure;
}
