import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { counted } from '../../base/index.ts';
import { bytes } from '../plain-text.ts';
import type { Finding } from './finding.ts';
import type { Subject } from './subject.ts';

/**
 * What comes from outside and is not loaded yet, what of batches is not in the lake yet, what the engine has no room for in memory, and models laid down for Python, which
 * lays them down again. All of it may be deleted.
 */
const FOLDERS = ['pulls', 'batches', 'temp', 'python/models'];

/** What killed processes have left of their work under way. */
export function temporaryFindings({ home, settled }: Subject): Finding[] {
  const left = FOLDERS.flatMap((folder) => entriesOf(join(home, folder))).filter(({ at }) => at < settled);
  if (left.length === 0) return [];
  const size = left.reduce((sum, one) => sum + one.size, 0);
  return [
    {
      level: 'left',
      room: 'temp',
      what: `${counted(left.length, 'thing')} of ${bytes(size)} that processes were at work with which are gone`,
      todo: '--fix deletes them.',
      fix: () => {
        for (const { path } of left) rmSync(path, { recursive: true, force: true });
        return `${counted(left.length, 'thing')} deleted`;
      },
    },
  ];
}

interface Entry {
  readonly path: string;
  readonly size: number;
  /** When something in it was last written, in microseconds. */
  readonly at: number;
}

function entriesOf(folder: string): Entry[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => {
    const path = join(folder, name);
    const inside = statSync(path, { throwIfNoEntry: false })?.isDirectory()
      ? readdirSync(path, { recursive: true }).map((file) => join(path, String(file)))
      : [];
    const stats = [path, ...inside].flatMap((one) => statSync(one, { throwIfNoEntry: false }) ?? []);
    return {
      path,
      size: stats.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0),
      at: Math.max(...stats.map(({ mtimeMs }) => mtimeMs * 1000)),
    };
  });
}
