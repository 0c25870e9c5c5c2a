import type { Instant } from '../../../base/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { LoadRange, LogStart, State, Version } from '../../../store/state/index.ts';
import { type SourceVersion, sourceVersionOf } from '../version.ts';
import { progressOf } from './log-reading.ts';
import { ingestLog } from './record.ts';
import { cameTo } from './settled.ts';

/**
 * Up to where a source's log may be trimmed: to where it had been read by the newest version that is older than an instant and whose rows
 * are all part of the live one. Undefined where there is none, or where the log begins there already.
 */
export function trimmable(state: State, source: string, before: Instant): LogStart | undefined {
  const live = state.live(source);
  const now = live && streamed(live);
  if (now === undefined) return undefined;
  const settled = state.versions(source).find((version) => {
    const then = version.status === 'published' && version.createdAt < before ? streamed(version) : undefined;
    return (
      then !== undefined &&
      then.reached?.where === now.reached?.where &&
      within(then.loads, now.loads) &&
      isPast(endsOf(then), endsOf(now))
    );
  });
  if (settled === undefined) return undefined;
  const { loads, reached } = sourceVersionOf(settled);
  const start = { progress: reached?.progress ?? null, load: loads.at(-1)?.[1] ?? 0 };
  const kept = state.logStart(ingestLog(source));
  const further = progressOf(start.progress).ends;
  if (kept === undefined) return further.size === 0 ? undefined : start;
  const from = progressOf(kept.progress).ends;
  return isPast(from, further) && !isPast(further, from) ? start : undefined;
}

/**
 * Forgets what was posted long ago and is in the lake. First it is noted from where on the log counts, then files go: killed in between,
 * the next time does the rest, and nothing is read twice. Gives whether the log begins later now.
 */
export async function trimPosted(workspace: Workspace, source: string, before: Instant): Promise<boolean> {
  const { state } = workspace;
  const name = ingestLog(source);
  const moved = state.transaction(() => {
    const start = trimmable(state, source, before);
    if (start !== undefined) state.setLogStart(name, start);
    return start !== undefined;
  });
  const start = state.logStart(name);
  if (start === undefined) return false;
  const { ends, since } = progressOf(start.progress);
  // Requests that may be repeated are known from the log itself.
  const upTo = new Map([...ends].map(([stream, end]) => [stream, Math.min(end, since.get(stream) ?? end)]));
  await (await workspace.log(name)).trim(upTo);
  return moved;
}

/** The next record of each stream of a source's log that its live version has not. */
export function readUpTo(state: State, source: string): ReadonlyMap<string, number> {
  const live = state.live(source);
  return cameTo(live && sourceVersionOf(live).reached?.progress, state.logStart(ingestLog(source))).ends;
}

/** The sources whose live version came from a log. */
export function streamedSources(state: State): string[] {
  const assets = new Set(
    state.versionFacts().flatMap(({ asset, kind }) => (kind === 'source' ? [asset] : [])),
  );
  return [...assets].filter((asset) => {
    const live = state.live(asset);
    return live !== undefined && streamed(live) !== undefined;
  });
}

function streamed(version: Version): SourceVersion | undefined {
  const then = sourceVersionOf(version);
  return version.kind === 'source' && then.connector === 'stream' && then.reached !== undefined
    ? then
    : undefined;
}

const endsOf = ({ reached }: SourceVersion): ReadonlyMap<string, number> =>
  progressOf(reached?.progress).ends;

/** Whether a reading has come at least as far as another. */
function isPast(ends: ReadonlyMap<string, number>, further: ReadonlyMap<string, number>): boolean {
  return [...ends].every(([stream, end]) => end <= (further.get(stream) ?? 0));
}

function within(inner: readonly LoadRange[], outer: readonly LoadRange[]): boolean {
  return inner.every(([first, last]) => outer.some(([from, to]) => from <= first && last <= to));
}
