import type { ColumnDef } from '../../base/index.ts';
import type {
  ColumnState,
  Lake,
  LakeChange,
  PartitionKey,
  PartitionPart,
  StagedFile,
  TableState,
} from './lake.port.ts';
import { sameKeys } from './partitions.ts';

/** A table whose whole content is about to be exchanged: the columns to write files with, and the changes that bring them in. */
export interface Exchange {
  readonly columns: readonly ColumnState[];
  /** How the files are to be partitioned. */
  readonly partitionBy: readonly PartitionKey[];
  changes(files: readonly StagedFile[]): LakeChange[];
}

/**
 * Prepares to give a table new content. With the columns it has, its content is replaced; with others, or when
 * there is none of the name yet, a new table takes the name. Column ids are those the table has, or will get: 1, 2, … .
 * The table is partitioned by `partitionBy` then, whatever it was before.
 */
export function exchangeTable(
  lake: Lake,
  name: string,
  columns: readonly ColumnDef[],
  partitionBy: readonly PartitionPart[] = [],
): Exchange {
  const present = lake.table(name);
  const same =
    present !== undefined &&
    present.columns.length === columns.length &&
    present.columns.every((column, i) => {
      const wanted = columns[i] as ColumnDef;
      return (
        column.name === wanted.name && column.type === wanted.type && column.nullable === wanted.nullable
      );
    });
  if (same) {
    return {
      columns: present.columns,
      partitionBy: partitionKeys(present.columns, partitionBy),
      changes: (files) => [
        ...repartition(present, partitionBy),
        { kind: 'replace', table: name, keep: [], files },
      ],
    };
  }
  const made = columns.map(({ name, type, nullable }, i) => ({ id: i + 1, name, type, nullable }));
  return {
    columns: made,
    partitionBy: partitionKeys(made, partitionBy),
    changes: (files) => [
      ...(present === undefined ? [] : [{ kind: 'drop', table: name } as const]),
      {
        kind: 'create',
        table: name,
        columns,
        ...(partitionBy.length === 0 ? {} : { partitionBy }),
        files,
      },
    ],
  };
}

/** Changes that partition a table's new files as wanted; none where it is so, or where there is no table. */
export function repartition(table: TableState | undefined, by: readonly PartitionPart[] = []): LakeChange[] {
  if (!table || sameKeys(partitionKeys(table.columns, by), table.partitionedBy ?? [])) return [];
  return [{ kind: 'partition', table: table.name, by }];
}

/** Parts of rows by the ids of their columns. */
export function partitionKeys(
  columns: readonly ColumnState[],
  parts: readonly PartitionPart[] = [],
): PartitionKey[] {
  return parts.map(({ column, transform }) => ({
    // The commit refuses a part of a column that is not there.
    columnId: columns.find(({ name }) => name === column)?.id ?? 0,
    transform,
  }));
}
