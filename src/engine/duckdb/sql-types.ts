import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api';
import type { ColumnType } from '../../base/index.ts';

const sqlTypes: Readonly<Record<ColumnType, string>> = {
  string: 'VARCHAR',
  double: 'DOUBLE',
  integer: 'BIGINT',
  boolean: 'BOOLEAN',
  timestamp: 'TIMESTAMP',
};

/** How a column type is written in DuckDB's SQL. */
export function sqlTypeOf(type: ColumnType): string {
  return sqlTypes[type];
}

const exact: Readonly<Record<string, ColumnType>> = {
  VARCHAR: 'string',
  DOUBLE: 'double',
  BIGINT: 'integer',
  BOOLEAN: 'boolean',
  TIMESTAMP: 'timestamp',
};

/** The column type that a DuckDB type is, or undefined when it is none of ours. */
export function columnTypeOf(type: DuckDBType): ColumnType | undefined {
  // A type alias (JSON is a VARCHAR) has the id of what it stands for.
  return exact[DuckDBTypeId[type.typeId]];
}

const near: ReadonlyMap<DuckDBTypeId, ColumnType> = new Map([
  [DuckDBTypeId.BOOLEAN, 'boolean'],
  [DuckDBTypeId.TINYINT, 'integer'],
  [DuckDBTypeId.SMALLINT, 'integer'],
  [DuckDBTypeId.INTEGER, 'integer'],
  [DuckDBTypeId.BIGINT, 'integer'],
  [DuckDBTypeId.HUGEINT, 'integer'],
  [DuckDBTypeId.UTINYINT, 'integer'],
  [DuckDBTypeId.USMALLINT, 'integer'],
  [DuckDBTypeId.UINTEGER, 'integer'],
  [DuckDBTypeId.UBIGINT, 'integer'],
  [DuckDBTypeId.FLOAT, 'double'],
  [DuckDBTypeId.DOUBLE, 'double'],
  [DuckDBTypeId.DECIMAL, 'double'],
  [DuckDBTypeId.DATE, 'timestamp'],
  [DuckDBTypeId.TIMESTAMP, 'timestamp'],
  [DuckDBTypeId.TIMESTAMP_S, 'timestamp'],
  [DuckDBTypeId.TIMESTAMP_MS, 'timestamp'],
  [DuckDBTypeId.TIMESTAMP_NS, 'timestamp'],
  [DuckDBTypeId.TIMESTAMP_TZ, 'timestamp'],
]);

/** The column type nearest to a DuckDB type; text for everything that is no number, truth or instant. */
export function nearestColumnType(type: DuckDBType): ColumnType {
  return near.get(type.typeId) ?? 'string';
}
