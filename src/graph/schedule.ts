import { setTimeout as sleep } from 'node:timers/promises';
import { type Instant, MINUTE } from '../base/index.ts';
import type { Kinds } from './kind.ts';
import type { Graph } from './project.ts';
import { type RunResult, run } from './run.ts';
import type { RunOptions } from './run-options.ts';
import type { Schedule } from './running.ts';
import type { Workspace } from './workspace.ts';

/** How the walker of schedules spends its time. */
export interface Walking {
  readonly stopping: AbortSignal;
  readonly run?: Omit<RunOptions, 'only' | 'stopping'>;
  readonly onResult?: (result: RunResult) => void | Promise<void>;
  /** Told what a run threw; the next ticks come all the same. */
  readonly onError: (error: unknown) => void;
  /** Waits that long, in microseconds, or until it is stopped. A test's clock moves instead. */
  readonly wait?: (micros: number, stopping: AbortSignal) => Promise<void>;
}

/** The longest wait: a machine that slept wakes up late by no more. */
const LONGEST_WAIT = MINUTE / 2;

/**
 * Runs what is due, when it is due, until it is stopped. Runs follow each other and never overlap; what was due several times while
 * another was at work, or while nobody was there, is made up for once. A tick counts as done when its run has ended, so that one
 * that was killed is made up for too.
 */
export async function walkSchedules(
  graph: Graph,
  kinds: Kinds,
  workspace: Workspace,
  { stopping, run: options, onResult, onError, wait = waited }: Walking,
): Promise<void> {
  const { state, clock } = workspace;
  const schedules = graph.running?.schedules ?? [];
  if (schedules.length === 0) return;
  const last = (schedule: Schedule, i: number): Instant => {
    const key = keyOf(schedule, i);
    const found = state.notes.lastTick(key);
    if (found === undefined) state.notes.setLastTick(key, clock.now());
    return found ?? clock.now();
  };
  while (!stopping.aborted) {
    const now = clock.now();
    const nexts = schedules.map(
      (schedule, i) => schedule.next(last(schedule, i)) ?? Number.POSITIVE_INFINITY,
    );
    const due = schedules.filter((_, i) => (nexts[i] as number) <= now);
    if (due.length === 0) {
      await wait(Math.min(LONGEST_WAIT, Math.max(1, Math.min(...nexts) - now)), stopping);
      continue;
    }
    try {
      const only = { assets: dueAssets(graph, due), inputs: false };
      // From the first time it was due to the next: what was missed in between is made up for here.
      const start = Math.min(...nexts.filter((next) => next <= now));
      const end = Math.min(...due.map((schedule) => schedule.next(now) ?? Number.POSITIVE_INFINITY));
      const nominal = { start, ...(Number.isFinite(end) ? { end } : {}) };
      const look = due.every(({ watch }) => watch);
      const result = await run(graph, kinds, workspace, { ...options, only, look, stopping, nominal });
      await onResult?.(result);
    } catch (error) {
      onError(error);
    }
    if (stopping.aborted) return;
    schedules.forEach((schedule, i) => {
      if (due.includes(schedule)) state.notes.setLastTick(keyOf(schedule, i), now);
    });
  }
}

/** A project's schedule and its watch have no name of an asset, and differ by their place. */
const keyOf = ({ name }: Schedule, i: number): string => name || `project ${i}`;

/** What is due: assets whose schedule says so, and what follows them, having none of its own. */
export function dueAssets(graph: Graph, due: readonly Schedule[]): string[] {
  const own = new Set(graph.running?.schedules.map(({ name }) => name));
  const named = new Set(due.map(({ name }) => name));
  const whole = named.has('');
  const found = new Set<string>();
  for (const { name, inputs } of graph.nodes.values())
    if (named.has(name) || (!own.has(name) && (whole || inputs.some((input) => found.has(input)))))
      found.add(name);
  return [...found];
}

async function waited(micros: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.ceil(micros / 1000), undefined, { signal });
  } catch {
    // Stopped; the loop looks.
  }
}
