import { createHash, type Hash } from 'node:crypto';
import { statSync } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import type { Delivery } from './connector.port.ts';
import type { FoundFile } from './files/discover.ts';

/** How large one file of a spool gets: what the loader takes at once (load/batches.ts). */
export const SPOOL_BYTES = 256 * 1024 * 1024;

interface Open {
  readonly absolute: string;
  readonly file: FileHandle;
  readonly hash: Hash;
  bytes: number;
}

/**
 * Keeps rows that come from elsewhere as files of JSON lines until they are loaded, so that memory stays bounded and the loader reads
 * them as it reads any file. `label` is what rows and loads name as their origin. `fileAt` gives the path of the n-th file.
 */
export function openSpool(label: string, fileAt: (n: number) => string, maxBytes: number = SPOOL_BYTES) {
  const deliveries: Delivery[] = [];
  let open: Open | undefined;

  const close = async (): Promise<void> => {
    if (open === undefined) return;
    const { absolute, file, hash, bytes } = open;
    open = undefined;
    await file.close();
    deliveries.push({ found: foundAt(label, absolute, bytes), hash: hash.digest('hex') });
  };

  return {
    /** Adds lines, each a JSON object, and waits until they are written. */
    write: async (lines: readonly string[]): Promise<void> => {
      if (lines.length === 0) return;
      if (open !== undefined && open.bytes >= maxBytes) await close();
      if (open === undefined) {
        const absolute = fileAt(deliveries.length);
        const file = await openFile(absolute, 'w', 0o600);
        open = { absolute, file, hash: createHash('sha256'), bytes: 0 };
      }
      const bytes = Buffer.from(`${lines.join('\n')}\n`, 'utf8');
      open.hash.update(bytes);
      open.bytes += bytes.length;
      await open.file.writeFile(bytes);
    },
    /** Ends the last file and gives all of them; none when nothing was written. */
    end: async (): Promise<readonly Delivery[]> => {
      await close();
      return deliveries;
    },
    /** Lets go of the file under way; what is on disk stays. */
    abandon: async (): Promise<void> => {
      const left = open;
      open = undefined;
      await left?.file.close();
    },
  };
}

/** A spooled file as the loader knows files. */
export function foundAt(label: string, absolute: string, bytes: number): FoundFile {
  const stat = statSync(absolute, { bigint: true });
  return Object.freeze({
    path: label,
    absolute,
    bytes,
    mtime: Number(stat.mtimeNs / 1000n),
    mtimeNs: stat.mtimeNs,
    inode: stat.ino,
  });
}
