import { rmSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { Instant } from '../../base/index.ts';
import type { Database } from '../database.ts';
import type { Lake } from './lake.port.ts';
import { orphans } from './orphans.ts';
import { snapshotTime } from './snapshot-time.ts';

/** A file that may go. */
export interface Removable {
  /** Absolute. */
  readonly path: string;
  readonly bytes: number;
}

interface Scheduled {
  readonly id: number;
  readonly path: string;
  readonly relative: number;
}

/** Files of expired snapshots that were noted for deletion before an instant (microseconds). */
export function scheduledFiles(lake: Lake, database: Database, before: Instant): Removable[] {
  return scheduledRows(database, before).map((row) => found(pathOf(lake, row)));
}

/**
 * Deletes the files that were noted for deletion before an instant (microseconds), with their notes. Killed in between, the next time
 * does the rest: a note goes only after its file. A file outside the data path is none of ours to delete; its note goes.
 */
export function removeScheduled(lake: Lake, database: Database, before: Instant): Removable[] {
  return database.transaction(() =>
    scheduledRows(database, before).map((row) => {
      const file = found(pathOf(lake, row));
      if (isBelow(lake.dataPath, file.path)) rmSync(file.path, { force: true });
      database.run('delete from ducklake_files_scheduled_for_deletion where data_file_id = ? and path = ?', [
        row.id,
        row.path,
      ]);
      return file;
    }),
  );
}

/** Orphans last written before an instant (microseconds): a younger one may be of a build that is about to commit. */
export function oldOrphans(lake: Lake, database: Database, before: Instant): Removable[] {
  return orphans(lake, database).flatMap((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat && stat.mtimeMs * 1000 < before ? [{ path, bytes: stat.size }] : [];
  });
}

/**
 * Deletes orphans last written before an instant. It holds the writer's place meanwhile: a commit either comes first and names its files,
 * or comes after and finds that they are gone, which it tells (MILL_LAKE_FILE_LOST, retry) instead of naming them.
 */
export function removeOrphans(lake: Lake, database: Database, before: Instant): Removable[] {
  return database.transaction(() => {
    const old = oldOrphans(lake, database, before);
    for (const { path } of old) rmSync(path, { force: true });
    return old;
  });
}

function scheduledRows(database: Database, before: Instant): Scheduled[] {
  return database.all<Scheduled>(
    `select data_file_id as id, path, path_is_relative as relative from ducklake_files_scheduled_for_deletion
      where schedule_start < ? order by path`,
    [snapshotTime(before)],
  );
}

function pathOf(lake: Lake, row: Scheduled): string {
  return row.relative ? join(lake.dataPath, row.path.split('/').join(sep)) : row.path;
}

function found(path: string): Removable {
  return { path, bytes: statSync(path, { throwIfNoEntry: false })?.size ?? 0 };
}

function isBelow(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside !== '' && !inside.startsWith('..');
}
