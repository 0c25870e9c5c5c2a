import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { MillraceError, messageOf } from '../../base/index.ts';
import type { OnlineStore, StateValue } from './online.port.ts';

/** Whether a space is being filled or was filled to its end. */
interface Mark {
  readonly space: string;
  readonly filled: boolean;
  readonly entities: number;
}

/** LMDB's keys are at most 1,978 bytes long; an entity's text has this much of it. */
const LONGEST_TEXT = 1024;
/** Writes under way at once: what bounds memory while filling. */
const BATCH = 1000;

/**
 * Feature state in one LMDB file below `folder` (made if absent). Any number of processes may have it open; reads are
 * synchronous look-ups in mapped memory and never wait for a writer.
 * @throws MILL_ONLINE_UNREADABLE when the file cannot be opened; MILL_ONLINE_WRITE_FAILED from `fill` and `drop`.
 */
export async function openOnlineStore(folder: string): Promise<OnlineStore> {
  const root = opened(folder);
  const states = root.openDB<StateValue, Buffer>({
    name: 'states',
    keyEncoding: 'binary',
    encoding: 'json',
    compression: true,
  });
  const marks = root.openDB<Mark, Buffer>({ name: 'spaces', keyEncoding: 'binary', encoding: 'json' });

  const markOf = (space: string) => marks.get(spaceKey(space));
  const mark = (space: string, filled: boolean, entities: number) =>
    marks.put(spaceKey(space), { space, filled, entities });

  async function clear(space: string): Promise<void> {
    // The mark goes first: whatever happens later, nobody takes what is left for a whole space.
    if (markOf(space)?.filled) await mark(space, false, 0);
    const start = spaceKey(space);
    // Longer than any key of the space that begins with the same bytes.
    const end = Buffer.concat([start, Buffer.of(0xff)]);
    for (;;) {
      const keys = [...states.getKeys({ start, end, limit: BATCH })];
      await Promise.all(keys.map((key) => states.remove(key)));
      if (keys.length < BATCH) return;
    }
  }

  return Object.freeze({
    fill: async (space, entries) => {
      await written(clear(space));
      await written(mark(space, false, 0));
      let entities = 0;
      let writes: Promise<boolean>[] = [];
      for await (const [entity, state] of entries) {
        const write = states.put(keyOf(space, entity), state);
        // Awaited below; until then its failure must not count as unhandled.
        write.catch(() => undefined);
        writes.push(write);
        entities++;
        if (writes.length < BATCH) continue;
        await written(Promise.all(writes));
        writes = [];
      }
      await written(Promise.all(writes));
      // Commits are seen at once but reach the disk later; only then may the space count as filled.
      await written(root.flushed);
      await written(mark(space, true, entities));
      await written(root.flushed);
      return entities;
    },
    get: (space, entities) => entities.map((entity) => states.get(keyOf(space, entity))),
    has: (space) => {
      marks.resetReadTxn();
      return markOf(space)?.filled ?? false;
    },
    drop: async (space) => {
      await written(clear(space));
      await written(marks.remove(spaceKey(space)));
      await written(root.flushed);
    },
    spaces: () => {
      marks.resetReadTxn();
      return [...marks.getRange()].map(({ value }) => value.space);
    },
    close: () => root.close(),
  } satisfies OnlineStore);
}

function opened(folder: string): RootDatabase {
  try {
    mkdirSync(folder, { recursive: true });
    return open({ path: join(folder, 'features.mdb'), noSubdir: true, maxDbs: 4, maxReaders: 1000 });
  } catch (error) {
    throw new MillraceError(
      {
        code: 'MILL_ONLINE_UNREADABLE',
        message: `The online store in '${folder}' cannot be opened: ${messageOf(error)}.`,
        todo: 'Check that the folder may be written to; if its file is damaged, delete the folder and run again: state is rebuilt from the tables.',
        owner: 'service',
      },
      { cause: error },
    );
  }
}

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** Names of spaces as keys of one length, so that none is the beginning of another. UTF-16, because that keeps any two texts apart. */
const spaceKey = (space: string): Buffer => sha256(Buffer.from(space, 'utf16le')).subarray(0, 16);

/** An entity's own text, or a hash of it where it is too long or is no valid Unicode; a byte in front tells which. */
function keyOf(space: string, entity: string): Buffer {
  const text = Buffer.from(entity, 'utf8');
  if (text.length <= LONGEST_TEXT && entity.isWellFormed())
    return Buffer.concat([spaceKey(space), Buffer.of(1), text]);
  return Buffer.concat([spaceKey(space), Buffer.of(2), sha256(Buffer.from(entity, 'utf16le'))]);
}

/** Waits for a write and gives its failure our form. */
async function written<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    throw new MillraceError(
      {
        code: 'MILL_ONLINE_WRITE_FAILED',
        message: `The online store could not be written: ${messageOf(error)}.`,
        todo: 'Check the disk that holds it for space, then run again.',
        owner: 'service',
        retry: true,
      },
      { cause: error },
    );
  }
}
