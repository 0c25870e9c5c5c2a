import { type FileHandle, open } from 'node:fs/promises';
import { type JsonObject, MillraceError } from '../../base/index.ts';
import { announcedLength, batchOf, FRAME_HEADER, isIntact, LONGEST_RECORD, MAGIC } from './frame.ts';
import type { Segment } from './segment.ts';

/** A place between two records: the number of the next one, and where it begins in the file. */
export interface Bookmark {
  readonly index: number;
  readonly offset: number;
}

const CHUNK = 1024 * 1024;

/**
 * Reads a segment in order. With `until` (the next segment's first record) all records before that must be there;
 * without, it is the stream's last, and a tail that was never acknowledged is left out. Gives each record with the
 * place after it. Nothing when the file is gone (trimmed meanwhile). Memory: one chunk and one record.
 * @throws MILL_LOG_DAMAGED
 */
export async function* readSegment(
  segment: Segment,
  until: number | undefined,
  start?: Bookmark,
): AsyncGenerator<{ readonly index: number; readonly value: JsonObject; readonly next: Bookmark }> {
  let file: FileHandle;
  try {
    file = await open(segment.path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  try {
    // Bytes below the size seen here are stable, even while another process appends.
    const bytes = new Window(file, (await file.stat()).size);
    let { index, offset } = start ?? { index: segment.first, offset: MAGIC.length };
    const headed = (await bytes.hold(0, MAGIC.length)) && bytes.text(0, MAGIC.length) === MAGIC.toString();
    if (!headed) offset = 0;
    while (headed && (until === undefined || index < until)) {
      const length = await soundLength(bytes, offset);
      if (length === undefined) break;
      const text = bytes.text(offset + FRAME_HEADER, length);
      offset += FRAME_HEADER + length;
      yield { index, value: JSON.parse(text) as JsonObject, next: { index: index + 1, offset } };
      index++;
    }
    if (until !== undefined ? index < until : await isFollowed(bytes, offset))
      throw damaged(segment, until, index, offset);
  } finally {
    await file.close();
  }
}

/** Length of the record at the offset, when all of it is there and intact. */
async function soundLength(bytes: Window, offset: number): Promise<number | undefined> {
  if (!(await bytes.hold(offset, FRAME_HEADER))) return undefined;
  const length = announcedLength(bytes.buffer, bytes.at(offset));
  if (length === undefined || !(await bytes.hold(offset, FRAME_HEADER + length))) return undefined;
  return isIntact(bytes.buffer, bytes.at(offset), length) ? length : undefined;
}

/**
 * Whether a record of a later batch stands anywhere behind a bad place: then what was there had been acknowledged.
 * Tries every byte, as the bad record's own length cannot be trusted; the text of records cannot look like a header,
 * since JSON has no bytes below 32.
 */
async function isFollowed(bytes: Window, bad: number): Promise<boolean> {
  for (let at = bad + 1; at + FRAME_HEADER <= bytes.size; at++) {
    // No await where the bytes are held: this may walk over millions.
    const held = bytes.hold(at, FRAME_HEADER);
    if (held !== true && !(await held)) return false;
    const batch = batchOf(bytes.buffer, bytes.at(at));
    if (batch > bad && batch <= at && (await soundLength(bytes, at)) !== undefined) return true;
  }
  return false;
}

function damaged(segment: Segment, until: number | undefined, index: number, offset: number): MillraceError {
  const giveUp =
    until === undefined
      ? `truncate it to ${offset} bytes, which gives up the records behind`
      : `read the stream from record ${until} on, which gives up the rest of this file`;
  return new MillraceError({
    code: 'MILL_LOG_DAMAGED',
    message: `Record ${index} of stream ${segment.stream} is damaged: ${segment.path}, byte ${offset}.`,
    todo: `Bring the file back from a copy; or ${giveUp}.`,
    owner: 'service',
  });
}

/** A stretch of a file in memory, moved forward as it is read. */
class Window {
  buffer: Buffer = Buffer.alloc(0);
  readonly size: number;
  readonly #file: FileHandle;
  #from = 0;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** Index in `buffer` of an offset of the file that is held. */
  at(offset: number): number {
    return offset - this.#from;
  }

  text(offset: number, length: number): string {
    return this.buffer.toString('utf8', this.at(offset), this.at(offset) + length);
  }

  /** Makes sure the bytes are in `buffer`; false when the file is shorter. */
  hold(offset: number, length: number): Promise<boolean> | boolean {
    if (offset >= this.#from && this.at(offset) + length <= this.buffer.length) return true;
    if (offset + length > this.size || length > FRAME_HEADER + LONGEST_RECORD) return false;
    return this.#load(offset, length);
  }

  async #load(offset: number, length: number): Promise<boolean> {
    const bytes = Buffer.allocUnsafe(Math.min(Math.max(CHUNK, length), this.size - offset));
    let filled = 0;
    while (filled < bytes.length) {
      const { bytesRead } = await this.#file.read(bytes, filled, bytes.length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    this.buffer = bytes.subarray(0, filled);
    this.#from = offset;
    return filled >= length;
  }
}
