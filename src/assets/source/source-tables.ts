import { type ColumnDef, deepFreeze } from '../../base/index.ts';
import type { ColumnState, LakeChange, StagedFile, TableState } from '../../store/lake/index.ts';
import type { ContractSpec } from '../contract/index.ts';

/** The hidden column of a source's table: the load that brought the row. */
export const LOAD_COLUMN: ColumnDef = { name: '_load', type: 'integer', nullable: false };

/** The table into which a dataset's bad rows are set aside. */
export const quarantineOf = (dataset: string): string => `${dataset}__quarantine`;

/** The columns of a source's table: the declared ones, then `_load`. */
export function sourceColumns(contract: ContractSpec): ColumnDef[] {
  return [...contract.columns.map(({ name, type, nullable }) => ({ name, type, nullable })), LOAD_COLUMN];
}

/**
 * The columns of a quarantine: which load and file, on which line (of Parquet: which row, from 1); the broken rules as a JSON array of
 * texts; the raw cells as a JSON object. A line that is no row has the one member `_text`.
 */
export const QUARANTINE_COLUMNS: readonly ColumnDef[] = deepFreeze([
  LOAD_COLUMN,
  { name: '_file', type: 'string', nullable: false },
  { name: '_line', type: 'integer', nullable: false },
  { name: '_rules', type: 'string', nullable: false },
  { name: '_row', type: 'string', nullable: false },
]);

/** What is to become of a table: more files, or other files beside those it keeps. */
export interface TableWrite {
  readonly columns: readonly ColumnState[];
  readonly files: readonly StagedFile[];
  /** Ids of data files that stay; absent when nothing leaves. */
  readonly keep?: readonly number[];
}

/** Columns with the ids of the table that is there; new ones go on from its highest, as the lake counts on `addColumn`. */
export function withIds(columns: readonly ColumnDef[], table: TableState | undefined): ColumnState[] {
  const known = new Map(table?.columns.map((column) => [column.name, column.id]));
  let next = Math.max(0, ...known.values()) + 1;
  return columns.map(({ name, type, nullable }) => ({ name, type, nullable, id: known.get(name) ?? next++ }));
}

/** A table's write as changes of a lake commit; none when there is nothing to do. */
export function lakeChanges(name: string, table: TableState | undefined, write: TableWrite): LakeChange[] {
  const { columns, files, keep } = write;
  if (table === undefined) return [{ kind: 'create', table: name, columns, files }];
  const known = new Set(table.columns.map((column) => column.name));
  const changes: LakeChange[] = columns
    .filter((column) => !known.has(column.name))
    .map(({ name: column, type }) => ({ kind: 'addColumn', table: name, column: { name: column, type } }));
  if (keep !== undefined) changes.push({ kind: 'replace', table: name, keep, files });
  else if (files.length > 0) changes.push({ kind: 'append', table: name, files });
  return changes;
}
