export { buildIncremental } from './build.ts';
export { pendingIntervals } from './pending.ts';
