export type * from './heads.port.ts';
export { type OpenHeads, openHeads } from './heads.ts';
