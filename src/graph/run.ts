import { setTimeout as sleep } from 'node:timers/promises';
import { newId, systemFailure } from '../base/index.ts';
import { carryOut, failedBy, withoutWork } from './carry-out.ts';
import type { Kinds } from './kind.ts';
import { notifying } from './notify/notifier.ts';
import { reportLineage } from './openlineage/index.ts';
import { type Plan, plan, type Step } from './plan.ts';
import type { Graph } from './project.ts';
import type { RunEvent } from './run-event.ts';
import type { RunOptions } from './run-options.ts';
import { settleAll } from './settle.ts';
import { keepingLog } from './step-log.ts';
import type { Outcome, StepResult } from './step-result.ts';
import { keepAlive, type Obstacle } from './tenure.ts';
import { queueOf } from './turns.ts';
import type { Walk } from './walk.ts';
import type { Workspace } from './workspace.ts';

export interface RunResult {
  readonly run: string;
  readonly plan: Plan;
  readonly steps: readonly StepResult[];
  /** Whether everything that was to be done is done: nothing failed, was rejected or blocked, or is held since its gates did not pass. */
  readonly ok: boolean;
  readonly seconds: number;
}

/**
 * How often a run that was beaten by another plans again before it gives up, besides once for each asset: two runs of one project
 * that start together can beat each other at every step, and each time the project is one step further.
 */
const ATTEMPTS = 5;

/** Steps under way at once where nothing is said. */
const CONCURRENCY = 2;

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
  const concurrency = options.concurrency ?? graph.running?.concurrency ?? CONCURRENCY;
  const abandoned = new Set<Promise<unknown>>();
  const id = newId(workspace.clock.now() / 1000);
  const logging = keepingLog(workspace, id, (event) => {
    report.heard(event);
    options.onEvent?.(event);
  });
  const { environment = process.env, retry } = options.notify ?? {};
  const notifier = notifying({
    ...{ graph, kinds, workspace, run: id, environment, retry, stopping: options.stopping },
    ...{ onEvent: logging, console: options.onEvent !== undefined },
  });
  const onEvent = (event: RunEvent): void => {
    logging(event);
    notifier.see(event);
  };
  const report = reportLineage(graph, kinds, workspace, id, options.nominal, onEvent);
  const started = performance.now();
  const results = new Map<string, StepResult>();
  const position = { last: 0 };
  const tenure = keepAlive(workspace.state, id, workspace.clock.now(), options.lease);
  report.begun();
  let first: Plan | undefined;
  let latest: Plan | undefined;
  try {
    await settleAll(graph, kinds, workspace);
    for (let attempt = 1, beaten = true; beaten; attempt++) {
      const planned = await plan(graph, kinds, workspace, options.only);
      first ??= planned;
      latest = planned;
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
    await report.ended('failed', error);
    try {
      workspace.state.finishRun(id, workspace.clock.now(), 'failed');
    } catch {
      // Why it ended is what counts; the run is called failed by the next one that looks.
    }
    await notifier.threw(error);
    throw systemFailure(error) ?? error;
  } finally {
    tenure.end();
    await ended(abandoned);
  }
  const steps = [...results.values()];
  const ok = steps.every(fine);
  await report.ended(ok ? 'done' : options.stopping?.aborted ? 'stopped' : 'failed');
  workspace.state.finishRun(id, workspace.clock.now(), ok ? 'done' : 'failed');
  const told = await notifier.end(latest as Plan, results);
  if (options.look && first?.steps.length === 0 && steps.length === 0 && !told) workspace.state.forgetRun(id);
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

/** Walks a plan to its end. True when a step was beaten by another run, so that planning again can help. */
async function walk(planned: Plan, walking: Walk): Promise<boolean> {
  const { tenure, graph, onEvent } = walking;
  const under = new Map<string, Promise<void>>();
  const settled = new Set<string>();
  let beaten = false;
  let broken: { readonly error: unknown } | undefined;
  const begin = (step: Step, work: Promise<StepResult | 'beaten'>): void => {
    const done = work
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
  const queue = queueOf(planned.steps, {
    settled,
    limits: (asset) => graph.running?.nodes.get(asset)?.limits ?? new Map(),
    take: (step, limits) => {
      const without = withoutWork(step, walking);
      if (without !== undefined) {
        // It may stand in line from before the run was told to stop.
        if (walking.options.stopping?.aborted) tenure.give(step.asset);
        begin(step, Promise.resolve(without));
        return undefined;
      }
      let obstacle: Obstacle | undefined;
      try {
        obstacle = tenure.take(step.asset, limits);
      } catch (error) {
        begin(step, Promise.resolve(failedBy(error, step)));
        return undefined;
      }
      if (obstacle === undefined)
        begin(
          step,
          carryOut(step, walking).finally(() => tenure.give(step.asset)),
        );
      return obstacle;
    },
    onWait: (step, obstacle) => onEvent({ event: 'step-waiting', step, obstacle }),
  });
  // What cannot be written down ends the run; steps under way are waited for, so that nobody closes stores under them.
  while ((queue.length > 0 && broken === undefined) || under.size > 0) {
    const waits = queue.pass(() => broken === undefined && under.size < walking.concurrency);
    await (waits ? soon(under.values(), tenure.look) : Promise.race(under.values()));
  }
  if (broken !== undefined) throw broken.error;
  return beaten;
}

/** Until one of them ends, or so many milliseconds have passed. */
async function soon(under: Iterable<Promise<void>>, millis: number): Promise<void> {
  const over = new AbortController();
  const timer = sleep(millis, undefined, { signal: over.signal }).catch(() => {});
  await Promise.race([...under, timer]);
  over.abort();
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
