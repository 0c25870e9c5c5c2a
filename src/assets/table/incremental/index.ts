export { buildIncremental } from './build.ts';
export { pendingIntervals } from './pending.ts';
export { inside, rowsOf, type Seen } from './rows.ts';
