import colors from 'picocolors';
import { counted, formatIntervals } from '../base/index.ts';
import {
  describeObstacle,
  describeTelling,
  type NoticeEvent,
  type Plan,
  type RunEvent,
  type Step,
  type StepResult,
} from '../graph/index.ts';
import { fromHere } from './from-here.ts';
import { bytes, count, plain, tabulate } from './plain-text.ts';
import type { Terminal } from './terminal.ts';

/** Where nothing can move, a step that takes longer gives a sign of life this often, in milliseconds. */
const SIGN_OF_LIFE = 10_000;

/** A plan in lines: what would be done, why, and how much is to be read. */
export function describePlan(plan: Plan): string[] {
  const { steps, unchanged } = plan;
  if (steps.length === 0) {
    const all = unchanged.length === 1 ? 'the asset is' : `all ${unchanged.length} assets are`;
    return [
      `Nothing to do: ${unchanged.length === 0 ? 'the project declares nothing yet' : `${all} live as declared`}.`,
    ];
  }
  const rows = steps.map((step) => [
    `  ${step.action}`,
    step.asset,
    step.kind,
    step.bytes > 0 ? bytes(step.bytes) : step.rows ? counted(step.rows, 'row') : '',
    plain(step.reasons.join('; ') + intervalsOf(step)),
  ]);
  const lines = tabulate(rows, [3]).flatMap((line, i) => [line, ...describeChanges(steps[i] as Step)]);
  return [...lines, `  ${count(unchanged.length)} unchanged`];
}

/** Which intervals, where it is known before the inputs are built. */
function intervalsOf({ intervals = [], backfill }: Step): string {
  if (intervals.length === 0 || backfill) return '';
  return `: ${formatIntervals(intervals)}`;
}

/** What becomes of a step's columns, whether that breaks what reads them, and which models and endpoints it reaches. */
function describeChanges({ changes = [], effect, reaches = [] }: Step): string[] {
  if (changes.length === 0) return [];
  const said = changes.map(({ column, what, breaking, readers }) => {
    const by = readers.length === 0 ? 'nobody reads it' : `read by ${readers.join(', ')}`;
    return `${plain(column)} ${plain(what)}${breaking ? ` (${by})` : ''}`;
  });
  const ends = reaches.filter(({ kind }) => kind === 'model' || kind === 'endpoint');
  const reached =
    reaches.length === 0
      ? 'nothing else is rebuilt'
      : ends.length === 0
        ? `reaches ${counted(reaches.length, 'asset')}, no model`
        : `reaches ${ends.map(({ kind, asset }) => `${kind} ${asset}`).join(', ')}`;
  return [`      ${effect === 'breaking' ? colors.red('breaking') : 'safe'}: ${said.join('; ')}; ${reached}`];
}

interface UnderWay {
  readonly since: number;
  told: number;
  what: string;
}

/** Tells a run's events: a moving line on a terminal, and a line for each finished step. */
export function tellRun(terminal: Terminal): (event: RunEvent) => void {
  const under = new Map<string, UnderWay>();
  let timer: NodeJS.Timeout | undefined;
  /** Of the longest name of a version in the plan, so that the notes stand below each other. */
  let width = 0;
  const show = (): void => {
    if (terminal.moving)
      terminal.progress([...under].map(([asset, { what }]) => `${asset} ${what}`).join(' · '));
  };
  const tick = (): void => {
    const now = performance.now();
    for (const [asset, step] of under) {
      if (terminal.moving || now - step.told < SIGN_OF_LIFE) continue;
      step.told = now;
      terminal.aside(`  ${asset} ${step.what} (${Math.round((now - step.since) / 1000)} s so far)`);
    }
  };
  const started = (step: Step): void => {
    const now = performance.now();
    under.set(step.asset, { since: now, told: now, what: '…' });
    // The process may end while it is set: nothing waits for a sign of life.
    timer ??= setInterval(tick, 1_000).unref();
    show();
  };
  const ended = (step: Step): void => {
    under.delete(step.asset);
    if (under.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  return (event) => {
    switch (event.event) {
      case 'planned': {
        const { steps, unchanged } = event.plan;
        width = Math.max(width, ...steps.map(({ asset }) => asset.length + 4));
        if (event.attempt === 1 && steps.length > 0)
          terminal.line(colors.dim(`${counted(steps.length, 'step')}, ${unchanged.length} unchanged`));
        break;
      }
      case 'step-started':
        started(event.step);
        break;
      case 'step-progress': {
        const step = under.get(event.step.asset);
        if (step) step.what = `${Math.round(event.share * 100)} % ${plain(event.what)}`;
        show();
        // A build that does not let go of the event loop starves the timer, and tells its progress all the same.
        tick();
        break;
      }
      case 'step-line':
        terminal.aside(colors.dim(`  ${event.step.asset.padEnd(width)}  ${plain(event.line)}`));
        break;
      case 'step-waiting':
        terminal.line(colors.dim(`  ${event.step.asset.padEnd(width)}  ${describeObstacle(event.obstacle)}`));
        break;
      case 'step-retry':
        terminal.line(
          `${colors.yellow('↻')} ${event.step.asset.padEnd(width)}  try ${event.attempt} in ${event.seconds.toFixed(1)} s: ${plain(event.message)}`,
        );
        break;
      case 'step-finished':
        ended(event.result.step);
        tellStep(terminal, event.result, width);
        show();
        break;
      case 'lineage-lost':
        terminal.aside(colors.yellow(`! ${plain(event.message)}`));
        break;
      case 'notices-failed':
        terminal.line(`${colors.yellow('!')} what is amiss cannot be told: ${plain(event.message)}`);
        break;
      case 'notice':
        tellNotice(terminal, event);
        break;
      case 'beaten':
        ended(event.step);
        terminal.line(
          `${colors.yellow('↻')} ${event.step.asset.padEnd(width)}  overtaken by another run; planning again`,
        );
    }
  };
}

/** What an owner is told on the console, unless the run has shown it; and what webhooks were told. */
function tellNotice(terminal: Terminal, event: NoticeEvent & { event: 'notice' }): void {
  const { telling, to, seen, failed } = event;
  const said = plain(describeTelling(telling));
  if (failed !== undefined)
    terminal.line(
      `${colors.yellow('!')} could not tell ${said}: ${plain(failed)}; it is tried again at the next run`,
    );
  else if (to === 'webhook') terminal.line(colors.dim(`Told ${said}.`));
  else if (!seen) {
    const { asset, owner, what, over, messages, todo } = telling;
    const whose = `${asset}${owner === undefined ? '' : ` (${owner})`}`.trim();
    const words = over ? `${what} is over` : `${what}: ${messages.join(' ')} ${todo}`;
    terminal.line(`${colors.yellow('!')} ${plain(whose === '' ? words : `${whose} ${words}`)}`);
  }
}

const mark: Readonly<Record<StepResult['outcome'], string>> = {
  published: colors.green('✓'),
  rejected: colors.red('✗'),
  failed: colors.red('✗'),
  blocked: colors.yellow('–'),
  held: colors.yellow('–'),
};

/** What became of a step that was not published, before its note. */
const outcomeWord: Readonly<Record<StepResult['outcome'], string>> = {
  published: '',
  rejected: 'not published: ',
  failed: 'failed',
  blocked: 'not started: ',
  held: 'left as it is: ',
};

function tellStep(terminal: Terminal, result: StepResult, width: number): void {
  const { step, outcome, version, checks, note, problems, seconds } = result;
  const failed = checks.filter((check) => !check.passed);
  const said = outcome === 'failed' ? '' : plain(note);
  const judged = verdict(checks);
  const name = (version?.id ?? step.asset).padEnd(width);
  terminal.line(
    `${mark[outcome]} ${name}  ${outcomeWord[outcome]}${said}${judged && `; ${judged}`}${colors.dim(`  ${seconds.toFixed(1)} s`)}`,
  );
  const rows = failed.map(({ severity, name: check, observed, wanted }) => [
    `    ${severity === 'block' ? colors.red('gate') : colors.yellow('warn')}`,
    plain(check),
    plain(observed),
    colors.dim(`wanted ${plain(wanted)}`),
  ]);
  for (const line of tabulate(rows)) terminal.line(line);
  if (outcome === 'failed') for (const problem of problems) terminal.problem(fromHere(problem));
}

/** Checks in a few words: what stops a version, and what only wants to be looked at. */
export function verdict(checks: readonly { passed: boolean; severity: 'block' | 'warn' }[]): string {
  const passed = checks.filter((check) => check.passed).length;
  const gates = checks.filter((check) => !check.passed && check.severity === 'block').length;
  const warnings = checks.length - passed - gates;
  return [
    gates > 0 ? `${counted(gates, 'gate')} not passed` : '',
    warnings > 0 ? counted(warnings, 'warning') : '',
    passed > 0 ? `${counted(passed, 'check')} passed` : '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}
