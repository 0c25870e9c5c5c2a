export type { Asset } from '../graph/index.ts';
export * from './contract/index.ts';
export * from './endpoint/index.ts';
export * from './feature/index.ts';
export * from './kinds.ts';
export * from './model/index.ts';
export * from './source/index.ts';
export * from './table/index.ts';
