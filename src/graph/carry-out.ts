import { MillraceError, messageOf, newId, type Problem, systemFailure, systemGuard } from '../base/index.ts';
import type { Version } from '../store/state/index.ts';
import { tried } from './attempts.ts';
import type { BuildContext, Kind } from './kind.ts';
import type { Step } from './plan.ts';
import type { Node } from './project.ts';
import { type Publication, passed, publish, refuseIfBeaten, reuse, setAside } from './publish.ts';
import type { Outcome, StepResult } from './step-result.ts';
import type { Walk } from './walk.ts';

/** What becomes of a step that needs no work; undefined when it does. */
export function withoutWork(step: Step, { results, workspace, options }: Walk): StepResult | undefined {
  const result = resultOf(step);
  const absent = step.after.filter((name) => results.get(name)?.outcome !== 'published');
  if (absent.length > 0) return result('blocked', { note: `waits for ${absent.join(', ')}` });
  if (step.action === 'hold') {
    const version = step.earlier === undefined ? undefined : workspace.state.version(step.earlier);
    return result('held', { note: step.reasons.join('; '), ...(version ? { version } : {}) });
  }
  if (options.stopping?.aborted) return result('blocked', { note: 'the run was stopped before' });
  return undefined;
}

/** Does the work of one step, again where that can help. Throws nothing. */
export async function carryOut(step: Step, walking: Walk): Promise<StepResult | 'beaten'> {
  const { workspace, onEvent, id } = walking;
  const result = resultOf(step);
  try {
    refuseIfBeaten(workspace, step);
    onEvent({ event: 'step-started', step });
    if (step.action === 'reuse') {
      const version = reuse(workspace, step, id);
      const node = walking.graph.nodes.get(step.asset) as Node;
      await walking.kinds.get(step.kind)?.settle?.(node, version, workspace);
      return result('published', { version, note: `${version.id} again` });
    }
    return await triedBuild(step, walking, result);
  } catch (error) {
    if (error instanceof MillraceError && beatenBy(error) && !walking.last) {
      onEvent({ event: 'beaten', step, message: error.message });
      return 'beaten';
    }
    return failedBy(error, step, result);
  }
}

/** The result of a step that could not be done. */
export const failedBy = (error: unknown, step: Step, result: Result = resultOf(step)): StepResult =>
  result('failed', { problems: problemsOf(error, step), note: messageOf(error) });

type Result = (outcome: Outcome, more: Partial<StepResult>) => StepResult;

/** Makes the results of a step that begins now. */
function resultOf(step: Step): Result {
  const started = performance.now();
  return (outcome, more) => ({
    step,
    outcome,
    checks: [],
    note: '',
    problems: [],
    seconds: (performance.now() - started) / 1000,
    ...more,
  });
}

const triedBuild = (step: Step, walking: Walk, result: Result): Promise<StepResult> =>
  tried(
    {
      asset: step.asset,
      running: walking.graph.running?.nodes.get(step.asset) ?? {},
      policy: walking.options.retry,
      stopping: walking.options.stopping,
      useless: (error) => error instanceof MillraceError && beatenBy(error),
      onRetry: (attempt, wait, error) =>
        walking.onEvent({
          ...{ event: 'step-retry', step, attempt },
          ...{ seconds: wait / 1e6, message: messageOf(error) },
        }),
      abandoned: walking.abandoned,
    },
    (signal) => systemGuard(() => build(step, walking, result, signal)),
  );

async function build(
  step: Step,
  { graph, kinds, workspace, id, onEvent }: Walk,
  result: Result,
  signal: AbortSignal,
): Promise<StepResult> {
  const node = graph.nodes.get(step.asset) as Node;
  const base = workspace.lake.head();
  const inputs: Record<string, Version> = {};
  for (const name of node.inputs) inputs[name] = workspace.state.live(name) as Version;
  const kind = kinds.get(step.kind) as Kind;
  if (kind.sees !== 'declaration') refuseMoved(step, inputs);
  const context: BuildContext = {
    node,
    graph,
    workspace,
    live: workspace.state.live(step.asset),
    extend: step.action === 'extend',
    arrivals: step.arrivals,
    ...(step.backfill ? { backfill: step.backfill } : {}),
    input: (name) => inputs[name] as Version,
    buildId: `${step.asset}-${newId()}`,
    base,
    progress: (share, what) => onEvent({ event: 'step-progress', step, share, what }),
    say: (line) => onEvent({ event: 'step-line', step, line }),
    signal,
  };
  const candidate = await kind.build(context);
  // Whoever gave it up has told it as failed already.
  signal.throwIfAborted();
  const publication: Publication = {
    step,
    candidate,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, version]) => [name, version.id])),
    base,
    run: id,
  };
  const { checks, note } = candidate;
  if (passed(candidate)) {
    const version = publish(workspace, publication);
    await kind.settle?.(node, version, workspace, candidate.staged);
    return result('published', { version, checks, note });
  }
  return result('rejected', { version: setAside(workspace, publication), checks, note });
}

/** The inputs must still be what the plan saw: the fingerprint that will be recorded is made from theirs. */
function refuseMoved(step: Step, inputs: Readonly<Record<string, Version>>): void {
  for (const [name, version] of Object.entries(inputs)) {
    if (version.fingerprint === step.from[name]) continue;
    throw new MillraceError({
      code: 'MILL_RUN_BEATEN',
      message: `Another run has made ${version.id} live after this one had planned to build from what was live before.`,
      todo: 'Nothing is lost; the run plans again from there.',
      owner: 'service',
      asset: step.asset,
      retry: true,
    });
  }
}

/** The world moved while the step was under way, and planning again from where it is now can help. */
const beatenBy = (error: MillraceError): boolean =>
  ['MILL_RUN_BEATEN', 'MILL_LAKE_CONFLICT', 'MILL_SOURCE_FILES_MOVED'].includes(error.code);

function problemsOf(error: unknown, step: Step): readonly Problem[] {
  const ours = error instanceof MillraceError ? error : systemFailure(error);
  if (ours !== undefined) return ours.problems.map((problem) => ({ asset: step.asset, ...problem }));
  return [
    {
      code: 'MILL_BUG',
      message: `Building ${step.asset} failed: ${messageOf(error)}`,
      todo: 'This is a bug in Millrace; please report it with this message and the stack.',
      owner: 'millrace',
      asset: step.asset,
    },
  ];
}
