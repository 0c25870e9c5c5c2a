export * from './duckdb/index.ts';
export { sqlTypeOf } from './duckdb/sql-types.ts';
export * from './engine.port.ts';
