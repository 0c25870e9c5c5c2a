import { peakMemory } from './peak-memory.ts';

/** Does a piece of work and prints what it took, as bench/job.ts reads it. */
export async function measured(work: () => Promise<unknown>): Promise<void> {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const gave = await work();
  const { user, system } = process.cpuUsage(cpu);
  const use = {
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: (user + system) / 1e6,
    peakBytes: peakMemory(),
    gave,
  };
  console.log(JSON.stringify(use));
}
