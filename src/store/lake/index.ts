export { checkCatalog } from './check-catalog.ts';
export * from './exchange.ts';
export { type Expiry, expireSnapshots, expiring } from './expire.ts';
export * from './lake.port.ts';
export { type LakeFile, lakeFiles } from './lake-files.ts';
export { openLake } from './open.ts';
export { orphans } from './orphans.ts';
export { partitionFolder } from './partition-folder.ts';
export { MOST_PARTITION_PARTS } from './partition-table.ts';
export {
  oldOrphans,
  type Removable,
  removeOrphans,
  removeScheduled,
  scheduledFiles,
} from './remove-files.ts';
