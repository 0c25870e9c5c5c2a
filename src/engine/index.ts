export * from './duckdb/index.ts';
export * from './engine.port.ts';
export { sqlTypeOf } from './duckdb/sql-types.ts';
