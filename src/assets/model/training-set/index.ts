export { asksOf, computeRequests, ROWS } from './assemble.ts';
export * from './declare.ts';
export * from './export.ts';
export * from './kind.ts';
export * from './manifest.ts';
export type { ColumnProfile } from './profile.ts';
export * from './rebuild.ts';
export { PARTS, type Part } from './split.ts';
