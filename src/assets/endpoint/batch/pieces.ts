import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Instant } from '../../../base/index.ts';
import { HOME, type Workspace } from '../../../graph/index.ts';

/** What a batch that is under way is pinned to. */
export interface Pinned {
  readonly id: string;
  /** The instant for all rows, where they have none of their own. */
  readonly asOf: Instant;
  /** Rows in a piece. */
  readonly size: number;
}

/** Finished pieces of a batch, kept until it is in the lake. */
export interface Pieces {
  readonly pinned: Pinned;
  /** Where the piece is, or will be. */
  pathOf(piece: number): string;
  has(piece: number): boolean;
  /** `make` writes the piece to a path; it is there whole or not at all. */
  keep(piece: number, make: (path: string) => Promise<void>): Promise<void>;
  /** All is in the lake. */
  done(): void;
}

const PINNED = 'batch.json';

/**
 * The pieces of the batch that is pinned to what `print` says: those of one that was cut off, or a new folder. What is pinned to something else has
 * another folder; `doctor` finds it when it is old.
 */
export function openPieces({ folder }: Workspace, print: string, pin: () => Pinned): Pieces {
  const own = join(folder, HOME, 'batches', print);
  const pinned = pinnedIn(own) ?? pinTo(own, pin());
  const pathOf = (piece: number): string => join(own, `${piece}.parquet`);
  return {
    pinned,
    pathOf,
    has: (piece) => existsSync(pathOf(piece)),
    async keep(piece, make) {
      // Two processes may be at the same batch: each writes its own, and either will do.
      const half = `${pathOf(piece)}.${randomUUID()}.half`;
      await make(half);
      sync(half);
      renameSync(half, pathOf(piece));
    },
    done: () => rmSync(own, { recursive: true, force: true }),
  };
}

function sync(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Of two processes that begin the same batch, both go by what the first says. */
function pinTo(folder: string, pinned: Pinned): Pinned {
  mkdirSync(folder, { recursive: true });
  const half = join(folder, `${PINNED}.${randomUUID()}.half`);
  writeFileSync(half, JSON.stringify(pinned), { flush: true });
  try {
    // A link is there whole, and never in the place of another.
    linkSync(half, join(folder, PINNED));
    return pinned;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return pinnedIn(folder) ?? pinned;
  } finally {
    rmSync(half, { force: true });
  }
}

function pinnedIn(folder: string): Pinned | undefined {
  const path = join(folder, PINNED);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Pinned) : undefined;
}
