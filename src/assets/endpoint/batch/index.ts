export * from './batch.ts';
export { assertOut, writeBatch } from './write-batch.ts';
