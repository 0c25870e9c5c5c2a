import { setTimeout as sleep } from 'node:timers/promises';

/** What fetching needs of the world. Tests put their own in its place, so that no test waits. */
export interface Outside {
  /** Milliseconds. */
  wait(ms: number): Promise<void>;
  /** In [0, 1). */
  random(): number;
  /** Milliseconds since the epoch. */
  now(): number;
}

export const theOutside: Outside = {
  wait: (ms) => sleep(ms),
  random: () => Math.random(),
  now: () => Date.now(),
};
