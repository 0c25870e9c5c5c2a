import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { type Clock, MillraceError, systemClock } from '../../base/index.ts';
import type { Database } from '../database.ts';
import { catalogMigrations } from './catalog-schema.ts';
import { commitChanges } from './commit.ts';
import { fileStatsOf } from './file-stats.ts';
import type { Lake } from './lake.port.ts';
import { prunedState } from './prune.ts';
import { snapshotTime } from './snapshot-time.ts';
import { tableFolder } from './table-folder.ts';
import { headOf, requireSnapshot, tableState, visibleTables } from './visible.ts';

/** The layout's version as DuckLake names it in `ducklake_metadata`. */
const LAYOUT = '1.0';

/**
 * The lake whose catalog is in `database` and whose files lie under `dataPath` (made if absent). A new database gets an
 * empty lake: snapshot 0 with the schema `main`.
 * @throws MILL_LAKE_VERSION when the catalog has another layout than DuckLake 1.0.
 */
export function openLake(database: Database, dataPath: string, clock: Clock = systemClock): Lake {
  const root = resolve(dataPath) + sep;
  mkdirSync(root, { recursive: true });
  database.migrate('lake', catalogMigrations);
  bootstrap(database, root, clock);
  const lake: Lake = {
    dataPath: root,
    folderOf: (table) => {
      const folder = join(root, 'main', tableFolder(table));
      mkdirSync(folder, { recursive: true });
      return folder;
    },
    head: () => headOf(database),
    table: (name, snapshot) => tableState(database, root, name, known(database, snapshot)),
    fileStats: (table, column) => fileStatsOf(database, table, column),
    pruned: (table, ranges) => prunedState(database, table, ranges),
    tables: (snapshot) => visibleTables(database, known(database, snapshot)).map((table) => table.name),
    at: (instant) =>
      database.get<{ id: number | null }>(
        'select max(snapshot_id) as id from ducklake_snapshot where snapshot_time <= ?',
        [snapshotTime(instant)],
      )?.id ?? undefined,
    commit: (base, changes, note = {}, also) =>
      database.transaction(() => {
        const snapshot = commitChanges(database, root, clock, base, changes, note);
        also?.(snapshot);
        return snapshot;
      }),
  };
  return Object.freeze(lake);
}

function known(database: Database, snapshot: number | undefined): number {
  if (snapshot === undefined) return headOf(database);
  requireSnapshot(database, snapshot);
  return snapshot;
}

function bootstrap(database: Database, root: string, clock: Clock): void {
  // DuckLake wants the path to end in '/'. It is absolute, so it moves when the project's folder does.
  const path = root.split(sep).join('/');
  const metadata = (key: string) =>
    database.get<{ value: string }>('select value from ducklake_metadata where key = ? and scope is null', [
      key,
    ])?.value;
  const version = metadata('version');
  if (version !== undefined && version !== LAYOUT)
    throw new MillraceError({
      code: 'MILL_LAKE_VERSION',
      message: `The lake's catalog has the layout of DuckLake ${version}; this version of Millrace writes ${LAYOUT}.`,
      todo: 'Use a version of Millrace for that layout.',
      owner: 'project',
    });
  if (version !== undefined && metadata('data_path') === path) return;
  database.transaction(() => {
    if (metadata('version') !== undefined) {
      database.run("update ducklake_metadata set value = ? where key = 'data_path' and scope is null", [
        path,
      ]);
      return;
    }
    database.run('insert into ducklake_snapshot values (0, ?, 0, 1, 0)', [snapshotTime(clock.now())]);
    database.run(
      `insert into ducklake_snapshot_changes values (0, 'created_schema:"main"', null, null, null)`,
    );
    database.run("insert into ducklake_schema values (0, ?, 0, null, 'main', 'main/', 1)", [randomUUID()]);
    for (const [key, value] of [
      ['version', LAYOUT],
      ['created_by', 'Millrace'],
      ['data_path', path],
      ['encrypted', 'false'],
    ] as const)
      database.run('insert into ducklake_metadata values (?, ?, null, null)', [key, value]);
  });
}
