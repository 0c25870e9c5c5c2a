import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  DuckDBTimestampValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  type DuckDBValueConverter,
  HUGEINT,
  type JS,
  JSDuckDBValueConverter,
  SQLNULL,
  TIMESTAMP,
  VARCHAR,
} from '@duckdb/node-api';
import type { ColumnState, StagedFile, TableState } from '../../store/lake/index.ts';
import type { ColumnData, Session, SqlRow, SqlValue } from '../engine.port.ts';
import { sqlGuard } from './failure.ts';
import { loadColumns } from './load-columns.ts';
import { readChunks, readColumns } from './read-columns.ts';
import { scanSql } from './scan.ts';
import { columnTypeOf } from './sql-types.ts';
import { writeParquet } from './write.ts';

/** A session of an embedded DuckDB over one connection. `closed` is told once, when it ends. */
export function duckDbSession(connection: DuckDBConnection, closed: (session: Session) => void): Session {
  let open = true;
  const session: Session = {
    run: (sql, params) =>
      sqlGuard(async () => {
        await connection.run(sql, ...bound(params));
      }),
    rows: <R extends object = SqlRow>(sql: string, params?: readonly SqlValue[]) =>
      sqlGuard(async () => {
        const result = await connection.run(sql, ...bound(params));
        return (await result.convertRowObjects(asJavaScript)) as unknown as R[];
      }),
    // Streamed, so that the result is not held by DuckDB and by us at once.
    columns: (sql, params) =>
      sqlGuard(async () => readColumns(await connection.stream(sql, ...bound(params)))),
    stream: (sql, params) => streamed(connection, sql, params),
    describe: (sql) => sqlGuard(() => describeQuery(connection, sql)),
    load: (table: string, columns: readonly ColumnData[]) =>
      sqlGuard(() => loadColumns(connection, table, columns)),
    scan: (table: TableState, options) => scanSql(table, options?.rowId ?? false),
    write: (folder: string, columns: readonly ColumnState[], sql, options): Promise<StagedFile[]> =>
      sqlGuard(() => writeParquet(connection, folder, columns, sql, options ?? {})),
    close: () => {
      if (!open) return;
      open = false;
      connection.closeSync();
      closed(session);
    },
  };
  return Object.freeze(session);
}

async function* streamed(
  connection: DuckDBConnection,
  sql: string,
  params: readonly SqlValue[] | undefined,
): AsyncGenerator<ColumnData[]> {
  const result = await sqlGuard(() => connection.stream(sql, ...bound(params)));
  const chunks = readChunks(result);
  for (;;) {
    const { done, value } = await sqlGuard(() => chunks.next());
    if (done) return;
    yield value;
  }
}

async function describeQuery(connection: DuckDBConnection, sql: string) {
  const prepared = await connection.prepare(sql);
  try {
    return Array.from({ length: prepared.columnCount }, (_, i) => {
      const type = prepared.columnType(i);
      return { name: prepared.columnName(i), type: columnTypeOf(type) ?? String(type) };
    });
  } finally {
    prepared.destroySync();
  }
}

/** Small integers come as numbers; what a float cannot hold stays a bigint. */
const asJavaScript: DuckDBValueConverter<JS> = (value, type, converter) => {
  const js = JSDuckDBValueConverter(value, type, converter);
  const narrow = type.typeId === DuckDBTypeId.BIGINT || type.typeId === DuckDBTypeId.UBIGINT;
  if (narrow && typeof js === 'bigint' && Number.isSafeInteger(Number(js))) return Number(js);
  return js;
};

function bound(
  params: readonly SqlValue[] | undefined,
): [DuckDBValue[] | undefined, DuckDBType[] | undefined] {
  if (!params || params.length === 0) return [undefined, undefined];
  const pairs = params.map(bindable);
  return [pairs.map(([value]) => value), pairs.map(([, type]) => type)];
}

/** A whole number is bound as BIGINT, so that it may stand in a LIMIT and compares exactly with integers. */
function bindable(value: SqlValue): [DuckDBValue, DuckDBType] {
  if (value === null) return [null, SQLNULL];
  if (value instanceof Date) return [new DuckDBTimestampValue(BigInt(value.getTime()) * 1000n), TIMESTAMP];
  switch (typeof value) {
    case 'string':
      return [value, VARCHAR];
    case 'boolean':
      return [value, BOOLEAN];
    case 'bigint':
      return [value, BigInt.asIntN(64, value) === value ? BIGINT : HUGEINT];
    case 'number':
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) return [BigInt(value), BIGINT];
      return [value, DOUBLE];
  }
}
