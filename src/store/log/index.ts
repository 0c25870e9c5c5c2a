export type * from './log.port.ts';
export { type LogOptions, openLog } from './open.ts';
