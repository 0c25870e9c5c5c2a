import { bug } from '../../base/index.ts';
import type { Database } from '../database.ts';
import type { Draft } from './draft.ts';
import type { FilePartition, PartitionKey } from './lake.port.ts';
import { type TableRow, VISIBLE } from './table-row.ts';

/** One way in which a table is, or was, partitioned. */
export interface Partitioning {
  readonly id: number;
  readonly keys: readonly PartitionKey[];
}

/** How a table is partitioned at a snapshot; undefined when it is not. */
export function partitioningAt(
  database: Database,
  table: Pick<TableRow, 'id'>,
  snapshot: number,
): Partitioning | undefined {
  const row = database.get<{ id: number }>(
    `select partition_id as id from ducklake_partition_info where table_id = ? and ${VISIBLE}`,
    [table.id, snapshot, snapshot],
  );
  const found = row && partitioningsOf(database, table).find(({ id }) => id === row.id);
  // The reference keeps a row without keys for a table that is not partitioned any more.
  return found?.keys.length === 0 ? undefined : found;
}

/** Every way in which a table has been partitioned, the newest first. A file keeps to that of its time, also when it comes back. */
function partitioningsOf(database: Database, table: Pick<TableRow, 'id'>): Partitioning[] {
  const keys = Map.groupBy(
    database.all<PartitionKey & { id: number }>(
      `select partition_id as id, column_id as columnId, transform from ducklake_partition_column
        where table_id = ? order by partition_key_index`,
      [table.id],
    ),
    (row) => row.id,
  );
  return database
    .all<{ id: number }>(
      'select partition_id as id from ducklake_partition_info where table_id = ? order by partition_id desc',
      [table.id],
    )
    .map(({ id }) => ({
      id,
      keys: (keys.get(id) ?? []).map(({ columnId, transform }) => ({ columnId, transform })),
    }));
}

export function sameKeys(a: readonly PartitionKey[], b: readonly PartitionKey[]): boolean {
  return (
    a.length === b.length &&
    a.every((key, i) => key.columnId === b[i]?.columnId && key.transform === b[i]?.transform)
  );
}

/** The id under which the catalog has the partitioning of a file that is to be adopted. */
export function partitionIdOf(database: Database, table: TableRow, partition: FilePartition): number {
  const found = partitioningsOf(database, table).find(({ keys }) => sameKeys(keys, partition.keys));
  if (!found || partition.values.length !== partition.keys.length)
    throw bug(`A file was partitioned as table '${table.name}' never was.`);
  return found.id;
}

/** The partitions of a table's files at a snapshot, by file id. */
export function filePartitions(
  database: Database,
  table: TableRow,
  snapshot: number,
): Map<number, FilePartition> {
  const keysOf = new Map(partitioningsOf(database, table).map(({ id, keys }) => [id, keys]));
  const rows = database.all<{ file: number; partition: number; value: string | null }>(
    `select f.data_file_id as file, f.partition_id as partition, v.partition_value as value
       from ducklake_data_file f join ducklake_file_partition_value v on v.data_file_id = f.data_file_id
      where f.table_id = ? and f.begin_snapshot <= ? and (f.end_snapshot is null or ? < f.end_snapshot) and f.partition_id is not null
      order by f.data_file_id, v.partition_key_index`,
    [table.id, snapshot, snapshot],
  );
  const found = new Map<number, FilePartition>();
  for (const [file, own] of Map.groupBy(rows, (row) => row.file)) {
    const keys = keysOf.get(own[0]!.partition) ?? [];
    if (keys.length === own.length) found.set(file, { keys, values: own.map((row) => row.value) });
  }
  return found;
}

/** Takes away the keys of a partitioning that this very commit had begun; its row goes with `endRows`. */
export function forgetPartitioning(draft: Draft, table: TableRow): void {
  draft.database.run(
    `delete from ducklake_partition_column where partition_id in
       (select partition_id from ducklake_partition_info where table_id = ? and begin_snapshot = ?)`,
    [table.id, draft.snapshot],
  );
}
