export * from './col.ts';
export * from './dataset.ts';
export * from './declare.ts';
export * from './spec.ts';
