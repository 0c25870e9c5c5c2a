export * from './duckdb/index.ts';
export * from './engine.port.ts';
