import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { MillraceError } from '../../../base/index.ts';
import type { ObjectReader, StoredObject } from '../../../store/object/index.ts';
import type { Delivery } from '../connector.port.ts';
import { unreadable } from '../load/unreadable.ts';
import { foundAt } from '../spool.ts';

/** A download that is cut goes on where it was, so often without a byte more, and waits before the n-th time. */
const ATTEMPTS = 5;
const waitMs = (attempt: number): number => 250 * 2 ** attempt;

export interface BringOptions {
  readonly store: ObjectReader;
  readonly object: StoredObject;
  /** Where it is kept on this machine. */
  readonly to: string;
  readonly signal: AbortSignal;
  readonly wait?: (attempt: number) => Promise<unknown>;
}

/**
 * Copies an object to this machine as a stream, and goes on where it was cut. All of it is the one content that was found: an object
 * that is exchanged meanwhile is refused.
 * @throws MILL_SOURCE_FILE_UNREADABLE (retry: true), MILL_CONNECTOR_UNREACHABLE (retry: true), MILL_CONNECTOR_REFUSED
 */
export async function bring(options: BringOptions): Promise<Delivery> {
  const {
    store,
    object,
    to,
    signal,
    wait = (attempt) => pause(waitMs(attempt), undefined, { signal }),
  } = options;
  const hash = createHash('sha256');
  const file = await open(to, 'wx', 0o600);
  let bytes = 0;
  let attempt = 0;
  try {
    for (;;) {
      const before = bytes;
      try {
        const opened = await store.read(object, bytes, signal);
        if (opened === 'gone') throw unreadable(object.address, 'it went away while it was read');
        if (opened === 'changed') throw changed(object);
        for await (const chunk of opened) {
          signal.throwIfAborted();
          if (bytes + chunk.length > object.bytes) throw changed(object);
          hash.update(chunk);
          await writeAll(file, chunk);
          bytes += chunk.length;
        }
        if (bytes === object.bytes) break;
        throw cut(object, bytes, 'it ended too early');
      } catch (error) {
        signal.throwIfAborted();
        const problem = error instanceof MillraceError ? error : cut(object, bytes, codeOf(error));
        if (problem.code !== 'MILL_CONNECTOR_UNREACHABLE') throw problem;
        attempt = bytes > before ? 0 : attempt + 1;
        if (attempt >= ATTEMPTS) throw problem;
        await wait(attempt);
      }
    }
  } finally {
    await file.close();
  }
  return { found: foundAt(object.address, to, bytes), hash: hash.digest('hex') };
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten;
}

function changed({ address }: StoredObject): MillraceError {
  return unreadable(address, 'it was exchanged while it was read', { retry: true });
}

function cut({ address, bytes: whole }: StoredObject, bytes: number, reason: string): MillraceError {
  return new MillraceError({
    code: 'MILL_CONNECTOR_UNREACHABLE',
    message: `${address} was cut after ${bytes} of ${whole} bytes, and again each time: ${reason}.`,
    todo: 'See what is between this machine and the store; then run again. Nothing has changed.',
    owner: 'service',
    retry: true,
  });
}

/** Of a broken stream only the system's name of the failure: drivers put requests into their words. */
function codeOf(error: unknown): string {
  const { code, cause, name } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException };
  return code ?? cause?.code ?? name;
}
