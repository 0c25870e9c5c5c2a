import type { Problem } from '../base/index.ts';
import type { CheckResult, Version } from '../store/state/index.ts';
import type { Step } from './plan.ts';

/** What became of a step: its version is live; it failed its gates; its build failed; it could not start; it was left as planned. */
export type Outcome = 'published' | 'rejected' | 'failed' | 'blocked' | 'held';

export interface StepResult {
  readonly step: Step;
  readonly outcome: Outcome;
  /** The version that was made, or for `held` the earlier one. */
  readonly version?: Version;
  readonly checks: readonly CheckResult[];
  /** In a few words, for people. */
  readonly note: string;
  readonly problems: readonly Problem[];
  readonly seconds: number;
}
