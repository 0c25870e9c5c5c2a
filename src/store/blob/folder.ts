import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { open, readFile, rename, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../../base/index.ts';
import type { BlobStore } from './blob.port.ts';
import { checkedName, damaged, missing } from './blob-problem.ts';

/** Blobs as files of one folder, made if absent. Many processes may use it at once: a blob's name is its content. */
export function openBlobFolder(path: string): BlobStore {
  mkdirSync(path, { recursive: true });
  const fileOf = (name: string): string => join(path, checkedName(name));

  const store: BlobStore = {
    put: async (bytes) => {
      const name = sha256(bytes);
      const file = fileOf(name);
      // What is there already may be damaged; writing the same bytes over it mends it.
      if (existsSync(file) && (await isWhole(file, name))) {
        // As new, or who looks for old files that nobody names takes it away; and whoever put it there may not have come to the next line.
        const now = new Date();
        await utimes(file, now, now);
        syncFolder(path);
        return name;
      }
      const hidden = join(path, `.writing-${randomUUID()}`);
      try {
        const handle = await open(hidden, 'wx');
        try {
          await handle.writeFile(bytes);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(hidden, file);
      } finally {
        await rm(hidden, { force: true });
      }
      syncFolder(path);
      return name;
    },
    get: async (name) => {
      const bytes = await readFile(fileOf(name)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') throw missing(name, path);
        throw error;
      });
      if (sha256(bytes) !== name) throw damaged(name, path, bytes.length);
      return bytes;
    },
    has: async (name) => existsSync(fileOf(name)),
    close: async () => {},
  };
  return Object.freeze(store);
}

async function isWhole(file: string, name: string): Promise<boolean> {
  return sha256(await readFile(file)) === name;
}

function syncFolder(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
