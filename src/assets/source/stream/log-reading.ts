import type { Instant, Json } from '../../../base/index.ts';
import type { Log, LogPosition } from '../../../store/log/index.ts';
import { type Posted, partName, postedOf } from './record.ts';
import { jsonOf, MARGIN, mapOf, SeenParts, WINDOW } from './window.ts';

/** How far a source's table has come in its log. */
export interface LogProgress {
  /** The next record of each stream. */
  readonly ends: ReadonlyMap<string, number>;
  /** From where on requests may be repeated: the first record of each stream that has an Idempotency-Key within the window. */
  readonly since: ReadonlyMap<string, number>;
}

export function progressOf(json: Json | undefined): LogProgress {
  const { ends, since } = (json ?? {}) as { ends?: Json; since?: Json };
  return { ends: mapOf(ends), since: mapOf(since) };
}

export const progressJson = ({ ends, since }: LogProgress): Json => ({
  ends: jsonOf(ends),
  since: jsonOf(since),
});

/**
 * Gives `take` what the log holds beyond `from`, up to `upTo`, stream by stream in order, and tells how far it has come. A part of a
 * request that was there before, within the window, is passed over: this is where a request counts once, whoever took it.
 */
export async function readPosted(
  log: Log,
  from: LogProgress,
  now: Instant,
  take: (posted: Posted, position: LogPosition) => Promise<void> | void,
  upTo?: ReadonlyMap<string, number>,
): Promise<LogProgress> {
  const seen = new SeenParts<true>();
  const ends = new Map(from.ends);
  const since = new Map<string, number>();
  const starts = new Map(from.ends);
  for (const [stream, index] of from.since) starts.set(stream, Math.min(index, ends.get(stream) ?? index));
  for await (const record of log.read(starts)) {
    const { stream, index } = record.position;
    if (upTo !== undefined && index >= (upTo.get(stream) ?? 0)) continue;
    const posted = postedOf(record);
    const { request, at } = posted;
    let repeated = false;
    if (request !== undefined) {
      const name = partName(request);
      repeated = seen.find(name, at) === true;
      if (!repeated) seen.add(name, at, true);
      if (at >= now - WINDOW - MARGIN && !since.has(stream)) since.set(stream, index);
    }
    if (index < (from.ends.get(stream) ?? 0)) continue;
    ends.set(stream, index + 1);
    if (!repeated) await take(posted, record.position);
  }
  return { ends, since };
}
