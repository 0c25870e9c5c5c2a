export * from './declare.ts';
