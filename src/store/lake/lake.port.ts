import type { ColumnDef, ColumnType } from '../../base/index.ts';

/** A column of a table, with the id that DuckLake gives it for life and that its Parquet files carry as field id. */
export interface ColumnState extends ColumnDef {
  readonly id: number;
}

/** Bounds and counts of one column in one file, as DuckLake keeps them: values as text, absent where unknown. */
export interface ColumnStats {
  readonly columnId: number;
  readonly valueCount: number;
  readonly nullCount: number;
  readonly min?: string;
  readonly max?: string;
  /** Doubles alone: whether NaN is among the values; the bounds leave it out. */
  readonly hasNan?: boolean;
  readonly bytes?: number;
}

/** A part of a row by which its table is partitioned: a column's value, or a calendar part (UTC) of a timestamp. */
export interface PartitionPart {
  readonly column: string;
  readonly transform: PartitionTransform;
}

export type PartitionTransform = 'identity' | 'year' | 'month' | 'day' | 'hour';

/** A part as the catalog keeps it. Other writers know other transforms: `bucket(8)`. */
export interface PartitionKey {
  readonly columnId: number;
  readonly transform: string;
}

/** What all rows of a file have in common: a value for each key, as text; null where the column has none. */
export interface FilePartition {
  readonly keys: readonly PartitionKey[];
  readonly values: readonly (string | null)[];
}

/** A Parquet file that was written but that no snapshot names yet: an orphan until a commit adopts it. */
export interface StagedFile {
  /** Absolute. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  readonly footerBytes: number;
  /** Whether the file carries its rows' ids in `_ducklake_internal_row_id`; otherwise the commit gives it a range. */
  readonly hasRowIds: boolean;
  readonly stats: readonly ColumnStats[];
  /** By a partitioning that the table has or had. Absent: rows of any partition. */
  readonly partition?: FilePartition;
}

/** A data file of a table at a snapshot. */
export interface DataFile {
  /** Below 0: rows that another writer keeps in the catalog, see `inlined`. */
  readonly id: number;
  /** Absolute. */
  readonly path: string;
  /** Those that the snapshot sees. Of a `partial` file that reaches beyond the snapshot it is only an upper bound. */
  readonly rows: number;
  readonly bytes: number;
  /** Row ids are `rowIdStart + position`, unless the file carries its own. */
  readonly rowIdStart: number;
  readonly hasRowIds: boolean;
  /** The snapshot that added the file. */
  readonly since: number;
  /** Absolute path of a Parquet file with the positions of rows that another writer has deleted. */
  readonly deleteFile?: string;
  /** Positions of deleted rows that are noted in the catalog. */
  readonly deletedRows?: readonly number[];
  /** Another writer has merged files of several snapshots into this one: each row says which brought it, and older snapshots do not see it. */
  readonly partial?: boolean;
  /** By column id, the column of a file that another writer took in as it was, without field ids. A column not named there is null. */
  readonly names?: Readonly<Record<number, string>>;
  /** By the partitioning of the time when the file was written, which may not be the table's of today. */
  readonly partition?: FilePartition;
  /** The rows themselves, in the order of the table's columns, as text that the type understands; there is no file then. */
  readonly inlined?: readonly InlinedRow[];
}

/** Bounds (as text, DuckDB's) and nulls of one column in one file; what is absent is not known. Rows deleted since may be counted in. */
export interface FileStats {
  readonly min?: string;
  readonly max?: string;
  readonly nullCount?: number;
}

/** A row that is kept in the catalog. */
export interface InlinedRow {
  readonly rowId: number;
  readonly values: readonly (string | null)[];
}

/** A table as it was at one snapshot. */
export interface TableState {
  readonly id: number;
  readonly name: string;
  readonly snapshot: number;
  /** In declared order. */
  readonly columns: readonly ColumnState[];
  /** How new files are to be partitioned; absent when they are not. */
  readonly partitionedBy?: readonly PartitionKey[];
  readonly files: readonly DataFile[];
  readonly rows: number;
  readonly bytes: number;
}

/** An end of a range: text for a string column, a boolean for a boolean one, a number or bigint for the others; of a timestamp, microseconds. */
export type RangeValue = string | number | bigint | boolean;

/** Values of one column between two ends, both included, ordered as SQL does: text by its bytes, NaN above all. A null is in no range. */
export interface ColumnRange {
  readonly column: string;
  /** Absent: no lower end. */
  readonly min?: RangeValue;
  /** Absent: no upper end. An instant before `to` is one up to `to - 1`. */
  readonly max?: RangeValue;
}

export type LakeChange =
  /** A new table. Its columns get ids 1, 2, … in order. Fails when the name is taken. */
  | {
      readonly kind: 'create';
      readonly table: string;
      readonly columns: readonly ColumnDef[];
      readonly partitionBy?: readonly PartitionPart[];
      readonly files: readonly StagedFile[];
    }
  /** More rows. */
  | { readonly kind: 'append'; readonly table: string; readonly files: readonly StagedFile[] }
  /**
   * The table is to consist of `keep` (ids of data files of the base snapshot, or of an older one of the same table: they are
   * put back) and `files`. Columns stay; with `keep: []` the whole content is exchanged.
   */
  | {
      readonly kind: 'replace';
      readonly table: string;
      readonly keep: readonly number[];
      readonly files: readonly StagedFile[];
    }
  | { readonly kind: 'drop'; readonly table: string }
  /** A new nullable column at the end; older files answer it with null. */
  | {
      readonly kind: 'addColumn';
      readonly table: string;
      readonly column: { readonly name: string; readonly type: ColumnType };
    }
  /** Another name for a column; its id stays, so older files are read as before. */
  | { readonly kind: 'renameColumn'; readonly table: string; readonly column: string; readonly to: string }
  /** Older snapshots still have the column, and its name is free for another one. */
  | { readonly kind: 'dropColumn'; readonly table: string; readonly column: string }
  /** A type that holds every value the column has: integer → double while no value is beyond ±2^53. */
  | {
      readonly kind: 'widenColumn';
      readonly table: string;
      readonly column: string;
      readonly type: ColumnType;
    }
  /** How files are partitioned from now on, `[]` for not at all. Older files stay as they are. */
  | { readonly kind: 'partition'; readonly table: string; readonly by: readonly PartitionPart[] }
  /**
   * The same rows with the same ids in other files: `from` are ids of present files, `files` hold their rows with row ids. The old files
   * end here, so every older snapshot is read as before, until it expires. It must be the table's only change in its commit.
   */
  | {
      readonly kind: 'compact';
      readonly table: string;
      readonly from: readonly number[];
      readonly files: readonly StagedFile[];
    };

/** What a commit says about itself in `ducklake_snapshot_changes`. */
export interface CommitNote {
  readonly author?: string;
  readonly message?: string;
}

/**
 * The tables of a project: a catalog in the DuckLake 1.0 layout. It knows files and counts, never the rows: those are the engine's.
 * Reads see one snapshot; commits are optimistic and atomic.
 */
export interface Lake {
  /** Where data files live, absolute, ending in a separator; a table's own folder is `main/<table>/` below it. */
  readonly dataPath: string;
  /** The folder for a table's new files, made if absent. The name is made safe for a path. */
  folderOf(table: string): string;
  /** The newest snapshot. 0 in a new lake. */
  head(): number;
  /** A table at a snapshot (default: the newest), or undefined when it was not there. */
  table(name: string, snapshot?: number): TableState | undefined;
  /** What the catalog knows of a column of a table's files, by file id. Reads no file; a file that is not there is not known. */
  fileStats(table: TableState, column: string): ReadonlyMap<number, FileStats>;
  /**
   * The table with only those of its files that can hold a row within all of `ranges`, as far as the catalog knows; rows outside
   * are among them still, so the condition itself stays in the query. For reading alone: a commit must be given the whole table.
   * Reads the catalog, no file.
   */
  pruned(table: TableState, ranges: readonly ColumnRange[]): TableState;
  /** Names of the tables at a snapshot, sorted. */
  tables(snapshot?: number): string[];
  /** The newest snapshot at or before an instant (microseconds), or undefined before the first. */
  at(instant: number): number | undefined;
  /**
   * Makes one new snapshot of all `changes`, all or nothing, against what was read at `base`. `also` runs in the same
   * transaction with the new snapshot's id, so that other state moves with it; whatever it throws undoes everything.
   * With no changes no snapshot is made and `also` gets the present head.
   * @returns the snapshot that now is the newest.
   * @throws MILL_LAKE_CONFLICT (retry: true) when a commit since `base` touched the same table in a way that does not add up:
   * DuckLake's own conflict matrix (append against append adds up).
   */
  commit(
    base: number,
    changes: readonly LakeChange[],
    note?: CommitNote,
    also?: (snapshot: number) => void,
  ): number;
}
