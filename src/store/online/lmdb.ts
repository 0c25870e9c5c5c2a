import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase, type Transaction } from 'lmdb';
import { MillraceError, messageOf } from '../../base/index.ts';
import { batches, type Change, changeOf, standingText } from './batches.ts';
import { keyText } from './key-text.ts';
import {
  beyond,
  beyondExpiry,
  expiredKey,
  expiryKey,
  otherSide,
  type Side,
  sideKey,
  spaceKey,
  stateKey,
} from './lmdb-keys.ts';
import type { OnlineStore, StateValue } from './online.port.ts';
import { overtaken, written } from './online-problem.ts';

/** What is known of a space. */
interface Mark {
  readonly space: string;
  /** The side that is read, and where it stands. */
  readonly live?: { readonly side: Side; readonly coverage: string };
  /** Whoever fills or drops it at present, or was cut off. Only who finds his own name here may write to the side that is not live. */
  readonly busy?: string;
}

/** When a state expires, where it does, a line end, and the state: JSON has no bare line end. */
type Kept = string;
const keptOf = (state: string, expires: number | undefined): Kept => `${expires ?? ''}\n${state}`;
const stateOf = (kept: Kept): StateValue => JSON.parse(kept.slice(kept.indexOf('\n') + 1));
function expiresOf(kept: Kept | undefined): number | undefined {
  const text = kept?.slice(0, kept.indexOf('\n')) ?? '';
  return text === '' ? undefined : Number(text);
}

/** Keys that one transaction removes at most: what bounds how long other writers wait for it. */
const STEP = 5000;
const BOTH = ['a', 'b'] as const;

/**
 * Feature state in one LMDB file below `folder` (made if absent). Any number of processes may have it open; reads are
 * look-ups in mapped memory and never wait for a writer.
 * @throws MILL_ONLINE_UNREADABLE when the file cannot be opened.
 */
export async function openOnlineFolder(folder: string): Promise<OnlineStore> {
  const root = opened(folder);
  const states = root.openDB<Kept, Buffer>({
    name: 'states',
    keyEncoding: 'binary',
    encoding: 'string',
    compression: true,
  });
  /** By side, instant and entity; in step with the states. */
  const expiries = root.openDB<Buffer, Buffer>({
    name: 'expiries',
    keyEncoding: 'binary',
    encoding: 'binary',
  });
  const marks = root.openDB<Mark, Buffer>({ name: 'spaces', keyEncoding: 'binary', encoding: 'json' });

  /**
   * One view of everything. lmdb-js keeps a read transaction until the event loop turns, and renews it when it is next read: an older
   * one is let go, and the one that is taken is held to the end.
   */
  function viewed<T>(look: (transaction: Transaction) => T): T {
    root.resetReadTxn();
    const transaction = root.useReadTransaction();
    try {
      return look(transaction);
    } finally {
      transaction.done();
    }
  }

  /** One transaction, all of it or nothing; on the disk when this ends. */
  const changed = <T>(work: () => T): Promise<T> => written(root.childTransaction(work));

  /** Within a transaction. Gives by how many states there are more. */
  function put(side: Buffer, { key, state, expires }: Change): number {
    const at = stateKey(side, key);
    const before = states.get(at);
    const expired = expiresOf(before);
    if (expired !== undefined && expired !== expires) expiries.removeSync(expiryKey(side, expired, key));
    if (state !== undefined) states.putSync(at, keptOf(state, expires));
    else if (before !== undefined) states.removeSync(at);
    if (expires !== undefined && expired !== expires)
      expiries.putSync(expiryKey(side, expires, key), Buffer.of(1));
    return (state === undefined ? 0 : 1) - (before === undefined ? 0 : 1);
  }

  /** Empties what is not read, in steps, as long as `name` is the one who is busy with the space. Gives whether it still is. */
  async function clear(space: string, name: string | undefined): Promise<boolean> {
    for (;;) {
      const left = await changed(() => {
        const mark = marks.get(spaceKey(space));
        if (mark?.busy !== name) return undefined;
        let step = STEP;
        for (const side of BOTH) {
          if (side === mark?.live?.side) continue;
          const start = sideKey(space, side);
          for (const database of [states, expiries]) {
            if (step === 0) break;
            const keys = [...database.getKeys({ start, end: beyond(start), limit: step })];
            for (const key of keys) database.removeSync(key);
            step -= keys.length;
          }
        }
        return step === 0;
      });
      if (left === undefined) return false;
      if (!left) return true;
    }
  }

  /** Makes someone the one who is busy with a space; whoever was before may not go on. */
  async function begin(space: string, drop: boolean): Promise<string> {
    const busy = randomUUID();
    await changed(() => {
      const live = drop ? undefined : marks.get(spaceKey(space))?.live;
      marks.putSync(spaceKey(space), { space, busy, ...(live && { live }) });
    });
    return busy;
  }

  return Object.freeze({
    fill: async (space, coverage, entries) => {
      const text = standingText(coverage);
      const name = await begin(space, false);
      if (!(await clear(space, name))) throw overtaken(space);
      let entities = 0;
      for await (const batch of batches(entries)) {
        const more = await changed(() => {
          const mark = marks.get(spaceKey(space));
          if (mark?.busy !== name) return undefined;
          const side = sideKey(space, otherSide(mark.live?.side));
          return batch.reduce((sum, change) => sum + put(side, change), 0);
        });
        if (more === undefined) throw overtaken(space);
        entities += more;
      }
      const flipped = await changed(() => {
        const mark = marks.get(spaceKey(space));
        if (mark?.busy !== name) return false;
        marks.putSync(spaceKey(space), {
          space,
          live: { side: otherSide(mark.live?.side), coverage: text },
        });
        return true;
      });
      if (!flipped) throw overtaken(space);
      // The space is filled, whatever becomes of what it held before: the next filling begins with clearing.
      await clear(space, undefined).catch(() => {});
      return entities;
    },
    move: async (space, expected, next, changes) => {
      const [from, to] = [standingText(expected), standingText(next)];
      const ready = changes.map(changeOf);
      return await changed(() => {
        const mark = marks.get(spaceKey(space));
        if (mark?.live === undefined || mark.live.coverage !== from) return false;
        const side = sideKey(space, mark.live.side);
        for (const change of ready) put(side, change);
        marks.putSync(spaceKey(space), { ...mark, live: { ...mark.live, coverage: to } });
        return true;
      });
    },
    get: async (asks) =>
      viewed((transaction) =>
        asks.map(({ space, entities }) => {
          const live = marks.get(spaceKey(space), { transaction })?.live;
          if (live === undefined) return { coverage: undefined, states: entities.map(() => undefined) };
          const side = sideKey(space, live.side);
          return {
            coverage: JSON.parse(live.coverage) as StateValue,
            states: entities.map((entity) => {
              const kept = states.get(stateKey(side, keyText(entity)), { transaction });
              return kept === undefined ? undefined : stateOf(kept);
            }),
          };
        }),
      ),
    coverage: async (space) =>
      viewed((transaction) => {
        const live = marks.get(spaceKey(space), { transaction })?.live;
        return live === undefined ? undefined : (JSON.parse(live.coverage) as StateValue);
      }),
    evict: async (space, now, most) => {
      let taken = 0;
      while (taken < most) {
        const limit = Math.min(STEP, most - taken);
        const step = await changed(() => {
          const mark = marks.get(spaceKey(space));
          if (mark?.live === undefined) return 0;
          const side = sideKey(space, mark.live.side);
          const keys = [...expiries.getKeys({ start: side, end: beyondExpiry(side, now), limit })];
          for (const key of keys) {
            states.removeSync(stateKey(side, expiredKey(side, key)));
            expiries.removeSync(key);
          }
          return keys.length;
        });
        taken += step;
        if (step < limit) break;
      }
      return taken;
    },
    drop: async (space) => {
      const name = await begin(space, true);
      // From here on nobody finds it; a filling that begins now takes the rest of this work over.
      if (!(await clear(space, name))) return;
      await changed(() => {
        if (marks.get(spaceKey(space))?.busy === name) marks.removeSync(spaceKey(space));
      });
    },
    spaces: async () =>
      viewed((transaction) => [...marks.getRange({ transaction })].map(({ value }) => value.space)),
    close: async () => {
      await root.transaction(() => {}).catch(() => {});
      await root.close();
    },
  } satisfies OnlineStore);
}

function opened(folder: string): RootDatabase {
  try {
    mkdirSync(folder, { recursive: true });
    return open({
      path: join(folder, 'features.mdb'),
      noSubdir: true,
      maxDbs: 4,
      maxReaders: 1000,
      // Writes are in transactions of ours; batches of its own would end the process when the disk is full, by a promise that nobody has.
      eventTurnBatching: false,
      // A commit that is seen before it is on the disk is seen twice by others: of three processes that move one space in turn, two were told
      // of the same move in 1 of 40 runs, and one of 750 processes died of it (lmdb-js 3.5.6).
      overlappingSync: false,
    });
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
