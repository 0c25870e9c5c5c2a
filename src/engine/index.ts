export { changesSql, filesApart } from './changes.ts';
export { type Compaction, type CompactOptions, compactionGroups, compactTable } from './compact.ts';
export * from './duckdb/index.ts';
export { literalPath } from './duckdb/scan.ts';
export { sqlTypeOf } from './duckdb/sql-types.ts';
export * from './engine.port.ts';
export { type Gathered, type GatherOptions, gather, worthGathering } from './gather.ts';
