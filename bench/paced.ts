import type { Measured } from './open-loop.ts';

/** Latencies of work in this process, in milliseconds. */
export interface Paced extends Pick<Measured, 'p50' | 'p99'> {
  /** Done in a second, of what was asked for. */
  readonly perSecond: number;
}

/** How often, and for how long. */
export interface Pace {
  /** `'saturation'`: one after the other. */
  readonly perSecond: number | 'saturation';
  readonly seconds: number;
}

/** Seconds that work may be behind its timetable before it is given up. */
const MOST_BEHIND = 2;

/**
 * Does one piece of work after another by a timetable fixed beforehand; each is charged from the instant at which it was due, also where the one
 * before took too long. Undefined when it falls behind for good.
 */
export async function paced(
  work: (i: number) => Promise<unknown>,
  { perSecond, seconds }: Pace,
): Promise<Paced | undefined> {
  const latencies: number[] = [];
  const nap = new Int32Array(new SharedArrayBuffer(4));
  const began = performance.now();
  const end = began + seconds * 1000;
  for (let i = 0; ; i++) {
    const now = performance.now();
    const due = perSecond === 'saturation' ? now : began + (i * 1000) / perSecond;
    if (due >= end) break;
    if (now - due > MOST_BEHIND * 1000) return undefined;
    for (let wait = due - now; wait > 0; wait = due - performance.now()) {
      // As in bench/open-loop.ts: timers are too coarse for the last of it.
      if (wait > 20) await new Promise((resolve) => setTimeout(resolve, wait - 15));
      else Atomics.wait(nap, 0, 0, Math.min(wait, 0.1));
    }
    await work(i);
    latencies.push(performance.now() - due);
    // What the process has to do besides is done between two pieces of work.
    if (i % 100 === 99) await new Promise(setImmediate);
  }
  const taken = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] as number;
  return { p50: at(0.5), p99: at(0.99), perSecond: latencies.length / taken };
}
