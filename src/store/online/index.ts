export { openOnlineStore } from './lmdb.ts';
export * from './online.port.ts';
