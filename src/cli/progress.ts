import colors from 'picocolors';
import type { Plan, RunEvent, Step, StepResult } from '../graph/index.ts';
import { bytes, count, type Terminal, tabulate } from './terminal.ts';

const actionWord: Readonly<Record<Step['action'], string>> = {
  create: 'create',
  extend: 'extend',
  rebuild: 'rebuild',
  reuse: 'reuse',
  hold: 'hold',
};

/** A plan in lines: what would be done, why, and how much is to be read. */
export function describePlan(plan: Plan): string[] {
  if (plan.steps.length === 0)
    return [`Nothing to do: ${count(plan.unchanged.length)} assets are live as declared.`];
  const rows = plan.steps.map((step) => [
    `  ${actionWord[step.action]}`,
    step.asset,
    step.kind,
    step.bytes > 0 ? bytes(step.bytes) : step.rows ? `${count(step.rows)} rows` : '',
    step.reasons.join('; '),
  ]);
  return [...tabulate(rows, [3]), `  ${count(plan.unchanged.length)} unchanged.`];
}

/** Tells a run's events: a moving line on a terminal, and a line for each finished step. */
export function tellRun(terminal: Terminal): (event: RunEvent) => void {
  const under = new Map<string, string>();
  const show = (): void =>
    terminal.progress([...under].map(([asset, what]) => `${asset} ${what}`).join(' · '));
  return (event) => {
    switch (event.event) {
      case 'planned':
        if (event.attempt === 1 && event.plan.steps.length > 0)
          terminal.line(
            colors.dim(`${event.plan.steps.length} steps, ${event.plan.unchanged.length} unchanged`),
          );
        break;
      case 'step-started':
        under.set(event.step.asset, '…');
        show();
        break;
      case 'step-progress':
        under.set(event.step.asset, `${Math.round(event.share * 100)} % ${event.what}`);
        show();
        break;
      case 'step-finished':
        under.delete(event.result.step.asset);
        tellStep(terminal, event.result);
        show();
        break;
      case 'beaten':
        under.delete(event.step.asset);
        terminal.line(`${colors.yellow('↻')} ${event.step.asset}  ${event.message.split(' [MILL')[0]}`);
    }
  };
}

const mark: Readonly<Record<StepResult['outcome'], string>> = {
  published: colors.green('✓'),
  rejected: colors.red('✗'),
  failed: colors.red('✗'),
  blocked: colors.yellow('–'),
  held: colors.yellow('–'),
};

function tellStep(
  terminal: Terminal,
  { step, outcome, version, checks, note, problems, seconds }: StepResult,
): void {
  const failed = checks.filter((check) => !check.passed);
  const checked =
    checks.length === 0 ? '' : `, ${checks.length - failed.length} of ${checks.length} checks passed`;
  const name = (version?.id ?? step.asset).padEnd(22);
  terminal.line(
    `${mark[outcome]} ${name} ${outcome === 'published' ? '' : `${outcome}: `}${note}${checked} ${colors.dim(`${seconds.toFixed(1)} s`)}`,
  );
  for (const check of failed)
    terminal.line(
      `    ${check.severity === 'block' ? colors.red('gate') : colors.yellow('warn')} ${check.name}: ${check.observed}, wanted ${check.wanted}`,
    );
  if (outcome === 'failed') for (const problem of problems) terminal.problem(problem);
}
