export * from './declare.ts';
export * from './kind.ts';
export * from './spec.ts';
export * from './unit/index.ts';
export * from './version.ts';
