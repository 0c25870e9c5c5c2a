export * from './audit/index.ts';
export * from './batch/index.ts';
export * from './declare.ts';
export * from './kind.ts';
export { entityOf } from './lookups.ts';
export * from './predictions.ts';
export * from './serving.ts';
export * from './trace.ts';
