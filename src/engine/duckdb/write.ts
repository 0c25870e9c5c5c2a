import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type ColumnType, MillraceError, nearest, quoteName } from '../../base/index.ts';
import {
  type ColumnState,
  type ColumnStats,
  type FilePartition,
  type PartitionKey,
  partitionFolder,
  type StagedFile,
} from '../../store/lake/index.ts';
import { copyFile, type Written } from './copy-file.ts';
import { OWN_ROW_ID } from './scan.ts';
import { isComputed, type Portion, splitRows } from './split-rows.ts';
import { nearestColumnType, sqlTypeOf } from './sql-types.ts';

/** How rows are written. */
export interface WriteOptions {
  /** Whether the query gives `_row_id`, to be kept. */
  readonly rowId?: boolean;
  /** One file for each partition of these keys. A key that another writer computes and we do not makes it one file of no partition. */
  readonly partitionBy?: readonly PartitionKey[];
  /** Or: all rows are of this partition. */
  readonly partition?: FilePartition;
}

/**
 * Writes a query's rows as one Parquet file of the folder, or one for each partition in a folder below it. Until all are whole and on disk
 * they have hidden names, so that a listing never shows half a file.
 */
export async function writeParquet(
  connection: DuckDBConnection,
  folder: string,
  columns: readonly ColumnState[],
  sql: string,
  options: WriteOptions,
): Promise<StagedFile[]> {
  const { rowId = false, partitionBy = [] } = options;
  await checkColumns(connection, columns, sql, rowId);
  mkdirSync(folder, { recursive: true });
  const files: HiddenFile[] = [];
  const write = async ({ sql, partition }: Portion): Promise<void> => {
    const uuid = randomUUID();
    const path = join(
      folder,
      partition ? partitionFolder(columns, partition) : '',
      `ducklake-${uuid}.parquet`,
    );
    const file: HiddenFile = { hidden: join(folder, `.writing-${uuid}.parquet`), path, partition };
    files.push(file);
    file.stats = await copyFile(connection, file.hidden, columns, sql, rowId);
  };
  let done = false;
  try {
    if (partitionBy.length > 0 && partitionBy.every((key) => isComputed(key, columns)))
      await splitRows(connection, columns, partitionBy, sql, rowId, write);
    else await write({ sql: selectSql(columns, sql, rowId), ...pick(options.partition) });
    const staged = files.filter((file) => file.stats!.rows > 0);
    refuseNulls(
      columns,
      staged.map((file) => file.stats!.columns),
    );
    show(folder, staged);
    done = true;
    return staged.map(({ path, partition, stats }) => ({
      path,
      rows: stats!.rows,
      bytes: stats!.bytes,
      footerBytes: stats!.footerBytes,
      hasRowIds: rowId,
      stats: stats!.columns,
      ...pick(partition),
    }));
  } finally {
    for (const { hidden, path, shown } of files)
      if (!shown) rmSync(hidden, { force: true });
      else if (!done) rmSync(path, { force: true });
  }
}

interface HiddenFile {
  readonly hidden: string;
  readonly path: string;
  readonly partition: FilePartition | undefined;
  stats?: Written;
  /** Whether it has its name. */
  shown?: true;
}

function pick(partition: FilePartition | undefined): { partition?: FilePartition } {
  return partition === undefined ? {} : { partition };
}

function selectSql(columns: readonly ColumnState[], sql: string, withRowIds: boolean): string {
  const list = columns.map((c) => `${quoteName(c.name)}::${sqlTypeOf(c.type)} as ${quoteName(c.name)}`);
  if (withRowIds) list.push(`_row_id::BIGINT as ${OWN_ROW_ID}`);
  return `select ${list.join(', ')} from (${sql})`;
}

/** Gives whole files their names, and makes sure that they and their folders are on disk. */
function show(folder: string, files: readonly HiddenFile[]): void {
  const folders = new Set([folder]);
  for (const file of files) {
    const { hidden, path } = file;
    syncPath(hidden);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(hidden, path);
    file.shown = true;
    for (let at = dirname(path); at.length > folder.length; at = dirname(at)) folders.add(at);
  }
  if (files.length > 0) for (const one of folders) syncPath(one);
}

/** The query must give every column in a type that goes into it without loss; a cast must not hide a mistake. */
async function checkColumns(
  connection: DuckDBConnection,
  columns: readonly ColumnState[],
  sql: string,
  withRowIds: boolean,
): Promise<void> {
  const prepared = await connection.prepare(sql);
  const found = new Map<string, ReturnType<typeof prepared.columnType>>();
  try {
    for (let i = 0; i < prepared.columnCount; i++) found.set(prepared.columnName(i), prepared.columnType(i));
  } finally {
    prepared.destroySync();
  }
  const wanted: { name: string; type: ColumnType }[] = [...columns];
  if (withRowIds) wanted.push({ name: '_row_id', type: 'integer' });
  for (const { name, type } of wanted) {
    const duck = found.get(name);
    if (!duck) {
      const near = nearest(name, found.keys());
      throw new MillraceError({
        code: 'MILL_WRITE_COLUMN_MISSING',
        message: `The query gives no column '${name}'${near ? `; '${near}' is the nearest it gives` : ''}.`,
        todo: `Select it as ${quoteName(name)}.`,
        owner: 'project',
      });
    }
    const fits =
      nearestColumnType(duck) === type || (type === 'double' && nearestColumnType(duck) === 'integer');
    if (!fits)
      throw new MillraceError({
        code: 'MILL_WRITE_TYPE_MISMATCH',
        message: `Column '${name}' is to be ${type} (${sqlTypeOf(type)}), but the query gives ${duck}.`,
        todo: `Cast it in the query: ${quoteName(name)}::${sqlTypeOf(type)}.`,
        owner: 'project',
      });
  }
}

function refuseNulls(columns: readonly ColumnState[], files: readonly (readonly ColumnStats[])[]): void {
  for (const [i, column] of columns.entries()) {
    const nulls = files.reduce((sum, stats) => sum + stats[i]!.nullCount, 0);
    if (column.nullable || nulls === 0) continue;
    throw new MillraceError({
      code: 'MILL_WRITE_NULL',
      message: `Column '${column.name}' may not be null, but ${nulls} rows of the query have no value there.`,
      todo: 'Filter these rows or give them a value, or declare the column nullable.',
      owner: 'project',
    });
  }
}

function syncPath(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
