import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError, messageOf, newId, type Problem, systemFailure, systemGuard } from '../base/index.ts';
import type { CheckResult, Version } from '../store/state/index.ts';
import { tried } from './attempts.ts';
import type { BuildContext, Kind, Kinds } from './kind.ts';
import { type Plan, plan, type Selection, type Step } from './plan.ts';
import type { Graph, Node } from './project.ts';
import { type Publication, passed, publish, refuseIfBeaten, reuse, setAside } from './publish.ts';
import type { RetryPolicy } from './retry.ts';
import { keepingLog } from './step-log.ts';
import { keepAlive, type LeaseTimes, type Tenure } from './tenure.ts';
import type { Workspace } from './workspace.ts';

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

export interface RunResult {
  readonly run: string;
  readonly plan: Plan;
  readonly steps: readonly StepResult[];
  /** Whether everything that was to be done is done: nothing failed, was rejected or blocked, or is held since its gates did not pass. */
  readonly ok: boolean;
  readonly seconds: number;
}

/** What a run says while it works. The graph never prints. */
export type RunEvent =
  | { readonly event: 'planned'; readonly plan: Plan; readonly attempt: number }
  | { readonly event: 'step-started'; readonly step: Step }
  | { readonly event: 'step-progress'; readonly step: Step; readonly share: number; readonly what: string }
  | { readonly event: 'step-waiting'; readonly step: Step; readonly run: string }
  | {
      readonly event: 'step-retry';
      readonly step: Step;
      readonly attempt: number;
      readonly seconds: number;
      readonly message: string;
    }
  | { readonly event: 'step-finished'; readonly result: StepResult }
  | { readonly event: 'beaten'; readonly step: Step; readonly message: string };

export interface RunOptions {
  /** Only a part of the project; of a list of names, these assets and what they are built from. */
  readonly only?: readonly string[] | Selection;
  readonly onEvent?: (event: RunEvent) => void;
  /** Steps that may be under way at once. Default 2. */
  readonly concurrency?: number;
  /** Once it is aborted no more steps begin; those under way are finished, and the run ends. */
  readonly stopping?: AbortSignal;
  /** How steps that fail for a passing reason are tried again; over what the project says. */
  readonly retry?: Partial<RetryPolicy>;
  readonly lease?: Partial<LeaseTimes>;
}

/**
 * How often a run that was beaten by another plans again before it gives up, besides once for each asset: two runs of one project
 * that start together can beat each other at every step, and each time the project is one step further.
 */
const ATTEMPTS = 5;

/** What an attempt leaves standing for the next one of the same run: planning again changes nothing about it. */
const keeps: ReadonlySet<Outcome> = new Set(['published', 'rejected']);

/**
 * Brings what is live in line with what is declared and what has arrived: plans, and walks that very plan; independent
 * steps side by side. A step that fails or does not pass its gates blocks what is built from it and nothing else.
 * Killed at any moment, the next run goes on from the last published step.
 */
export async function run(
  graph: Graph,
  kinds: Kinds,
  workspace: Workspace,
  options: RunOptions = {},
): Promise<RunResult> {
  const { concurrency = 2 } = options;
  const abandoned = new Set<Promise<unknown>>();
  const id = newId(workspace.clock.now() / 1000);
  const onEvent = keepingLog(workspace, id, options.onEvent ?? (() => {}));
  const started = performance.now();
  const results = new Map<string, StepResult>();
  const position = { last: 0 };
  const tenure = keepAlive(workspace.state, id, workspace.clock.now(), options.lease);
  let first: Plan | undefined;
  try {
    for (let attempt = 1, beaten = true; beaten; attempt++) {
      const planned = await plan(graph, kinds, workspace, options.only);
      first ??= planned;
      onEvent({ event: 'planned', plan: planned, attempt });
      for (const [asset, { outcome }] of results) if (!keeps.has(outcome)) results.delete(asset);
      const last = attempt === ATTEMPTS + graph.nodes.size;
      const walking = {
        graph,
        kinds,
        workspace,
        id,
        results,
        onEvent,
        concurrency,
        position,
        last,
        options,
        abandoned,
        tenure,
      };
      beaten = await walk(planned, walking);
    }
  } catch (error) {
    try {
      workspace.state.finishRun(id, workspace.clock.now(), 'failed');
    } catch {
      // Why it ended is what counts; the run is called failed by the next one that looks.
    }
    throw systemFailure(error) ?? error;
  } finally {
    tenure.end();
    await ended(abandoned);
  }
  const steps = [...results.values()];
  const ok = steps.every(fine);
  workspace.state.finishRun(id, workspace.clock.now(), ok ? 'done' : 'failed');
  return { run: id, plan: first as Plan, steps, ok, seconds: (performance.now() - started) / 1000 };
}

/** As long as builds that were given up may take to notice, in milliseconds. */
const GRACE = 5_000;

/** Waits for builds that were given up: stores are better not closed under them. */
async function ended(abandoned: ReadonlySet<Promise<unknown>>): Promise<void> {
  if (abandoned.size === 0) return;
  const grace = new AbortController();
  const timer = sleep(GRACE, undefined, { signal: grace.signal }).catch(() => {});
  await Promise.race([Promise.all(abandoned), timer]);
  grace.abort();
}

/** Published, or held for a reason that a person gave; what is held because its gates did not pass is as far from done as before. */
const fine = ({ outcome, version }: StepResult): boolean =>
  outcome === 'published' || (outcome === 'held' && version?.status !== 'candidate');

interface Walk {
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

/** Walks a plan to its end. True when a step was beaten by another run, so that planning again can help. */
async function walk(planned: Plan, walking: Walk): Promise<boolean> {
  const waiting = [...planned.steps];
  const under = new Map<string, Promise<void>>();
  const settled = new Set<string>();
  let beaten = false;
  let broken: { readonly error: unknown } | undefined;
  const start = (step: Step): void => {
    const done = carryOut(step, walking)
      .then((result) => {
        if (result === 'beaten') beaten = true;
        else finish(result, walking);
      })
      .catch((error: unknown) => {
        broken ??= { error };
      })
      .finally(() => {
        under.delete(step.asset);
        settled.add(step.asset);
      });
    under.set(step.asset, done);
  };
  // What cannot be written down ends the run; steps under way are waited for, so that nobody closes stores under them.
  while ((waiting.length > 0 && broken === undefined) || under.size > 0) {
    for (let i = 0; broken === undefined && i < waiting.length && under.size < walking.concurrency; ) {
      const step = waiting[i] as Step;
      if (step.after.every((name) => settled.has(name))) {
        waiting.splice(i, 1);
        start(step);
      } else i++;
    }
    await Promise.race(under.values());
  }
  if (broken !== undefined) throw broken.error;
  return beaten;
}

function finish(result: StepResult, { results, workspace, id, onEvent, position }: Walk): void {
  const { step, outcome, note, problems } = result;
  // The candidate that this very run has made and refused; that it is held now is no news.
  if (outcome === 'held' && results.get(step.asset)?.outcome === 'rejected') return;
  results.set(step.asset, result);
  const now = workspace.clock.now();
  workspace.state.addStep({
    run: id,
    position: ++position.last,
    asset: step.asset,
    action: step.action,
    reason: step.reasons.join('; '),
    outcome,
    note: problems[0]?.message ?? note,
    startedAt: now - Math.round(result.seconds * 1e6),
    finishedAt: now,
  });
  onEvent({ event: 'step-finished', result });
}

async function carryOut(step: Step, walking: Walk): Promise<StepResult | 'beaten'> {
  const started = performance.now();
  const result = (outcome: Outcome, more: Partial<StepResult>): StepResult => ({
    step,
    outcome,
    checks: [],
    note: '',
    problems: [],
    seconds: (performance.now() - started) / 1000,
    ...more,
  });
  const { workspace, results, onEvent, id } = walking;
  const absent = step.after.filter((name) => results.get(name)?.outcome !== 'published');
  if (absent.length > 0) return result('blocked', { note: `waits for ${absent.join(', ')}` });
  if (step.action === 'hold') {
    const version = step.earlier === undefined ? undefined : workspace.state.version(step.earlier);
    return result('held', { note: step.reasons.join('; '), ...(version ? { version } : {}) });
  }
  if (walking.options.stopping?.aborted) return result('blocked', { note: 'the run was stopped before' });
  try {
    return await walking.tenure.hold(
      step.asset,
      {
        stopping: walking.options.stopping,
        onWait: (run) => onEvent({ event: 'step-waiting', step, run }),
      },
      async () => {
        if (walking.options.stopping?.aborted)
          return result('blocked', { note: 'the run was stopped before' });
        refuseIfBeaten(workspace, step);
        onEvent({ event: 'step-started', step });
        if (step.action === 'reuse') {
          const version = reuse(workspace, step, id);
          return result('published', { version, note: `${version.id} again` });
        }
        return await triedBuild(step, walking, result);
      },
    );
  } catch (error) {
    if (error instanceof MillraceError && beatenBy(error) && !walking.last) {
      onEvent({ event: 'beaten', step, message: error.message });
      return 'beaten';
    }
    return result('failed', { problems: problemsOf(error, step), note: messageOf(error) });
  }
}

type Result = (outcome: Outcome, more: Partial<StepResult>) => StepResult;

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
    input: (name) => inputs[name] as Version,
    buildId: `${step.asset}-${newId()}`,
    base,
    progress: (share, what) => onEvent({ event: 'step-progress', step, share, what }),
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
  if (passed(candidate))
    return result('published', { version: publish(workspace, publication), checks, note });
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
