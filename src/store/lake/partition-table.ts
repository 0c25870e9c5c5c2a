import { bug, MillraceError } from '../../base/index.ts';
import type { Draft } from './draft.ts';
import { endRows } from './end-rows.ts';
import type { PartitionKey, PartitionPart } from './lake.port.ts';
import { forgetPartitioning, partitioningAt, sameKeys } from './partitions.ts';
import type { TableRow } from './table-row.ts';
import { bornIn } from './table-rows.ts';
import { visibleColumns } from './visible.ts';

/** By more parts than these a table falls into files of a few rows each. */
export const MOST_PARTITION_PARTS = 8;

/**
 * Partitions a table's new files by parts of their rows from now on; with none, no longer. Nothing changes when it is so already.
 * @throws MILL_LAKE_PARTITION_INVALID when a part is of no column, not of this type, or there twice.
 */
export function partitionTable(draft: Draft, table: TableRow, by: readonly PartitionPart[]): void {
  const { database, snapshot } = draft;
  const keys = keysOf(draft, table, by);
  if (sameKeys(keys, partitioningAt(database, table, snapshot)?.keys ?? [])) return;
  if (
    database.get(
      `select 1 from ducklake_data_file f join ducklake_partition_info p on p.partition_id = f.partition_id
        where p.table_id = ? and p.begin_snapshot = ?`,
      [table.id, snapshot],
    )
  )
    throw bug(`Table '${table.name}' was to be partitioned twice in one commit, with files in between.`);
  forgetPartitioning(draft, table);
  endRows(draft, 'ducklake_partition_info', 'table_id = ?', [table.id]);
  if (keys.length > 0) {
    const id = draft.nextCatalogId++;
    database.run('insert into ducklake_partition_info values (?, ?, ?, null)', [id, table.id, snapshot]);
    keys.forEach(({ columnId, transform }, index) => {
      database.run('insert into ducklake_partition_column values (?, ?, ?, ?, ?)', [
        id,
        table.id,
        index,
        columnId,
        transform,
      ]);
    });
  }
  draft.schemaChanges.add(table.id);
  if (!bornIn(draft, table)) draft.changes.push({ kind: 'altered_table', value: String(table.id) });
}

function keysOf(draft: Draft, table: TableRow, by: readonly PartitionPart[]): PartitionKey[] {
  const columns = visibleColumns(draft.database, table, draft.snapshot);
  const invalid = (message: string, todo: string): MillraceError =>
    new MillraceError({
      code: 'MILL_LAKE_PARTITION_INVALID',
      message: `Table '${table.name}' cannot be partitioned: ${message}`,
      todo,
      owner: 'project',
      asset: table.name,
    });
  if (by.length > MOST_PARTITION_PARTS)
    throw invalid(`these are ${by.length} parts.`, `Take at most ${MOST_PARTITION_PARTS}.`);
  const keys = by.map(({ column, transform }): PartitionKey => {
    const found = columns.find(({ name }) => name === column);
    if (!found) throw invalid(`it has no column '${column}'.`, 'Name a column of the table.');
    if (transform !== 'identity' && found.type !== 'timestamp')
      throw invalid(`'${column}' is ${found.type} and has no ${transform}.`, 'Name a timestamp column.');
    return { columnId: found.id, transform };
  });
  const texts = keys.map(({ columnId, transform }) => `${transform} ${columnId}`);
  if (new Set(texts).size < texts.length) throw invalid('a part is there twice.', 'Drop one of them.');
  return keys;
}
