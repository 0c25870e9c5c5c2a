import type { ColumnType } from '../base/index.ts';
import type {
  ColumnState,
  FilePartition,
  PartitionKey,
  StagedFile,
  TableState,
} from '../store/lake/index.ts';

/** A value bound to a `?` of a statement. A Date is an instant; a bigint a 64-bit integer. */
export type SqlValue = string | number | bigint | boolean | null | Date;

/** A row as JavaScript sees it: BIGINT → number when safe, else bigint; HUGEINT → bigint; TIMESTAMP → Date (milliseconds). */
export type SqlRow = Readonly<Record<string, unknown>>;

/**
 * A column of values in one array. Numbers, timestamps (microseconds since the epoch) and booleans (0, 1) are
 * floats with NaN for null; text is an array with null for null.
 */
export type ColumnData =
  | { readonly name: string; readonly type: 'string'; readonly values: readonly (string | null)[] }
  | { readonly name: string; readonly type: Exclude<ColumnType, 'string'>; readonly values: Float64Array };

/** Where SQL runs. One engine per process; it bounds memory and threads for all of its sessions. */
export interface Engine {
  /**
   * A connection of its own: temporary tables of one session are invisible to the others. With `optimize: false` statements are
   * planned as they are written: for a session that describes many and runs hardly any.
   */
  session(options?: { readonly optimize?: boolean }): Promise<Session>;
  /** Ends all sessions. */
  close(): Promise<void>;
}

/**
 * One connection. Errors of the SQL itself are thrown as MILL_SQL_FAILED with the engine's own words.
 * Not for concurrent use: await one call before the next.
 */
export interface Session {
  run(sql: string, params?: readonly SqlValue[]): Promise<void>;
  rows<R extends object = SqlRow>(sql: string, params?: readonly SqlValue[]): Promise<R[]>;
  /** The whole result as columns. Types that are no ColumnType are cast to the nearest: other integers → integer, decimals → double. */
  columns(sql: string, params?: readonly SqlValue[]): Promise<ColumnData[]>;
  /** As `columns`, a piece of some thousand rows at a time. The session is busy until the last one, or until the reader stops. */
  stream(sql: string, params?: readonly SqlValue[]): AsyncIterable<ColumnData[]>;
  /** Names and types of a query's result without running it. A type outside ColumnType is given in the engine's words. */
  describe(sql: string): Promise<{ readonly name: string; readonly type: ColumnType | string }[]>;
  /** Makes a temporary table from columns of equal length. */
  load(table: string, columns: readonly ColumnData[]): Promise<void>;
  /**
   * A lake table as a relation to select from: `(select … from read_parquet(…))`. Without `rowId` only the declared
   * columns; with it also `_row_id` (BIGINT), the DuckLake row id. An empty table is an empty relation with the same columns.
   */
  scan(table: TableState, options?: { rowId?: boolean }): string;
  /**
   * Writes the result of `sql` as Parquet files that a lake commit can adopt; nobody sees them before that.
   * The query must give the columns by name in their types; with `rowId` also `_row_id`, which is kept. `folder` is absolute.
   * Gives no file for no rows. With `partitionBy` each partition is a file of its own, below a folder that is named for it, each with
   * its rows in the order of the query; with `partition` all rows are said to be of that one.
   * @throws MILL_WRITE_PARTITIONS when the rows fall into too many, before anything is written.
   */
  write(
    folder: string,
    columns: readonly ColumnState[],
    sql: string,
    options?: {
      readonly rowId?: boolean;
      readonly partitionBy?: readonly PartitionKey[];
      readonly partition?: FilePartition;
    },
  ): Promise<StagedFile[]>;
  close(): void;
}
