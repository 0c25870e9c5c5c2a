import { closeSync, fstatSync, fsync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../base/index.ts';
import type { OnLost, Outlet } from './outlet.port.ts';

/** Appends events to a file, one a line. Several processes may append to one file: each line is one write. */
export function fileOutlet(path: string): Outlet {
  let file: number | undefined;
  let lost = 0;
  let told = false;
  const append = (text: string): void => {
    if (file === undefined) {
      mkdirSync(dirname(path), { recursive: true });
      file = openSync(path, 'a+');
    }
    // A process that was killed, or a full disk, may have left half a line. It stays one line, and spoils no other.
    const bytes = Buffer.from(endsWhole(file) ? text : `\n${text}`);
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  };
  return {
    send(event, onLost: OnLost) {
      try {
        append(`${JSON.stringify(event)}\n`);
        told = false;
      } catch (error) {
        lost++;
        if (!told) onLost(lost, `${path} cannot be written: ${messageOf(error)}`);
        told = true;
      }
    },
    async settle() {
      // A device or pipe cannot be synced, and need not be.
      if (file !== undefined) await promisify(fsync)(file).catch(() => {});
    },
    async close() {
      await this.settle();
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

function endsWhole(file: number): boolean {
  const stat = fstatSync(file);
  if (!stat.isFile() || stat.size === 0) return true;
  const last = Buffer.alloc(1);
  return readSync(file, last, 0, 1, stat.size - 1) === 0 || last[0] === 10;
}
