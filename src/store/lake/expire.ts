import type { Clock, Instant } from '../../base/index.ts';
import { quoteName } from '../../base/index.ts';
import type { Database } from '../database.ts';
import { inlinedTables } from './inlined-rows.ts';
import { inlinedDeleteTable } from './row-deletes.ts';
import { snapshotTime } from './snapshot-time.ts';

export interface Expiry {
  /** Only snapshots made before this instant (microseconds) expire. */
  readonly olderThan: Instant;
  /** Of the snapshots made before this instant only the last of each hour stays. Default: all stay until they expire. */
  readonly thinBefore?: Instant;
  /** So many newest snapshots stay whatever their age; at least 1. */
  readonly keep: number;
  /** Snapshots that must stay. Asked within the transaction, so that none is named in between. */
  readonly needed: () => Iterable<number>;
}

/** `2026-03-01 10` of a snapshot's time. */
const HOUR_OF_TIME = 13;

/** The snapshots that would expire, in order. */
export function expiring(database: Database, { olderThan, thinBefore, keep, needed }: Expiry): number[] {
  const stay = new Set(needed());
  const old = snapshotTime(olderThan);
  const thin = snapshotTime(Math.max(thinBefore ?? olderThan, olderThan));
  let hour = '';
  return database
    .all<{ id: number; time: string }>(
      'select snapshot_id as id, snapshot_time as time from ducklake_snapshot order by snapshot_id desc',
    )
    .filter(({ id, time }, i) => {
      const last = time.slice(0, HOUR_OF_TIME) !== hour;
      hour = time.slice(0, HOUR_OF_TIME);
      return i >= Math.max(1, keep) && time < (last ? old : thin) && !stay.has(id);
    })
    .map(({ id }) => id)
    .reverse();
}

/**
 * Takes old snapshots out of the catalog, and with them every row that no remaining snapshot sees. Files that nothing names any more are
 * noted in `ducklake_files_scheduled_for_deletion`; they stay on disk for readers that are at them, until `removeScheduled`.
 * One transaction. Gives the snapshots that have expired.
 */
export function expireSnapshots(database: Database, clock: Clock, expiry: Expiry): number[] {
  return database.transaction(() => {
    const gone = expiring(database, expiry);
    if (gone.length === 0) return gone;
    for (const id of gone)
      for (const table of ['ducklake_snapshot', 'ducklake_snapshot_changes'])
        database.run(`delete from ${table} where snapshot_id = ?`, [id]);
    dropUnseen(database, snapshotTime(clock.now()));
    return gone;
  });
}

/** No snapshot sees the row: it ended, and every snapshot of its time has expired. */
const unseen = (row: string): string =>
  `(${row}.end_snapshot is not null and not exists (select 1 from ducklake_snapshot s
     where s.snapshot_id >= ${row}.begin_snapshot and s.snapshot_id < ${row}.end_snapshot))`;

function dropUnseen(database: Database, now: string): void {
  scheduleFiles(database, now);
  for (const files of [
    'ducklake_file_column_stats',
    'ducklake_file_variant_stats',
    'ducklake_file_partition_value',
  ])
    database.run(
      `delete from ${files} where data_file_id in (select data_file_id from ducklake_data_file f where ${unseen('f')})`,
    );
  for (const rows of [
    'ducklake_delete_file',
    'ducklake_data_file',
    'ducklake_column_tag',
    'ducklake_tag',
    'ducklake_view',
  ])
    database.run(`delete from ${rows} where rowid in (select r.rowid from ${rows} r where ${unseen('r')})`);
  // Columns stay as long as their table: files still carry the id of one that was dropped, and it must not be given again.
  forgetTables(database);
}

/** Notes the files that only unseen rows name. DuckLake's paths here are relative to the data path. */
function scheduleFiles(database: Database, now: string): void {
  for (const [files, id] of [
    ['ducklake_data_file', 'data_file_id'],
    ['ducklake_delete_file', 'delete_file_id'],
  ] as const)
    database.run(
      `insert into ducklake_files_scheduled_for_deletion
       select min(f.${id}), case when f.path_is_relative and t.path_is_relative then s.path || t.path || f.path
                                 when f.path_is_relative then t.path || f.path else f.path end as whole,
              f.path_is_relative and t.path_is_relative and s.path_is_relative, ?
         from ${files} f
         join (select distinct table_id, schema_id, path, path_is_relative from ducklake_table) t on t.table_id = f.table_id
         join ducklake_schema s on s.schema_id = t.schema_id
        where ${unseen('f')} and not exists (select 1 from ${files} o
          where o.table_id = f.table_id and o.path = f.path and o.path_is_relative = f.path_is_relative and not ${unseen('o')})
        group by whole`,
      [now],
    );
}

/** A table that no snapshot sees leaves nothing behind. */
function forgetTables(database: Database): void {
  const gone = database.all<{ id: number }>(
    `select distinct table_id as id from ducklake_table where table_id not in
       (select table_id from ducklake_table t where not ${unseen('t')})`,
  );
  database.run(
    `delete from ducklake_table where rowid in (select r.rowid from ducklake_table r where ${unseen('r')})`,
  );
  for (const { id } of gone) {
    for (const { name } of inlinedTables(database, { id })) database.run(`drop table ${quoteName(name)}`);
    const deletes = inlinedDeleteTable(database, { id });
    if (deletes !== undefined) database.run(`drop table ${quoteName(deletes)}`);
    for (const rows of [
      'ducklake_column',
      'ducklake_column_tag',
      'ducklake_table_stats',
      'ducklake_table_column_stats',
      'ducklake_schema_versions',
      'ducklake_inlined_data_tables',
      'ducklake_partition_info',
      'ducklake_partition_column',
      'ducklake_sort_info',
      'ducklake_sort_expression',
      'ducklake_column_mapping',
    ])
      database.run(`delete from ${rows} where table_id = ?`, [id]);
  }
  if (gone.length > 0)
    database.run(
      'delete from ducklake_name_mapping where mapping_id not in (select mapping_id from ducklake_column_mapping)',
    );
}
