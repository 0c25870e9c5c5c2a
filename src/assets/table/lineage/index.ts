export * from './query.ts';
export { queryTrees } from './query-tree.ts';
