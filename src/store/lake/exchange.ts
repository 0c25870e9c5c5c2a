import type { ColumnDef } from '../../base/index.ts';
import type { ColumnState, Lake, LakeChange, StagedFile } from './lake.port.ts';

/** A table whose whole content is about to be exchanged: the columns to write files with, and the changes that bring them in. */
export interface Exchange {
  readonly columns: readonly ColumnState[];
  changes(files: readonly StagedFile[]): LakeChange[];
}

/**
 * Prepares to give a table new content. With the columns it has, its content is replaced; with others, or when
 * there is none of the name yet, a new table takes the name. Column ids are those the table has, or will get: 1, 2, … .
 */
export function exchangeTable(lake: Lake, name: string, columns: readonly ColumnDef[]): Exchange {
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
  if (same)
    return {
      columns: present.columns,
      changes: (files) => [{ kind: 'replace', table: name, keep: [], files }],
    };
  return {
    columns: columns.map(({ name, type, nullable }, i) => ({ id: i + 1, name, type, nullable })),
    changes: (files) => [
      ...(present === undefined ? [] : [{ kind: 'drop', table: name } as const]),
      { kind: 'create', table: name, columns, files },
    ],
  };
}
