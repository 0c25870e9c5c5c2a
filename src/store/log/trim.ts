import { rename, rm, stat } from 'node:fs/promises';
import { listSegments, type Segment, TRIMMING } from './segment.ts';
import { readSegment } from './segment-reader.ts';

/** How long nobody may have written to a stream's last segment before it is trimmed: a busy stream is let be. */
const IDLE_MILLIS = 60_000;

/**
 * Removes segments in which every record's number is below the given one. A stream's last segment may still have a
 * writer, in any process, on any machine. So it is first given a name that its writer does not look for: all that
 * the writer had acknowledged by then is there to be counted, and what comes later it writes to a new segment.
 * @throws MILL_LOG_DAMAGED
 */
export async function trimStreams(folder: string, upTo: ReadonlyMap<string, number>): Promise<void> {
  const streams = await listSegments(folder);
  for (const [stream, limit] of upTo) {
    const segments = streams.get(stream) ?? [];
    for (const [k, segment] of segments.entries()) {
      const next = segments[k + 1];
      if (next === undefined) await trimLast(segment, limit);
      else if (next.first <= limit) await rm(segment.path, { force: true });
    }
  }
}

async function trimLast(segment: Segment, limit: number): Promise<void> {
  const aside = segment.path.endsWith(TRIMMING) ? segment.path : segment.path + TRIMMING;
  try {
    if (aside !== segment.path) {
      const { mtimeMs } = await stat(segment.path);
      if (Date.now() - mtimeMs < IDLE_MILLIS || !(await isPast(segment, limit))) return;
      await rename(segment.path, aside);
    }
    if (await isPast({ ...segment, path: aside }, limit)) await rm(aside, { force: true });
  } catch (error) {
    // Gone: another process trims too. Busy or not permitted: Windows, where a file in use keeps its name.
    if (!['ENOENT', 'EBUSY', 'EPERM', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
  }
}

/** Whether the segment has records, and all are numbered below the limit. */
async function isPast(segment: Segment, limit: number): Promise<boolean> {
  let end = segment.first;
  for await (const { next } of readSegment(segment, undefined)) end = next.index;
  return end > segment.first && end <= limit;
}
