import { writeFileSync } from 'node:fs';
import { peakMemory } from './peak-memory.ts';

// Loaded with --import into a child that is measured: what it used in all, when it ends.
const path = process.env['BENCH_USAGE'];
if (path)
  process.once('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    writeFileSync(
      path,
      JSON.stringify({ peakBytes: peakMemory(), cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }),
    );
  });
