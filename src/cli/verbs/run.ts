import { kinds } from '../../assets/index.ts';
import { type RunResult, run } from '../../graph/index.ts';
import { DONE, exitCodeOf, PROBLEMS } from '../exit.ts';
import { openToBuild } from '../load-project.ts';
import { type SelectionOptions, selectionOf } from '../named-assets.ts';
import { describePlan, tellRun } from '../progress.ts';
import { STOPPED, stopSignal } from '../signals.ts';
import type { VerbContext } from '../verb.ts';

/** `millrace run [assets…]` */
export async function runVerb(
  { projectFile, terminal, untilStopped }: VerbContext,
  assets: string[],
  options: SelectionOptions & { concurrency?: number },
): Promise<number> {
  const { graph, workspace } = await openToBuild(projectFile);
  try {
    const only = selectionOf(graph, assets, options);
    const stopping = stopSignal(untilStopped, (text) => terminal.aside(text));
    const result = await run(graph, kinds, workspace, {
      ...(only ? { only } : {}),
      ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
      stopping,
      onEvent: tellRun(terminal),
    });
    if (result.plan.steps.length === 0) for (const line of describePlan(result.plan)) terminal.line(line);
    terminal.result(summaryOf(result));
    return stopping.aborted && !result.ok ? STOPPED : exitCodeOfRun(result);
  } finally {
    await workspace.close();
  }
}

/** 0 when everything is done, else by whose problem it is; a gate that did not pass is the project's or the data's. */
export function exitCodeOfRun(result: RunResult): number {
  if (result.ok) return DONE;
  return exitCodeOf(result.steps.flatMap((step) => step.problems)) || PROBLEMS;
}

function summaryOf({ ok, run: id, seconds, steps, plan }: RunResult): unknown {
  return {
    ok,
    run: id,
    seconds,
    unchanged: plan.unchanged,
    steps: steps.map(({ step, outcome, version, checks, note, problems }) => ({
      asset: step.asset,
      kind: step.kind,
      action: step.action,
      reasons: step.reasons,
      outcome,
      version: version?.id ?? null,
      rows: version?.rows ?? null,
      checks,
      note,
      problems,
    })),
  };
}
