import type { StoredObject } from '../../../store/object/index.ts';
import type { RecordedLoad } from '../connector.port.ts';
import type { FoundFile } from './discover.ts';

export interface HashedFile {
  readonly file: FoundFile;
  /** SHA-256 of its bytes; of an object that was never read, its tag. */
  readonly hash: string;
  /** What is elsewhere: `file.absolute` is then only the ending of a path. */
  readonly object?: StoredObject;
}

/** A file whose rows are to take the place of those of earlier loads of the same path. */
export interface ChangedFile extends HashedFile {
  readonly replaces: readonly number[];
}

export interface Arrivals {
  readonly fresh: readonly HashedFile[];
  readonly changed: readonly ChangedFile[];
  readonly unchanged: readonly HashedFile[];
}

/**
 * What the files found now mean beside the loads that the table consists of. A file is known by its path and content, so the same
 * content under a new name is a new file. Loads of files that vanished are left alone: their rows stay.
 */
export function arrivals(found: readonly HashedFile[], recorded: readonly RecordedLoad[]): Arrivals {
  const byPath = Map.groupBy(recorded, (load) => load.path);
  const fresh: HashedFile[] = [];
  const changed: ChangedFile[] = [];
  const unchanged: HashedFile[] = [];
  for (const item of found) {
    const loads = byPath.get(item.file.path);
    if (loads === undefined) fresh.push(item);
    else if (loads.length === 1 && loads[0]!.hash === item.hash) unchanged.push(item);
    else changed.push({ ...item, replaces: loads.map((load) => load.load) });
  }
  return { fresh, changed, unchanged };
}
