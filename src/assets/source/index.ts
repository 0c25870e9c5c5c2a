export { brokenRules } from './broken-rules.ts';
export { onto } from './build.ts';
export type { Delivery, Look, Reading, RecordedLoad } from './connector.port.ts';
export * from './declare.ts';
export * from './files/arrivals.ts';
export { contentHash, type HashCache, type KnownHash } from './files/content-hash.ts';
export * from './files/declare.ts';
export { discover, type FileFormat, type FoundFile, formatOf } from './files/discover.ts';
export type { FileForm, FilesSpec } from './files/spec.ts';
export * from './http/declare.ts';
export type { HttpSpec } from './http/spec.ts';
export * from './kind.ts';
export * from './load/load.ts';
export type * from './load/options.ts';
export { parquetReason } from './load/prepared-file.ts';
export { soundCsv } from './load/sound-csv.ts';
export * from './postgres/declare.ts';
export type { PostgresSpec } from './postgres/spec.ts';
export { type Readmission, readmit } from './readmit.ts';
export {
  LOAD_COLUMN,
  lakeChanges,
  QUARANTINE_COLUMNS,
  quarantineOf,
  sourceColumns,
  type TableWrite,
  withIds,
} from './source-tables.ts';
export * from './spec.ts';
export * from './stream/declare.ts';
export * from './stream/intake.ts';
export type { LogProgress } from './stream/log-reading.ts';
export { openPatternJudge, type PatternJudge } from './stream/pattern-judge.ts';
export { type PostedSince, postedSince, type RowOfLog } from './stream/posted-since.ts';
export { ingestLog, type Posted, partName, postedOf } from './stream/record.ts';
export { type PostedRow, rowReader } from './stream/row-text.ts';
export { cameTo } from './stream/settled.ts';
export type { StreamSpec } from './stream/spec.ts';
export { readUpTo, streamedSources, trimmable, trimPosted } from './stream/trim.ts';
export { SeenParts } from './stream/window.ts';
export * from './version.ts';
