export * from './arrivals.ts';
export { brokenRules } from './broken-rules.ts';
export { contentHash, type HashCache, type KnownHash } from './content-hash.ts';
export * from './declare.ts';
export { discover, type FileFormat, type FoundFile, formatOf } from './files.ts';
export * from './kind.ts';
export * from './load.ts';
export {
  LOAD_COLUMN,
  lakeChanges,
  QUARANTINE_COLUMNS,
  quarantineOf,
  sourceColumns,
  type TableWrite,
} from './source-tables.ts';
export * from './spec.ts';
export * from './version.ts';
