import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type JsonObject, MillraceError, messageOf } from '../../base/index.ts';
import { Appender, type AppenderOptions, syncFolder } from './appender.ts';
import { LONGEST_RECORD } from './frame.ts';
import type { Log, LogPosition, LogRecord } from './log.port.ts';
import { listSegments, type Segment } from './segment.ts';
import { type Bookmark, readSegment } from './segment-reader.ts';
import { trimStreams } from './trim.ts';

export interface LogOptions {
  /** A segment is followed by a new one before it passes this size, in bytes. Default 64 MiB, at most 1 GiB. */
  readonly segmentBytes?: number;
  /** Longest record accepted, in bytes of its JSON. Default 1 MiB, at most 16 MiB. */
  readonly recordBytes?: number;
  /** Told after each flush to disk: how many records and bytes it brought. */
  readonly onFlush?: NonNullable<AppenderOptions['onFlush']>;
}

const MIB = 1024 * 1024;

/**
 * Opens the log in a folder, and makes the folder if need be. Files already there are left as they are; this
 * process' own stream begins with its first append. Any number of processes may have the same folder open.
 * @throws MILL_LOG_FOLDER; `append`: MILL_LOG_RECORD_TOO_LARGE, MILL_LOG_BUSY, MILL_LOG_WRITE_FAILED, MILL_LOG_CLOSED;
 * `read` and `trim`: MILL_LOG_DAMAGED, MILL_LOG_FOLDER
 */
export async function openLog(folder: string, options: LogOptions = {}): Promise<Log> {
  const path = resolve(folder);
  const recordBytes = Math.min(options.recordBytes ?? MIB, LONGEST_RECORD);
  const segmentBytes = Math.min(options.segmentBytes ?? 64 * MIB, 1024 * MIB);
  await inFolder(path, async () => {
    const made = await mkdir(path, { recursive: true });
    // The name of a folder is only safe on disk when the folder above is.
    for (let at = path; made !== undefined && at.length >= made.length; at = dirname(at))
      await syncFolder(dirname(at));
  });
  const appender = new Appender({
    folder: path,
    segmentBytes,
    ...(options.onFlush && { onFlush: options.onFlush }),
  });
  const bookmarks = new Map<string, Bookmark>();
  let closed = false;

  return {
    async append(value: JsonObject): Promise<LogPosition> {
      if (closed) throw closedError(path);
      const text = Buffer.from(JSON.stringify(value), 'utf8');
      if (text.length > recordBytes) throw tooLarge(text.length, recordBytes);
      return appender.append(text);
    },
    read: (from) => readable(path, readStreams(path, from ?? new Map(), bookmarks)),
    mark: () => inFolder(path, () => markOf(path, appender.stream)),
    trim: (upTo) => inFolder(path, () => trimStreams(path, upTo)),
    async close(): Promise<void> {
      closed = true;
      await appender.close();
    },
  };
}

/**
 * Reads stream by stream. Where the last reading of each stream's newest segment ended is remembered, so that
 * a reader that comes back for what is new does not walk through the whole segment again.
 */
async function* readStreams(
  folder: string,
  from: ReadonlyMap<string, number>,
  bookmarks: Map<string, Bookmark>,
): AsyncGenerator<LogRecord> {
  const streams = await inFolder(folder, () => listSegments(folder));
  for (const path of bookmarks.keys())
    if (![...streams.values()].some((segments) => segments.at(-1)?.path === path)) bookmarks.delete(path);
  for (const [stream, segments] of streams) {
    const wanted = from.get(stream) ?? 0;
    for (const [k, segment] of segments.entries()) {
      const until = segments[k + 1]?.first;
      if (until !== undefined && until <= wanted) continue;
      yield* readOne(segment, until, wanted, bookmarks);
    }
  }
}

/** The newest segment of each stream but one, and how long it is: segments only ever grow, and newer ones have other names. */
async function markOf(folder: string, own: string): Promise<string> {
  const marks: string[] = [];
  for (const [stream, segments] of await listSegments(folder)) {
    const newest = segments.at(-1);
    if (stream === own || newest === undefined) continue;
    // Gone: trimmed meanwhile.
    const size = (await stat(newest.path).catch(() => undefined))?.size ?? 0;
    marks.push(`${stream} ${newest.first} ${size}`);
  }
  return marks.join('\n');
}

async function* readOne(
  segment: Segment,
  until: number | undefined,
  wanted: number,
  bookmarks: Map<string, Bookmark>,
): AsyncGenerator<LogRecord> {
  const known = bookmarks.get(segment.path);
  const start = known && known.index <= wanted ? known : undefined;
  for await (const { index, value, next } of readSegment(segment, until, start)) {
    if (until === undefined) bookmarks.set(segment.path, next);
    if (index >= wanted) yield { position: { stream: segment.stream, index }, value };
  }
}

/** The same records; a file that cannot be opened or read is told as the folder's. */
async function* readable(folder: string, records: AsyncGenerator<LogRecord>): AsyncGenerator<LogRecord> {
  try {
    yield* records;
  } catch (error) {
    throw folderError(folder, error);
  }
}

async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw folderError(folder, error);
  }
}

function folderError(folder: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  return new MillraceError(
    {
      code: 'MILL_LOG_FOLDER',
      message: `The log in ${folder} cannot be used: ${messageOf(error)}.`,
      todo: 'See that the folder exists and that this process may read and write it.',
      owner: 'service',
    },
    { cause: error },
  );
}

function closedError(folder: string): MillraceError {
  return new MillraceError({
    code: 'MILL_LOG_CLOSED',
    message: `The log in ${folder} is closed.`,
    todo: 'Stop appending before closing the log.',
    owner: 'millrace',
  });
}

function tooLarge(found: number, most: number): MillraceError {
  return new MillraceError({
    code: 'MILL_LOG_RECORD_TOO_LARGE',
    message: `The record has ${found} bytes of JSON; at most ${most} are accepted.`,
    todo: 'Send less in one record.',
    owner: 'data',
  });
}
