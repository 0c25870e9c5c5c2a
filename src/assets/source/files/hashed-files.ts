import { systemClock } from '../../../base/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { HashedFile } from './arrivals.ts';
import { contentHash, type HashCache, type KnownHash } from './content-hash.ts';
import { discover } from './discover.ts';
import type { FilesSpec } from './spec.ts';

/** Files now, with their content hashes; unchanged ones are not read again. */
export async function hashedFiles(
  spec: FilesSpec,
  { state, folder }: Workspace,
  must: boolean,
): Promise<HashedFile[]> {
  const found = discover(spec, folder, { atLeastOne: must });
  const learnt = new Map<string, KnownHash>();
  const cache: HashCache = {
    get: (path) => {
      const text = state.fileHash(path);
      if (text === undefined) return undefined;
      const [bytes, mtimeNs, inode, hash, hashedAtNs] = text.split(' ') as [
        string,
        string,
        string,
        string,
        string,
      ];
      return {
        bytes: Number(bytes),
        mtimeNs: BigInt(mtimeNs),
        inode: BigInt(inode),
        hash,
        hashedAtNs: BigInt(hashedAtNs),
      };
    },
    set: (path, known) => learnt.set(path, known),
  };
  const hashed: HashedFile[] = [];
  // File times are the system's, whatever clock the project runs by.
  for (const file of found) hashed.push({ file, hash: await contentHash(file, cache, systemClock) });
  // All in one transaction: each is a flush to disk.
  if (learnt.size > 0)
    state.transaction(() => {
      for (const [path, { bytes, mtimeNs, inode, hash, hashedAtNs }] of learnt)
        state.setFileHash(path, `${bytes} ${mtimeNs} ${inode} ${hash} ${hashedAtNs}`);
    });
  return hashed;
}
