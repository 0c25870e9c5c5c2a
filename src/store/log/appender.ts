import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { MillraceError, messageOf, newId } from '../../base/index.ts';
import { FRAME_HEADER, MAGIC, writeFrame } from './frame.ts';
import type { LogPosition } from './log.port.ts';
import { segmentPath } from './segment.ts';

export interface AppenderOptions {
  readonly folder: string;
  readonly segmentBytes: number;
  /** Told after each write that was flushed to disk. */
  readonly onFlush?: (flush: { readonly records: number; readonly bytes: number }) => void;
}

interface Waiting {
  readonly text: Buffer;
  readonly resolve: (position: LogPosition) => void;
  readonly reject: (error: MillraceError) => void;
}

/** Bytes that wait for the disk, at most; beyond, appends are refused rather than held in memory. */
const QUEUE_BYTES = 64 * 1024 * 1024;

/** Bytes written by one flush, at most, so that no waiter waits for much more than its own. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** The file a stream is being appended to. `end` is where acknowledged records end. */
interface Open {
  readonly file: FileHandle;
  readonly path: string;
  readonly inode: bigint;
  end: number;
}

/**
 * Appends to a stream of its own with group commit: all that arrives in one turn of the event loop, or while a
 * flush is under way, shares the next write and the next flush. After a failed write nobody knows what is on disk,
 * so the stream ends there and the next append begins another: numbers are never given twice.
 */
export class Appender {
  readonly #options: AppenderOptions;
  #stream = newId();
  #next = 0;
  #open: Open | undefined;
  #queue: Waiting[] = [];
  #queued = 0;
  #flushing: Promise<void> | undefined;

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  /** The stream that it appends to now. */
  get stream(): string {
    return this.#stream;
  }

  /** Resolves when the text is on disk. @throws MILL_LOG_BUSY, MILL_LOG_WRITE_FAILED */
  append(text: Buffer): Promise<LogPosition> {
    if (this.#queued + text.length > QUEUE_BYTES) return Promise.reject(busy(this.#queue.length));
    this.#queued += text.length;
    return new Promise((resolve, reject) => {
      this.#queue.push({ text, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Waits for what was appended, then lets go of the file. */
  async close(): Promise<void> {
    while (this.#flushing) await this.#flushing;
    await this.#leave();
  }

  async #flush(): Promise<void> {
    await new Promise(setImmediate);
    while (this.#queue.length > 0) {
      const batch = this.#take();
      try {
        const stream = this.#stream;
        const first = this.#next;
        await this.#write(batch);
        this.#next += batch.length;
        for (const [i, waiting] of batch.entries()) waiting.resolve({ stream, index: first + i });
      } catch (error) {
        const failed = writeFailed(this.#options.folder, error);
        await this.#abandon();
        for (const waiting of batch) waiting.reject(failed);
      }
    }
    this.#flushing = undefined;
  }

  #take(): Waiting[] {
    const most = Math.min(BATCH_BYTES, this.#options.segmentBytes);
    let bytes = 0;
    let count = 0;
    for (const { text } of this.#queue) {
      if (count > 0 && bytes + text.length + FRAME_HEADER > most) break;
      bytes += text.length + FRAME_HEADER;
      this.#queued -= text.length;
      count++;
    }
    return this.#queue.splice(0, count);
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const size = batch.reduce((sum, { text }) => sum + FRAME_HEADER + text.length, 0);
    for (;;) {
      if (this.#open && this.#open.end + size > this.#options.segmentBytes) await this.#leave();
      this.#open ??= await this.#enter();
      const { file, path, inode, end } = this.#open;
      const head = end === 0 ? MAGIC.length : 0;
      const bytes = Buffer.allocUnsafe(head + size);
      if (head > 0) MAGIC.copy(bytes);
      let at = head;
      for (const { text } of batch) at = writeFrame(bytes, at, text, end);
      await writeAll(file, bytes, end);
      await file.datasync();
      // Another process may have begun to trim the segment away; what came after that belongs in a new one.
      const found = await stat(path, { bigint: true }).catch(() => undefined);
      if (found?.ino === inode) {
        this.#open.end = end + bytes.length;
        this.#options.onFlush?.({ records: batch.length, bytes: bytes.length });
        return;
      }
      await this.#leave();
    }
  }

  async #enter(): Promise<Open> {
    const path = segmentPath(this.#options.folder, this.#stream, this.#next);
    const file = await open(path, 'wx', 0o640);
    try {
      const { ino } = await file.stat({ bigint: true });
      await syncFolder(this.#options.folder);
      return { file, path, inode: ino, end: 0 };
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #leave(): Promise<void> {
    const { file } = this.#open ?? {};
    this.#open = undefined;
    await file?.close();
  }

  /** Ends the stream where acknowledged records end, as far as the disk still obeys. */
  async #abandon(): Promise<void> {
    try {
      await this.#open?.file.truncate(this.#open.end);
    } catch {
      // The reader drops the tail just as well.
    }
    await this.#leave().catch(() => undefined);
    this.#stream = newId();
    this.#next = 0;
  }
}

async function writeAll(file: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

/** Makes new names in a folder durable. Windows has no such call, and journals names by itself. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function busy(waiting: number): MillraceError {
  return new MillraceError({
    code: 'MILL_LOG_BUSY',
    message: `${waiting} records already wait for the disk, 64 MiB together.`,
    todo: 'Append slower, or look why the disk is slow.',
    owner: 'service',
    retry: true,
  });
}

function writeFailed(folder: string, cause: unknown): MillraceError {
  return new MillraceError(
    {
      code: 'MILL_LOG_WRITE_FAILED',
      message: `The log in ${folder} could not be written: ${messageOf(cause)}.`,
      todo: 'Make room or mend the disk; the records were not taken, so send them again.',
      owner: 'service',
      retry: true,
    },
    { cause },
  );
}
