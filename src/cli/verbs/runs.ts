import colors from 'picocolors';
import { formatInstant, MillraceError } from '../../base/index.ts';
import type { State, StepLine } from '../../store/state/index.ts';
import { DONE } from '../exit.ts';
import { openProject } from '../load-project.ts';
import { plain, tabulate } from '../plain-text.ts';
import type { Terminal } from '../terminal.ts';
import type { VerbContext } from '../verb.ts';

/** As many runs as are listed: a screen full. */
const LISTED = 20;

/** `millrace runs [id]` */
export async function runsVerb(
  { projectFile, terminal }: VerbContext,
  id: string | undefined,
): Promise<number> {
  const { workspace } = await openProject(projectFile);
  try {
    if (id === undefined) tellRuns(workspace.state, terminal);
    else tellOne(workspace.state, terminal, id);
    return DONE;
  } finally {
    await workspace.close();
  }
}

function tellRuns(state: State, terminal: Terminal): void {
  const runs = state.runs(LISTED).map((run) => ({ ...run, steps: state.steps(run.id) }));
  if (runs.length === 0) terminal.line('There has been no run yet.');
  const rows = runs.map(({ id, startedAt, finishedAt, outcome, steps }) => {
    const bad = steps.filter((step) => step.outcome !== 'published' && step.outcome !== 'held');
    const took = finishedAt === null ? '' : `${((finishedAt - startedAt) / 1e6).toFixed(1)} s`;
    return [
      id,
      formatInstant(startedAt),
      outcome === 'failed' ? colors.red(outcome) : outcome,
      took,
      steps.length === 0 ? '' : `${steps.length - bad.length} of ${steps.length} steps`,
      bad.map(({ asset, outcome }) => `${asset} ${outcome}`).join(', '),
    ];
  });
  for (const line of tabulate(rows, [3])) terminal.line(line);
  terminal.result({ runs });
}

/** @throws MILL_RUN_UNKNOWN */
function tellOne(state: State, terminal: Terminal, id: string): void {
  const run = state.run(id);
  if (run === undefined)
    throw new MillraceError({
      code: 'MILL_RUN_UNKNOWN',
      message: `There is no run '${id}'.`,
      todo: 'Name one that `millrace runs` lists.',
      owner: 'project',
    });
  const steps = state.steps(id);
  const log = state.notes.lines({ run: id });
  terminal.line(`${colors.bold(id)}  ${run.outcome}, begun ${formatInstant(run.startedAt)}`);
  const rows = steps.map(({ asset, action, outcome, note }) => [`  ${action}`, asset, outcome, plain(note)]);
  for (const line of tabulate(rows)) terminal.line(line);
  if (log.length > 0) terminal.line();
  for (const line of describeLog(log, true)) terminal.line(line);
  terminal.result({ ...run, steps, log });
}

const shade: Readonly<Record<StepLine['level'], (text: string) => string>> = {
  info: (text) => text,
  warn: colors.yellow,
  error: colors.red,
};

/** Lines of a log for people. */
export function describeLog(log: readonly StepLine[], named: boolean): string[] {
  const rows = log.map(({ asset, at, level, text }) => [
    `  ${colors.dim(formatInstant(at))}`,
    ...(named ? [asset] : []),
    shade[level](plain(text)),
  ]);
  return tabulate(rows);
}
