export * from './declare.ts';
export * from './spec.ts';
