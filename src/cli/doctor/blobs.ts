import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { blobsOf, modelVersionOf } from '../../assets/index.ts';
import { counted, MillraceError } from '../../base/index.ts';
import { loggedOf } from '../../graph/index.ts';
import { bytes } from '../plain-text.ts';
import type { Finding } from './finding.ts';
import type { Subject } from './subject.ts';

/** Files of models that are missing or are not what was stored, and files that belong to no version. */
export async function blobFindings({ workspace, home, versions, settled }: Subject): Promise<Finding[]> {
  const found: Finding[] = [];
  const named = new Set<string>();
  for (const version of versions) {
    // One that was logged has its files with its tracked run.
    if (version.kind !== 'model' || loggedOf(version) !== undefined) continue;
    for (const [name, what] of blobsOf(modelVersionOf(version))) {
      if (named.has(name)) continue;
      named.add(name);
      const damage = await damageOf(workspace.blobs, name);
      if (damage !== undefined)
        found.push({
          level: 'broken',
          room: 'blobs',
          what: `${version.id}: ${what} ${damage} (${name.slice(0, 12)}…)`,
          todo: 'Restore blobs/ from a copy, or train the model again by an edit of its declaration.',
        });
    }
  }
  const folder = join(home, 'blobs');
  const left = unnamed(folder, named, settled);
  if (left.length > 0)
    found.push({
      level: 'left',
      room: 'blobs',
      what: `${counted(left.length, 'file')} of ${bytes(left.reduce((sum, { size }) => sum + size, 0))} that belong to no version`,
      todo: '--fix deletes them.',
      fix: () => {
        for (const { path } of left) rmSync(path, { force: true });
        return `${counted(left.length, 'file')} deleted`;
      },
    });
  return found;
}

async function damageOf(blobs: Subject['workspace']['blobs'], name: string): Promise<string | undefined> {
  try {
    await blobs.get(name);
    return undefined;
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    if (error.code === 'MILL_BLOB_MISSING') return 'is missing';
    if (error.code === 'MILL_BLOB_DAMAGED') return 'is damaged';
    return `cannot be looked at: ${error.problems[0]?.message ?? ''}`;
  }
}

/** Files by whose age no build at work can be about to name them. */
function unnamed(
  folder: string,
  named: ReadonlySet<string>,
  settled: number,
): { path: string; size: number }[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const ours = /^([0-9a-f]{64}|\.writing-[0-9a-f-]+)$/.test(name);
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!ours || named.has(name) || !stat?.isFile() || stat.mtimeMs * 1000 >= settled) return [];
    return [{ path, size: stat.size }];
  });
}
