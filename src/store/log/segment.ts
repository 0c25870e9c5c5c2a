import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of a stream: records from number `first` up to the next segment's first. */
export interface Segment {
  readonly stream: string;
  readonly first: number;
  readonly path: string;
}

/** What a segment is called while it is being trimmed; it still counts as part of its stream. */
export const TRIMMING = '.trimming';

const NAME = /^([0-9a-z]{1,64})-(\d{16})\.log(\.trimming)?$/;

export function segmentPath(folder: string, stream: string, first: number): string {
  return join(folder, `${stream}-${String(first).padStart(16, '0')}.log`);
}

/** All segments of a folder by stream, streams and segments in order. Files of other names are not ours. */
export async function listSegments(folder: string): Promise<Map<string, Segment[]>> {
  const streams = new Map<string, Segment[]>();
  for (const name of (await readdir(folder)).sort()) {
    const [, stream, first] = NAME.exec(name) ?? [];
    if (stream === undefined) continue;
    const segments = streams.get(stream) ?? [];
    streams.set(stream, segments);
    // `x.log` sorts before `x.log.trimming`: where both are there, the writer has written all of it anew in the former.
    if (segments.at(-1)?.first === Number(first)) continue;
    segments.push({ stream, first: Number(first), path: join(folder, name) });
  }
  return streams;
}
