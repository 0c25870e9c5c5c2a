import { extname, posix } from 'node:path';
import { MillraceError } from '../../../base/index.ts';
import type { Workspace } from '../../../graph/index.ts';
import type { StoredObject } from '../../../store/object/index.ts';
import type { HashedFile } from './arrivals.ts';
import { PASSING } from './discover.ts';
import type { Objects } from './object-address.ts';
import type { FilesSpec } from './spec.ts';

/** What stands for the hash of a content that was never read. */
export const tagOf = ({ tag }: Pick<StoredObject, 'tag'>): string => `tag:${tag}`;

/**
 * The objects of a source now, sorted by path. Their content is known by its SHA-256 when it was read before, and until then by the
 * store's tag: a look reads nothing. @throws MILL_SOURCE_NO_FILES when there has to be one
 */
export async function foundObjects(
  spec: FilesSpec,
  objects: Objects,
  { state }: Pick<Workspace, 'state'>,
  must: boolean,
): Promise<HashedFile[]> {
  const found: HashedFile[] = [];
  for await (const object of all(objects, spec)) {
    const { address: path, bytes, modified: mtime } = object;
    const file = { path, absolute: endingOf(path), bytes, mtime, mtimeNs: BigInt(mtime) * 1000n, inode: 0n };
    found.push({ object, file, hash: hashOf(object, state.fileHash(path)) });
  }
  if (found.length === 0 && must)
    throw new MillraceError({
      code: 'MILL_SOURCE_NO_FILES',
      message: `No object matches '${spec.glob}'.`,
      todo: 'Put the objects there, or correct the address.',
      owner: 'data',
    });
  return found.sort((a, b) => (a.file.path < b.file.path ? -1 : a.file.path > b.file.path ? 1 : 0));
}

async function* all(objects: Objects, { glob }: FilesSpec): AsyncGenerator<StoredObject> {
  if (objects.of === 'web') {
    const one = await objects.store.find(objects.url);
    if (one !== undefined) yield one;
    return;
  }
  const named = glob.split('/').at(-1) ?? '';
  for await (const object of objects.store.list(objects.prefix)) {
    const { key } = object;
    // What ends so is a folder to those who show buckets as such.
    if (key.endsWith('/') || (PASSING.test(key) && !PASSING.test(named))) continue;
    if (key === objects.pattern || posix.matchesGlob(key, objects.pattern)) yield object;
  }
}

/** What is remembered of an object that was read: its tag then, and the SHA-256 of its bytes. */
export function rememberedOf(object: Pick<StoredObject, 'tag'>, hash: string): string {
  return `${hash} ${object.tag}`;
}

function hashOf(object: StoredObject, remembered: string | undefined): string {
  if (remembered?.slice(65) === object.tag) return remembered.slice(0, 64);
  return tagOf(object);
}

/** `.csv.gz` of an address, as far as it tells a format; nothing of the rest gets into a path. */
export function endingOf(address: string): string {
  const packed = /\.gz$/i.test(address) ? '.gz' : '';
  const ending = extname(address.slice(0, address.length - packed.length));
  return `${/^\.[a-z0-9]{1,10}$/i.test(ending) ? ending : ''}${packed}`;
}
