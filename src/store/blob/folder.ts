import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bug, MillraceError, sha256 } from '../../base/index.ts';
import type { BlobStore } from './blob.port.ts';

/** Blobs as files of one folder, made if absent. Many processes may use it at once: a blob's name is its content. */
export function openBlobFolder(path: string): BlobStore {
  mkdirSync(path, { recursive: true });

  /** Only a hash is ever joined to the folder's path. */
  function fileOf(name: string): string {
    if (!/^[0-9a-f]{64}$/.test(name))
      throw bug(`'${name.slice(0, 80)}' is no name of a blob (64 hex digits).`);
    return join(path, name);
  }

  const store: BlobStore = {
    put: async (bytes) => {
      const name = sha256(bytes);
      const file = fileOf(name);
      // What is there already may be damaged; writing the same bytes over it mends it.
      if (existsSync(file) && (await isWhole(file, name))) return name;
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

function missing(name: string, path: string): MillraceError {
  return new MillraceError({
    code: 'MILL_BLOB_MISSING',
    message: `File ${name.slice(0, 12)}… is not in ${path}.`,
    todo: 'Restore the folder from a copy, or build the version that needs it again.',
    owner: 'service',
  });
}

function damaged(name: string, path: string, bytes: number): MillraceError {
  return new MillraceError({
    code: 'MILL_BLOB_DAMAGED',
    message: `File ${name.slice(0, 12)}… in ${path} (${bytes} bytes) is not what was stored under that name.`,
    todo: 'Restore it from a copy, or build the version that needs it again.',
    owner: 'service',
  });
}
