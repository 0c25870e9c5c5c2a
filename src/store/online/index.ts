export * from './online.port.ts';
export { openOnlineStore } from './open.ts';
