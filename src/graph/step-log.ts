import { describeProblem, MillraceError } from '../base/index.ts';
import type { StepLine } from '../store/state/index.ts';
import { describeTelling } from './notify/send.ts';
import type { RunEvent } from './run-event.ts';
import { describeObstacle } from './tenure.ts';
import type { Workspace } from './workspace.ts';

/** A build may tell its progress a thousand times a second; of that, one line in so many milliseconds is kept. */
const PROGRESS_EVERY = 5_000;

/** Keeps what happens to the steps of a run as lines, and passes each event on. A log that cannot be written fails no run. */
export function keepingLog(
  { state, clock }: Workspace,
  run: string,
  onEvent: (event: RunEvent) => void,
): (event: RunEvent) => void {
  const told = new Map<string, number>();
  const line = (asset: string, text: string, level: StepLine['level'] = 'info'): void => {
    try {
      state.notes.addLine({ run, asset, at: clock.now(), level, text });
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
    }
  };
  return (event) => {
    for (const [asset, text, level] of linesOf(event, told)) line(asset, text, level);
    onEvent(event);
  };
}

type Line = readonly [asset: string, text: string, level?: StepLine['level']];

function linesOf(event: RunEvent, told: Map<string, number>): readonly Line[] {
  switch (event.event) {
    case 'planned':
      return [];
    case 'lineage-lost':
      return [['', event.message, 'warn']];
    case 'step-started':
      return [[event.step.asset, `${event.step.action}: ${event.step.reasons.join('; ')}`]];
    case 'step-progress': {
      const { step, share, what } = event;
      const last = told.get(step.asset);
      if (last !== undefined && performance.now() - last < PROGRESS_EVERY) return [];
      told.set(step.asset, performance.now());
      return [[step.asset, `${Math.round(share * 100)} % ${what}`]];
    }
    case 'step-line':
      return [[event.step.asset, event.line]];
    case 'step-waiting':
      return [[event.step.asset, describeObstacle(event.obstacle)]];
    case 'step-retry':
      return [
        [event.step.asset, `${event.message} Try ${event.attempt} in ${event.seconds.toFixed(1)} s.`, 'warn'],
      ];
    case 'beaten':
      return [[event.step.asset, event.message, 'warn']];
    case 'notices-failed':
      return [['', `what is amiss cannot be told: ${event.message}`, 'warn']];
    case 'notice': {
      if (event.to === 'console') return [];
      const { asset } = event.telling;
      const said = describeTelling(event.telling);
      return [
        event.failed === undefined
          ? [asset, `told ${said}`]
          : [asset, `could not tell ${said}: ${event.failed}; it is tried again at the next run`, 'warn'],
      ];
    }
    case 'step-finished': {
      const { step, outcome, note, version, problems, checks } = event.result;
      const good = outcome === 'published' || outcome === 'held';
      const said = [outcome, version?.id, note].filter((part) => part).join(', ');
      return [
        ...checks
          .filter(({ passed }) => !passed)
          .map(
            ({ name, severity, observed, wanted }): Line => [
              step.asset,
              `${severity === 'block' ? 'gate' : 'warning'} ${name}: ${observed}, wanted ${wanted}`,
              severity === 'block' ? 'error' : 'warn',
            ],
          ),
        ...problems.map((problem): Line => [step.asset, describeProblem(problem), 'error']),
        // What a problem says is not said twice.
        [step.asset, problems.length > 0 ? outcome : said, good ? 'info' : 'error'],
      ];
    }
  }
}
