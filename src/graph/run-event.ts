import type { NoticeEvent } from './notify/send.ts';
import type { Plan, Step } from './plan.ts';
import type { StepResult } from './step-result.ts';
import type { Obstacle } from './tenure.ts';

/** What a run says while it works. The graph never prints. */
export type RunEvent =
  | { readonly event: 'planned'; readonly plan: Plan; readonly attempt: number }
  | { readonly event: 'step-started'; readonly step: Step }
  | { readonly event: 'step-progress'; readonly step: Step; readonly share: number; readonly what: string }
  /** What a program at work has written. */
  | { readonly event: 'step-line'; readonly step: Step; readonly line: string }
  | { readonly event: 'step-waiting'; readonly step: Step; readonly obstacle: Obstacle }
  | {
      readonly event: 'step-retry';
      readonly step: Step;
      readonly attempt: number;
      readonly seconds: number;
      readonly message: string;
    }
  | { readonly event: 'step-finished'; readonly result: StepResult }
  | { readonly event: 'beaten'; readonly step: Step; readonly message: string }
  | { readonly event: 'lineage-lost'; readonly events: number; readonly message: string }
  | NoticeEvent;
