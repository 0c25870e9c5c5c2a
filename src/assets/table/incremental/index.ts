export { buildIncremental } from './build.ts';
export { pendingIntervals } from './pending.ts';
export { ownRows, rowsOf, type Seen } from './rows.ts';
